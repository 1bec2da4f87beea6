/* Words on the screen: boxes, text letter by letter, menus, and the list that scrolls.
 *
 * While words are up the window covers the whole screen, so that the picture is the screen buffer, tile for tile. */
#include <string.h>
#include "hearthway.h"

const u8 *words[2];

u8 fighters;

enum { BOX_ROW = 12, MOST_LATE = 4 };
static u8 changed;             /* the first row of the screen to come that is not on the glass yet */
static u8 late_row;            /* the first row that is on the glass and not in the buffer yet */
static u8 late_cells, late_x[MOST_LATE], late_y[MOST_LATE];
u8 late;                       /* whether there is such a row or cell */

/* A place of the screen to come, which is drawn on from there to the right. */
volatile u8 *at(u8 x, u8 y) {
    if (y < changed) changed = y;
    if (y < BOX_ROW) fighters = 0;
    return BACK + (u16)y * 20 + x;
}

/* The glass shows a tile from the next picture on, so the buffer waits for the next vertical blank: whoever looks
 * between two pictures finds the same in both. */
void catch_up(void) {
    u16 offset;
    if (late_row < 18) copy_rows(late_row);
    while (late_cells) {
        late_cells--;
        offset = (u16)late_y[late_cells] * 20 + late_x[late_cells];
        SCREEN[offset] = BACK[offset];
    }
    late_row = 18;
    late = 0;
}

static void cell(u8 x, u8 y, u8 tile) {
    BACK[(u16)y * 20 + x] = tile;
    video_put(WINDOW + ((u16)y << 5) + x, tile);
    if (late_cells == MOST_LATE) return;
    late_x[late_cells] = x; late_y[late_cells] = y;
    late_cells++;
    late = 1;
}

void clear_screen(void) {
    at(0, 0);
    blank_rows(0);
}

/* The six rows for words. */
void clear_box(void) {
    at(0, BOX_ROW);
    blank_rows(BOX_ROW);
}

/* The map under words to come. */
void draw_behind(void) {
    draw_view(at(0, 0));
}

/* The map, and no words. */
void draw_map(void) {
    late = late_cells = 0;
    late_row = 18;
    draw_view(SCREEN);
}

void box(u8 x, u8 y, u8 width, u8 height) {
    u8 j, side, middle, inner = (u8)(width - 2);
    volatile u8 *p;
    for (j = 0; j < height; j++) {
        p = at(x, (u8)(y + j));
        side = middle = 0x7C;
        if (j == 0) { side = 0x79; middle = 0x7B; } else if (j == height - 1) { side = 0x7D; middle = 0x7E; }
        *p++ = side;
        memset((void *)p, side == 0x7C ? SPACE : 0x7A, inner);
        p[inner] = middle;
    }
}

void put(u8 x, u8 y, const u8 *text) {
    volatile u8 *p = at(x, y);
    while (*text != END) *p++ = *text++;
}

/* Up to three digits. */
void put_number(u8 x, u8 y, u16 value, u8 width) {
    volatile u8 *p = at(x, y);
    u8 digit, begun = 0, rest;
    while (value >= 1000) value -= 1000;
    for (digit = 0; value >= 100; digit++) value -= 100;
    rest = (u8)value;
    if (width > 2) { begun = digit; *p++ = digit ? (u8)(DIGIT + digit) : SPACE; }
    for (digit = 0; rest >= 10; digit++) rest -= 10;
    *p++ = digit || begun ? (u8)(DIGIT + digit) : SPACE;
    *p = (u8)(DIGIT + rest);
}

/* The screen to come, on the glass within one picture. */
void show(void) {
    if (!IN_BATTLE) draw_sprites(0, 0);
    frame();
    WX = 7;
    WY = 0;
    video_rows(changed);
    late_row = changed;
    changed = 18;
    late = 1;
    /* Where the picture has begun it shows them, and a whole screen would not be copied within one vertical blank. */
    if (BEAM < 144) catch_up();
}

void wait_button(void) { do frame(); while (!(PRESSED & (A | B))); }

/* A letter takes as many frames as the options say, or one while a button is held. */
static const u8 *page(const u8 *text) {
    u8 c, x = 1, y = 14;
    const u8 *back = 0;
    frame();                                       /* a letter begins with a picture */
    for (;;) {
        c = *text++;
        if (c == END && back) { text = back; back = 0; continue; }
        if (c == END || c == PAGE) return text - 1;
        if (c == 1 || c == 2) { back = text; text = words[c - 1]; continue; }
        if (c == LINE) { x = 1; y = 16; continue; }
        cell(x++, y, c);
        if (HELD & (A | B)) frame(); else frames(OPTIONS & 7);
    }
}

static void open_box(void) {
    if (!IN_BATTLE && !TEXT_OPEN) { TEXT_OPEN = 1; draw_behind(); }
    TEXT_BOX = 1;
    box(0, BOX_ROW, 20, 6);
    show();
}

void say(const u8 *text) {
    do {
        open_box();
        text = page(text);
        cell(18, 16, 0xEE);
        wait_button();
    } while (*text++ == PAGE);
}

/* One page that goes on by itself. */
void tell(const u8 *text) {
    open_box();
    page(text);
    frames(12);
}

void close_text(void) {
    TEXT_OPEN = 0;
    TEXT_BOX = 0;
    WY = 144;
    draw_map();
    draw_sprites(0, 0);
}

u8 menu(u8 x, u8 y, u8 last, u8 spacing, u8 start, u8 cancel) {
    u8 was;
    MENU_Y = y; MENU_X = x; MENU_LAST = last; MENU_CURSOR = start;
    *at(x, (u8)(y + start * spacing)) = 0xED;
    show();
    for (;;) {
        frame();
        was = MENU_CURSOR;
        if ((PRESSED & DOWN) && was < last) MENU_CURSOR++;
        if ((PRESSED & UP) && was) MENU_CURSOR--;
        if (MENU_CURSOR != was) {
            cell(x, (u8)(y + was * spacing), SPACE);
            cell(x, (u8)(y + MENU_CURSOR * spacing), 0xED);
        }
        if (PRESSED & A) { cell(x, (u8)(y + MENU_CURSOR * spacing), 0xEC); return MENU_CURSOR; }
        if (cancel && (PRESSED & (B | START))) return NONE;
    }
}

static void draw_list(const volatile u8 *items, u8 count, u8 priced) {
    u8 i, row;
    const struct goods *g;
    box(4, 2, 16, 11);
    *at(5, (u8)(4 + (MENU_CURSOR << 1))) = 0xED;
    items += LIST_OFFSET << 1;
    for (i = LIST_OFFSET, row = 4; i <= count && row < 12; i++, row += 2, items += 2) {
        if (i == count) { put(6, row, T_CANCEL); break; }
        g = &goods[goods_index(items[0])];
        put(6, row, g->name);
        if (priced) put_money(12, (u8)(row + 1), g->price);
        else { *at(14, (u8)(row + 1)) = 0xF1; put_number(15, (u8)(row + 1), items[1], 2); }
    }
    if (LIST_OFFSET + 4 <= count) *at(18, 11) = 0xEE;
    show();
}

/* Items as (number, count) pairs, three places for the cursor and a fourth in sight; the last row cancels. */
u8 list(const volatile u8 *items, u8 count, u8 priced) {
    u8 chosen, last = count < 2 ? count : 2;
    LIST_KIND = priced ? 2 : 3;
    MENU_Y = 4; MENU_X = 5; MENU_LAST = last; MENU_CURSOR = 0; LIST_OFFSET = 0;
    for (;;) {
        draw_list(items, count, priced);
        do frame(); while (!(PRESSED & (UP | DOWN | A | B)));
        chosen = (u8)(LIST_OFFSET + MENU_CURSOR);
        if (PRESSED & A) { *at(5, (u8)(4 + (MENU_CURSOR << 1))) = 0xEC; return chosen == count ? NONE : chosen; }
        if (PRESSED & B) return NONE;
        if (PRESSED & DOWN) {
            if (MENU_CURSOR < last) MENU_CURSOR++; else if (chosen < count) LIST_OFFSET++;
        } else if (MENU_CURSOR) MENU_CURSOR--; else if (LIST_OFFSET) LIST_OFFSET--;
    }
}
