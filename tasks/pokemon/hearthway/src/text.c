/* Words on the screen: boxes, text letter by letter, menus, and the list that scrolls.
 *
 * While words are up the window covers the whole screen, so that the picture is the screen buffer, tile for tile. */
#include <string.h>
#include "hearthway.h"

const u8 *words[2];

static volatile u8 *at(u8 x, u8 y) { return BACK + (u16)y * 20 + x; }

static void glass(u8 x, u8 y, u8 tile) {
    *at(x, y) = tile;
    video_put(WINDOW + ((u16)y << 5) + x, tile);
}

/* The glass shows a tile from the next picture on, so the buffer waits until the beam is back at the top: whoever looks
 * between two pictures finds the same in both. */
static void agree(u8 x, u8 y) {
    while (BEAM >= 144) ;
    SCREEN[(u16)y * 20 + x] = *at(x, y);
}

static void cell(u8 x, u8 y, u8 tile) {
    glass(x, y, tile);
    agree(x, y);
}

void clear_screen(void) {
    u16 i;
    for (i = 0; i < 360; i++) BACK[i] = SPACE;
}

void box(u8 x, u8 y, u8 width, u8 height) {
    u8 i, j, edge;
    volatile u8 *p;
    for (j = 0; j < height; j++) {
        p = at(x, (u8)(y + j));
        edge = j == 0 ? 0x79 : j == height - 1 ? 0x7D : 0;
        for (i = 0; i < width; i++) {
            if (edge) *p++ = i == 0 ? edge : i == width - 1 ? (edge == 0x79 ? 0x7B : 0x7E) : 0x7A;
            else *p++ = (i == 0 || i == width - 1) ? 0x7C : SPACE;
        }
    }
}

void put(u8 x, u8 y, const u8 *text) {
    volatile u8 *p = at(x, y);
    while (*text != END) *p++ = *text++;
}

void put_number(u8 x, u8 y, u16 value, u8 width) {
    volatile u8 *p = at(x, y) + width;
    u8 i;
    for (i = 0; i < width; i++) { *--p = (value || i == 0) ? (u8)(DIGIT + value % 10) : SPACE; value /= 10; }
}

/* The screen to come, on the glass within one picture, and in the buffer when the beam is on its way. */
void show(void) {
    if (!IN_BATTLE) draw_sprites(0, 0);
    frame();
    WX = 7;
    WY = 0;
    video_screen();
    memcpy((void *)SCREEN, (void *)BACK, 360);
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
    if (!IN_BATTLE && !TEXT_OPEN) { TEXT_OPEN = 1; draw_view(BACK); }
    TEXT_BOX = 1;
    box(0, 12, 20, 6);
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
    draw_view(SCREEN);
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
            glass(x, (u8)(y + was * spacing), SPACE);
            glass(x, (u8)(y + MENU_CURSOR * spacing), 0xED);
            agree(x, (u8)(y + was * spacing));
            agree(x, (u8)(y + MENU_CURSOR * spacing));
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
