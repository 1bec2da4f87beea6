/* Who stands on the map: their places, their pictures, and the steps of those who wander. */
#include "hearthway.h"

static u8 gone(u8 flag) { return flag != NONE && bit(HIDDEN, flag); }

u8 hidden(u8 slot) { return gone(here->people[(slot - 1) * 6 + 5]); }

u8 person_at(u8 x, u8 y) {
    u8 i;
    for (i = 1; i <= SPRITE_COUNT; i++)
        if (M(SPRITE2(i) + 5) == (u8)(x + 4) && M(SPRITE2(i) + 4) == (u8)(y + 4) && !hidden(i)) return i;
    return 0;
}

static void put_sprite(volatile u8 *o, u8 x, u8 y, u8 tile) {
    x += 8; y += 16;
    *o++ = y; *o++ = x; *o++ = tile++; *o++ = 0;
    x += 8;
    *o++ = y; *o++ = x; *o++ = tile++; *o++ = 0;
    x -= 8; y += 8;
    *o++ = y; *o++ = x; *o++ = tile++; *o++ = 0;
    x += 8;
    *o++ = y; *o++ = x; *o++ = tile; *o = 0;
}

static void hide_sprite(volatile u8 *o) {
    if (*o) o[0] = o[4] = o[8] = o[12] = 0;
}

void hide_sprites(void) {
    u8 i;
    for (i = 0; i < 160; i += 4) OAM[i] = 0;
    SPRITES_FROM = NONE;
    SPRITES_MOVED = 1;
}

/* Words hide who stands behind them. */
static u8 behind_words(u8 x, u8 y) {
    volatile u8 *p;
    if (!TEXT_OPEN || x >= 152 || y >= 132) return 0;
    p = BACK + (u16)(u8)((u8)(y + 4) >> 3) * 20 + (u8)(x >> 3);
    return p[0] > 0x60 || p[1] > 0x60 || p[20] > 0x60;
}

/* The lines that have sprites, where these are from `low` squares below the player's to `high`; more while they move. */
static void span(i8 low, i8 high, u8 moving) {
    i8 from = (i8)(59 + (i8)(low << 4));
    if (moving) from -= 16;
    SPRITES_FROM = from > 0 ? (u8)from : 0;
    SPRITES_TO = (u8)(76 + (u8)(high << 4) + (moving ? 16 : 0));
}

/* All people, moved by (ox, oy) dots against the player while the ground scrolls. */
void draw_sprites(i8 ox, i8 oy) {
    u8 n, x, y;
    i8 dx, dy, low = 0, high = 0;
    const u8 *flag = here->people + 5;
    volatile u8 *one = P(SPRITE1(1)), *two = P(SPRITE2(1)), *o = OAM + 16;
    if (behind_words(64, 60)) hide_sprite(OAM); else put_sprite(OAM, 64, 60, FACING);
    for (n = SPRITE_COUNT; n; n--, one += 16, two += 16, o += 16, flag += 6) {
        dx = (i8)(two[5] - 4 - PLAYER_X); dy = (i8)(two[4] - 4 - PLAYER_Y);
        if (dx < -5 || dx > 6 || dy < -5 || dy > 5 || gone(*flag)) {
            one[2] = 0xFF;
            hide_sprite(o);
            continue;
        }
        x = (u8)(64 + (u8)(dx << 4) - ox); y = (u8)(60 + (u8)(dy << 4) - oy);
        one[2] = one[9]; one[4] = y; one[6] = x;
        if (behind_words(x, y)) { hide_sprite(o); continue; }
        put_sprite(o, x, y, (u8)((u8)((one[0] - 1) << 4) + one[9]));
        if (dy < low) low = dy;
        if (dy > high) high = dy;
    }
    span(low, high, oy != 0);
    SPRITES_MOVED = 1;
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
    const u8 *s = here->people;
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
