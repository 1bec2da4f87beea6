/* The map under the player's feet: its squares in memory and on the screen.
 *
 * A map lies in memory with a margin on every side, and where a neighbour joins on, the margin is a strip of it. */
#include <string.h>
#include "hearthway.h"

enum { MARGIN = 5, WIDER = 11, TALLER = 10, ROWS = 64 }; /* the view reaches 4 left and up, 5 right, 4 down, and one row to come */

const struct place *here;
static u8 width, height, stride;
static volatile u8 *rows[ROWS]; /* where each begins, from the margin above on */

volatile u8 *square(i8 x, i8 y) { return rows[(u8)(y + MARGIN)] + (u8)(x + MARGIN); }

/* Copies of the neighbour what lies in a margin: its square is the map's, moved by (dx, dy). */
static void strip(u8 id, i8 left, i8 top, u8 columns, u8 rows, i8 dx, i8 dy) {
    const struct place *m = &places[id];
    u8 y = (u8)(top + dy), x = (u8)(left + dx);
    if (x >= 0x80) { columns = (u8)(columns + x); left = (i8)(left - (i8)x); x = 0; }
    if (columns > m->width - x) columns = (u8)(m->width - x);
    for (; rows; rows--, top++, y++)
        if (y < m->height) memcpy((void *)square(left, top), m->squares + (u16)y * m->width + x, columns);
}

static void fill_squares(const struct place *m) {
    u8 y;
    const u8 *from = m->squares;
    volatile u8 *row = P(SQUARES);
    width = m->width; height = m->height; stride = (u8)(width + WIDER);
    for (y = 0; y < (u8)(height + TALLER); y++, row += stride) rows[y] = row;
    memset((void *)SQUARES, 0, (u16)(row - P(SQUARES)));
    for (y = 0; y < height; y++, from += width) memcpy((void *)square(0, (i8)y), from, width);
    if (m->sides & 8) strip(m->north, -MARGIN, -MARGIN, stride, MARGIN, m->north_shift, (i8)places[m->north].height);
    if (m->sides & 4) strip(m->south, -MARGIN, (i8)height, stride, MARGIN, m->south_shift, (i8)(-(i8)height));
    if (m->sides & 2) strip(m->west, -MARGIN, 0, MARGIN, height, (i8)places[m->west].width, m->west_shift);
    if (m->sides & 1) strip(m->east, (i8)width, 0, MARGIN + 1, height, (i8)(-(i8)width), m->east_shift);
}

/* Where a square lies in the 32x32-tile ring behind the glass. */
static u16 ring(u8 x, u8 y) { return BACKGROUND + ((u16)((u8)(y << 1) & 31) << 5) + ((u8)(x << 1) & 31); }

void draw_square(u8 x, u8 y) { video_square(ring(x, y), *square((i8)x, (i8)y)); }

/* The row or column that comes into sight with a step. */
void draw_edge(i8 dx, i8 dy) {
    u8 i, x = (u8)(PLAYER_X - 4), y = (u8)(PLAYER_Y - 4);
    volatile u8 *from;
    u16 to;
    if (dx) x = (u8)(PLAYER_X + (dx > 0 ? 6 : -5)); else y = (u8)(PLAYER_Y + (dy > 0 ? 5 : -5));
    from = square((i8)x, (i8)y);
    to = ring(x, y);
    for (i = 0; i < 10; i++) {
        video_square(to, *from);
        if (dx) { from += stride; to = BACKGROUND | ((to + 64) & 0x3FF); }
        else { from++; to = (to & 0xFFE0) | ((u8)(to + 2) & 31); }
    }
}

/* The 10x9 squares in sight as tiles, for the screen buffer or the one to come; the player's is the fifth of the
 * fifth row. */
void draw_view(volatile u8 *p) {
    u8 j;
    volatile u8 *from = square((i8)(PLAYER_X - 4), (i8)(PLAYER_Y - 4));
    for (j = 0; j < 9; j++, from += stride, p += 40) view_row(p, from);
}

static void fill_header(const struct place *m) {
    u8 i;
    MAP_WIDTH = width >> 1; MAP_HEIGHT = height >> 1;
    CONNECTIONS = m->sides;
    CONNECTED(0) = m->sides & 8 ? m->north : NONE; CONNECTED(1) = m->sides & 4 ? m->south : NONE;
    CONNECTED(2) = m->sides & 2 ? m->west : NONE; CONNECTED(3) = m->sides & 1 ? m->east : NONE;
    VISITED |= m->town;
    WARP_COUNT = m->warp_count;
    for (i = 0; i < (u8)(m->warp_count << 2); i++) M(WARPS + i) = m->warps[i];
    SIGN_COUNT = m->sign_count;
    for (i = 0; i < m->sign_count; i++) {
        M(SIGNS + i * 2) = m->signs[i * 3]; M(SIGNS + i * 2 + 1) = m->signs[i * 3 + 1];
    }
    TILESET = m->tileset;
    M(PASSABLE) = (u8)(u16)passable[m->tileset]; M(PASSABLE + 1) = (u8)((u16)passable[m->tileset] >> 8);
    GRASS_TILE = m->tileset == OUTDOORS ? K_TALL * 4 + 2 : 0xFF;
    COUNTER_TILE = m->tileset == INDOORS ? K_COUNTER * 4 + 2 : 0xFF;
}

/* All squares in sight, written straight while the glass is dark. */
static void draw_ring(void) {
    u8 i, j, t, x, y = (u8)((PLAYER_Y - 4) << 1) & 31;
    volatile u8 *from, *to;
    for (j = 0; j < 9; j++) {
        from = square((i8)(PLAYER_X - 4), (i8)(PLAYER_Y + j - 4));
        x = (u8)((PLAYER_X - 4) << 1) & 31;
        for (i = 0; i < 10; i++) {
            t = (u8)(*from++ << 2);
            to = P(BACKGROUND) + ((u16)y << 5) + x;
            to[0] = t++; to[1] = t++; to[32] = t++; to[33] = t;
            x = (u8)(x + 2) & 31;
        }
        y = (u8)(y + 2) & 31;
    }
}

static u8 loaded; /* 1 + the tileset whose pictures are in video memory */

static void load_ground(void) {
    const u8 *from = ground[TILESET];
    volatile u8 *to = P(0x9000);
    u16 size = ground_size[TILESET];
    if (loaded == TILESET + 1) return;
    loaded = (u8)(TILESET + 1);
    do *to++ = *from++; while (--size);
}

/* The glass goes dark while everything in sight is drawn anew. */
void redraw(void) {
    hide_sprites();
    draw_map();
    frame();
    M(0xFFFF) = 1;                                 /* nobody switches sprites in the first picture */
    LCDC = 0;
    load_ground();
    draw_ring();
    SCX = (u8)((u8)(PLAYER_X - 4) << 4); SCY = (u8)((u8)(PLAYER_Y - 4) << 4);
    draw_sprites(0, 0);
    LCDC = LCD_ON; WY = 144; WX = 7;
}

void load_map(u8 id, u8 x, u8 y) {
    const struct place *m = &places[id];
    if (here->tileset == OUTDOORS) LAST_MAP = MAP_ID;
    MAP_ID = id; PLAYER_X = x; PLAYER_Y = y;
    here = m;
    fill_squares(m);
    fill_header(m);
    fill_people(m);
    look();
    redraw();
}
