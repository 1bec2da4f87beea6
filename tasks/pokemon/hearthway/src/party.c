/* The team: records, names, healing, experience, and the screen to choose from. */
#include "hearthway.h"

enum { TOP_LEVEL = 30 };

/* Which of our creatures has this species number; the number is not the place in the field book. */
u8 kin(u8 species) {
    u8 i;
    for (i = 0; i < KIN_COUNT; i++) if (creatures[i].species == species) return i;
    return 0;
}

const u8 *nickname(u8 slot) { return (const u8 *)(NICKNAMES + (u16)slot * NAME_LENGTH); }

u16 record(u8 slot) { return PARTY + (u16)slot * RECORD; }

static u16 cube(u8 n) { return (u16)n * n * n; }

static void set_level(u16 r, u8 k, u8 level) {
    const struct creature *c = &creatures[k];
    u8 i;
    M(r + R_LEVEL) = level; M(r + R_BOX_LEVEL) = level;
    put16(r + R_MAX_HP, (u16)c->hp + 2 * level);
    for (i = 0; i < 4; i++) put16(r + R_STATS + (i << 1), (u16)c->stats[i] + level);
}

static u8 learn(u16 r, u8 move) {
    u8 i;
    for (i = 0; i < 4; i++) {
        if (M(r + R_MOVES + i) == move) return 0;
        if (M(r + R_MOVES + i)) continue;
        M(r + R_MOVES + i) = move; M(r + R_PP + i) = moves[move].pp;
        return 1;
    }
    return 0;
}

void make_creature(u16 at, u8 k, u8 level) {
    const struct creature *c = &creatures[k];
    u8 i;
    for (i = 0; i < RECORD; i++) M(at + i) = 0;
    M(at) = c->species; M(at + R_TYPE1) = c->type1; M(at + R_TYPE2) = c->type2; M(at + R_CATCH) = c->catch_rate;
    M(at + R_ID) = 0x2B; M(at + R_ID + 1) = 0x67;
    set_level(at, k, level);
    put16(at + R_HP, get16(at + R_MAX_HP));
    put16(at + R_EXP + 1, cube(level));
    for (i = 0; i < 6 && c->learns[i + 1]; i += 2) if (c->learns[i] <= level) learn(at, c->learns[i + 1]);
}

u8 join_party(u8 k, u8 level) {
    u8 n = PARTY_COUNT;
    if (n == 6) return NONE;
    make_creature(record(n), k, level);
    copy_name(NICKNAMES + (u16)n * NAME_LENGTH, creatures[k].name);
    copy_name(OWNERS + (u16)n * NAME_LENGTH, T_PLAYER);
    M(PARTY_SPECIES + n) = creatures[k].species; M(PARTY_SPECIES + n + 1) = 0xFF;
    PARTY_COUNT = (u8)(n + 1);
    set_bit(OWNED, k); set_bit(SEEN, k);
    return n;
}

void mend(u8 slot) {
    u16 r = record(slot);
    u8 i;
    put16(r + R_HP, get16(r + R_MAX_HP));
    M(r + R_STATUS) = 0;
    for (i = 0; i < 4; i++) M(r + R_PP + i) = M(r + R_MOVES + i) ? moves[M(r + R_MOVES + i)].pp : 0;
}

void heal_all(void) {
    u8 i;
    for (i = 0; i < PARTY_COUNT; i++) mend(i);
}

u8 first_able(void) {
    u8 i;
    for (i = 0; i < PARTY_COUNT; i++) if (get16(record(i) + R_HP)) return i;
    return NONE;
}

/* A level needs its cube in points. */
void gain(u8 slot, u16 points) {
    u16 r = record(slot), e = get16(r + R_EXP + 1) + points;
    u8 k = kin(M(r)), level = M(r + R_LEVEL), i;
    const u8 *l = creatures[k].learns;
    if (e > cube(TOP_LEVEL)) e = cube(TOP_LEVEL);
    put16(r + R_EXP + 1, e);
    while (level < TOP_LEVEL && e >= cube((u8)(level + 1))) {
        set_level(r, k, ++level);
        put16(r + R_HP, get16(r + R_HP) + 2);
        words[0] = nickname(slot);
        say(T_GREW);
        for (i = 0; i < 6 && l[i + 1]; i += 2) {
            if (l[i] != level || !learn(r, l[i + 1])) continue;
            words[1] = moves[l[i + 1]].name;
            say(T_LEARNED);
        }
    }
}

static void swap_bytes(u16 a, u16 b, u8 count) {
    u8 t;
    while (count--) { t = M(a); M(a++) = M(b); M(b++) = t; }
}

void swap(u8 a, u8 b) {
    swap_bytes(record(a), record(b), RECORD);
    swap_bytes(NICKNAMES + (u16)a * NAME_LENGTH, NICKNAMES + (u16)b * NAME_LENGTH, NAME_LENGTH);
    swap_bytes(OWNERS + (u16)a * NAME_LENGTH, OWNERS + (u16)b * NAME_LENGTH, NAME_LENGTH);
    swap_bytes(PARTY_SPECIES + a, PARTY_SPECIES + b, 1);
}

/* The team on a screen of its own; the slot that was chosen, or NONE. */
u8 team(u8 cancel) {
    u8 i, y;
    u16 r;
    if (!IN_BATTLE) TEXT_OPEN = 1;
    clear_screen();
    box(0, 12, 20, 6);
    put(1, 14, PARTY_COUNT ? T_CHOOSE : T_NOBODY);
    for (i = 0; i < PARTY_COUNT; i++) {
        r = record(i); y = (u8)(i << 1);
        put(2, y, nickname(i));
        put(13, y, T_LV); put_number(14, y, M(r + R_LEVEL), 2);
        if (!get16(r + R_HP)) put(17, y, T_FNT);
        else if (M(r + R_STATUS) & POISONED) put(17, y, T_PSN);
        else if (M(r + R_STATUS) & ASLEEP) put(17, y, T_SLP);
        put(8, (u8)(y + 1), T_HP);
        put_number(11, (u8)(y + 1), get16(r + R_HP), 3); put(14, (u8)(y + 1), T_SLASH);
        put_number(15, (u8)(y + 1), get16(r + R_MAX_HP), 3);
    }
    if (!PARTY_COUNT) { show(); wait_button(); return NONE; }
    return menu(1, 0, (u8)(PARTY_COUNT - 1), 2, 0, cancel);
}
