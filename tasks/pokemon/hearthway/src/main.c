/* The title, the beginning, and the loop. */
#include "hearthway.h"

static void set_up(void) {
    u16 i;
    M(0xFFFF) = 0;
    LCDC = 0;
    video_load(0x8000, people_tiles, sizeof(people_tiles) / 16);
    video_load_plain(0x8800, font_tiles, sizeof(font_tiles));
    video_load_plain(0x9000 + 0x62 * 16, bar_tiles, sizeof(bar_tiles));
    video_load_plain(0x9000 + 0x6E * 16, level_tile, sizeof(level_tile));
    video_load_plain(0x9000 + 0x79 * 16, box_tiles, sizeof(box_tiles));
    for (i = 0; i < 2048; i++) M(BACKGROUND + i) = SPACE;
    M(0xFF47) = 0xE4; M(0xFF48) = 0xE4; M(0xFF49) = 0xE4;
    here = places;
    hide_sprites();
    M(0xFF41) = 0x40; WX = 7; WY = 0; LCDC = LCD_ON; M(0xFF0F) = 0; M(0xFFFF) = 1;
    __asm ei
    __endasm;
}

static void title(void) {
    TEXT_OPEN = 1;
    clear_screen();
    put(5, 6, T_TITLE);
    put(4, 11, T_PRESS);
    show();
    do frame(); while (!(PRESSED & (START | A)));
    TEXT_OPEN = 0;
}

static void begin(void) {
    copy_name(PLAYER_NAME, T_PLAYER);
    M(MONEY + 1) = 0x05;
    M(PARTY_SPECIES) = 0xFF; M(BAG) = 0xFF;
    OPTIONS = 3;
    BLACKOUT_MAP = MAP_HAMLET;
    MAP_ID = MAP_HAMLET;
    load_map(MAP_HOME, 4, 4);
}

static u8 sign_ahead(void) {
    const u8 *s = here->signs;
    u8 i;
    for (i = 0; i < SIGN_COUNT; i++, s += 3) if (s[0] == (u8)ahead_y() && s[1] == (u8)ahead_x()) return s[2];
    return NONE;
}

/* A person may be spoken to across a counter. */
static u8 person_ahead(void) {
    u8 x = (u8)ahead_x(), y = (u8)ahead_y();
    if (FRONT_TILE == COUNTER_TILE) { x = (u8)(2 * x - PLAYER_X); y = (u8)(2 * y - PLAYER_Y); }
    return person_at(x, y);
}

static void press_a(void) {
    u8 n = person_ahead();
    if (n) { talk(n); return; }
    n = sign_ahead();
    if (n != NONE) read_sign(n);
    else if (TILESET == OUTDOORS && FRONT_TILE == K_SAPLING * 4 + 2) use_hook();
}

void main(void) {
    set_up();
    title();
    begin();
    for (;;) {
        frame();
        if (PRESSED & START) start_menu();
        else if (PRESSED & A) { look(); press_a(); }
        else if (HELD & DOWN) step(FACE_DOWN);
        else if (HELD & UP) step(FACE_UP);
        else if (HELD & LEFT) step(FACE_LEFT);
        else if (HELD & RIGHT) step(FACE_RIGHT);
        else if (!(TICKS & 7)) wander();
    }
}
