/* Walking: turning on the spot, steps, ledges, doors, map edges, and what lies in wait. */
#include "hearthway.h"

enum { TURN_FRAMES = 5 };

i8 step_x(u8 facing) { return facing == FACE_LEFT ? -1 : facing == FACE_RIGHT ? 1 : 0; }
i8 step_y(u8 facing) { return facing == FACE_UP ? -1 : facing == FACE_DOWN ? 1 : 0; }
i8 ahead_x(void) { return (i8)(PLAYER_X + step_x(FACING)); }
i8 ahead_y(void) { return (i8)(PLAYER_Y + step_y(FACING)); }

/* The game judges a square by its lower left tile, as the list behind PASSABLE has it. */
u8 walkable(u8 kind) {
    const u8 *p = passable[TILESET];
    u8 tile = (u8)((kind << 2) + 2);
    while (*p != 0xFF) if (*p++ == tile) return 1;
    return 0;
}

/* What the player stands on and looks at. */
void look(void) {
    STANDING_TILE = (u8)((*square((i8)PLAYER_X, (i8)PLAYER_Y) << 2) + 2);
    FRONT_TILE = (u8)((*square(ahead_x(), ahead_y()) << 2) + 2);
    BLOCK_X = PLAYER_X & 1; BLOCK_Y = PLAYER_Y & 1;
}

/* A tap shorter than this only turns. */
void turn(u8 facing) {
    u8 i;
    FACING = facing;
    look();
    draw_sprites(0, 0);
    for (i = 0; i < TURN_FRAMES; i++) { frame(); if (!(HELD & DIRECTIONS)) return; }
}

/* One square in ten frames, whatever is there. */
void walk(u8 facing) {
    i8 dx = step_x(facing), dy = step_y(facing);
    u8 left;
    FACING = facing;
    WALK_COUNTER = 8;
    draw_edge(dx, dy);
    for (left = 8; left; left--) {
        frame();
        if (left > 1) WALK_COUNTER = (u8)(left - 1);
        SCX = (u8)(SCX + 2 * dx); SCY = (u8)(SCY + 2 * dy);
        if (left == 8) draw_sprites(2 * dx, 2 * dy); else shift_sprites(2 * dx, 2 * dy);
        if ((left & 3) == 1) frame();
    }
    PLAYER_X = (u8)(PLAYER_X + dx); PLAYER_Y = (u8)(PLAYER_Y + dy);
    look();
    draw_map();
    draw_sprites(0, 0);
    WALK_COUNTER = 0;
}

void black_out(void) {
    const struct place *m = &places[BLACKOUT_MAP];
    halve_money();
    heal_all();
    FACING = FACE_DOWN;
    load_map(BLACKOUT_MAP, m->home_x, m->home_y);
}

static u8 cross_edge(void) {
    const struct place *m = here;
    if (PLAYER_Y >= 0x80) load_map(m->north, (u8)(PLAYER_X + m->north_shift), (u8)(places[m->north].height - 1));
    else if (PLAYER_Y >= m->height) load_map(m->south, (u8)(PLAYER_X + m->south_shift), 0);
    else if (PLAYER_X >= 0x80) load_map(m->west, (u8)(places[m->west].width - 1), (u8)(PLAYER_Y + m->west_shift));
    else if (PLAYER_X >= m->width) load_map(m->east, 0, (u8)(PLAYER_Y + m->east_shift));
    else return 0;
    return 1;
}

/* A door leads to the square beside the door it names; indoors FF names the map last seen outdoors. */
static u8 cross_door(void) {
    u8 i, to, id;
    const u8 *w;
    for (i = 0; i < WARP_COUNT; i++) {
        if (M(WARPS + (i << 2)) != PLAYER_Y || M(WARPS + (i << 2) + 1) != PLAYER_X) continue;
        to = M(WARPS + (i << 2) + 2); id = M(WARPS + (i << 2) + 3);
        if (id == NONE) id = LAST_MAP;
        WARP_USED = to; WARP_MAP = id;
        w = places[id].warps + (to << 2);
        FACING = places[id].tileset ? FACE_UP : FACE_DOWN;
        load_map(id, w[1], (u8)(w[0] + (places[id].tileset ? -1 : 1)));
        return 1;
    }
    return 0;
}

static u8 steps;

/* Poison takes a point every fourth step. */
static void ache(void) {
    u8 i;
    u16 r;
    if (!PARTY_COUNT || (++steps & 3)) return;
    for (i = 0; i < PARTY_COUNT; i++) {
        r = record(i);
        if (!(M(r + R_STATUS) & POISONED) || !get16(r + R_HP)) continue;
        put16(r + R_HP, get16(r + R_HP) - 1);
        if (get16(r + R_HP)) continue;
        M(r + R_STATUS) = 0;
        words[0] = nickname(i);
        say(T_FAINTED);
        close_text();
    }
    if (first_able() == NONE) { say(T_LOST); close_text(); black_out(); }
}

static void meet(void) {
    const struct place *m = here;
    const u8 *w;
    u8 on_grass = STANDING_TILE == GRASS_TILE;
    if (REPEL) { REPEL--; return; }
    if (!m->wild || !PARTY_COUNT || first_able() == NONE) return;
    if (!(m->tileset == CAVE || on_grass) || random8() >= (on_grass ? 32 : 20)) return;
    w = m->wild + (below(4) << 1);
    if (wild_battle(w[0], (u8)(w[1] + below(3))) == 0) black_out(); else redraw();
}

void step(u8 facing) {
    i8 x, y;
    u8 kind;
    if (FACING != facing) { turn(facing); if (!(HELD & DIRECTIONS)) return; }
    x = ahead_x(); y = ahead_y();
    kind = *square(x, y);
    look();
    if (facing == FACE_DOWN && TILESET == OUTDOORS && kind == K_LEDGE) {
        JOY_IGNORE = 0xFF;                         /* no way back in the air */
        walk(facing);
        walk(facing);
        JOY_IGNORE = 0;
    } else if (!walkable(kind) || person_at((u8)x, (u8)y)) {
        frames(6);
        return;
    } else walk(facing);
    if (cross_edge() || cross_door()) return;
    arrive();
    ache();
    meet();
}
