/* Who stands on the map: their places, their pictures, and the steps of those who wander. */
#include "hearthway.h"

u8 hidden(u8 slot) {
    u8 flag = places[MAP_ID].people[(slot - 1) * 6 + 5];
    return flag != NONE && bit(HIDDEN, flag);
}

u8 person_at(u8 x, u8 y) {
    u8 i;
    for (i = 1; i <= SPRITE_COUNT; i++)
        if (M(SPRITE2(i) + 5) == (u8)(x + 4) && M(SPRITE2(i) + 4) == (u8)(y + 4) && !hidden(i)) return i;
    return 0;
}

static void put_sprite(u8 slot, u8 x, u8 y, u8 picture, u8 facing) {
    volatile u8 *o = OAM + ((u16)slot << 4);
    u8 k;
    for (k = 0; k < 4; k++) {
        o[0] = (u8)(y + 16 + ((k & 2) << 2)); o[1] = (u8)(x + 8 + ((k & 1) << 3));
        o[2] = (u8)((picture << 4) + facing + k); o[3] = 0;
        o += 4;
    }
}

void hide_sprites(void) {
    u8 i;
    for (i = 0; i < 160; i += 4) OAM[i] = 0;
}

/* Words hide who stands behind them. */
static u8 behind_words(u8 x, u8 y) {
    volatile u8 *p = BACK + (u16)(u8)((u8)(y + 4) >> 3) * 20 + (u8)(x >> 3);
    return TEXT_OPEN && x < 152 && y < 132 && (p[0] > 0x60 || p[1] > 0x60 || p[20] > 0x60);
}

/* All people, moved by (ox, oy) dots against the player while the ground scrolls. */
void draw_sprites(i8 ox, i8 oy) {
    u8 i, x, y;
    i8 dx, dy;
    if (behind_words(64, 60)) put_sprite(0, 0, 0xF0, 0, 0); else put_sprite(0, 64, 60, 0, FACING);
    for (i = 1; i <= SPRITE_COUNT; i++) {
        dx = (i8)(M(SPRITE2(i) + 5) - 4 - PLAYER_X); dy = (i8)(M(SPRITE2(i) + 4) - 4 - PLAYER_Y);
        if (dx < -5 || dx > 6 || dy < -5 || dy > 5 || hidden(i)) {
            M(SPRITE1(i) + 2) = 0xFF;
            put_sprite(i, 0, 0xF0, 0, 0);
            continue;
        }
        x = (u8)(64 + dx * 16 - ox); y = (u8)(60 + dy * 16 - oy);
        M(SPRITE1(i) + 2) = M(SPRITE1(i) + 9); M(SPRITE1(i) + 4) = y; M(SPRITE1(i) + 6) = x;
        if (behind_words(x, y)) put_sprite(i, 0, 0xF0, 0, 0);
        else put_sprite(i, x, y, (u8)(M(SPRITE1(i)) - 1), M(SPRITE1(i) + 9));
    }
}

void fill_people(const struct place *m) {
    u8 i;
    const u8 *s = m->people;
    SPRITE_COUNT = m->people_count;
    for (i = 1; i < 16; i++) M(SPRITE1(i)) = 0;
    for (i = 1; i <= m->people_count; i++, s += 6) {
        M(SPRITE1(i)) = s[2]; M(SPRITE1(i) + 9) = s[3] & 0x0F;
        M(SPRITE2(i) + 4) = (u8)(s[0] + 4); M(SPRITE2(i) + 5) = (u8)(s[1] + 4);
    }
    M(0xC100) = 1; M(0xC104) = 60; M(0xC106) = 64; M(0xC102) = 0;
}

static u8 near(u8 a, u8 b) { return (u8)(a - b + 2) <= 4; }

/* Asked eight times a second: one of those who wander may take a step, never far from home nor into anything. */
void wander(void) {
    const u8 *s = places[MAP_ID].people;
    u8 i, x, y, facing;
    for (i = 1; i <= SPRITE_COUNT; i++, s += 6) {
        if (!(s[3] & WANDERS) || random8() >= 24) continue;
        facing = random8() & 0x0C;
        x = (u8)(M(SPRITE2(i) + 5) - 4 + step_x(facing)); y = (u8)(M(SPRITE2(i) + 4) - 4 + step_y(facing));
        M(SPRITE1(i) + 9) = facing;
        if (near(x, s[1]) && near(y, s[0]) && walkable(*square((i8)x, (i8)y)) && !person_at(x, y)
            && (x != PLAYER_X || y != PLAYER_Y)) {
            M(SPRITE2(i) + 5) = (u8)(x + 4); M(SPRITE2(i) + 4) = (u8)(y + 4);
        }
        draw_sprites(0, 0);
    }
}
