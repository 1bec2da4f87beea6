/* Battles: turns, moves, snares, and who is left. */
#include <string.h>
#include "hearthway.h"

enum result { DEFEAT, VICTORY, AWAY, GOING };

static u8 foes_left, going;

/* A fighter begins as a copy of its record. */
void enter(u16 fighter, u16 r) {
    u8 i;
    fighters = 0;
    for (i = 0; i < 12; i++) M(fighter + i) = M(r + i);
    M(fighter + B_LEVEL) = M(r + R_LEVEL);
    for (i = 0; i < 10; i++) M(fighter + B_MAX_HP + i) = M(r + R_MAX_HP + i);
    for (i = 0; i < 4; i++) M(fighter + B_PP + i) = M(r + R_PP + i);
}

static void send_mine(u8 slot) {
    ACTIVE = slot;
    enter(MINE, record(slot));
    copy_name(MY_NAME, nickname(slot));
    video_load(0x9500, creatures[kin(M(MINE))].picture, 16);
}

static void send_foe(u16 r) {
    u8 k = kin(M(r));
    enter(FOE, r);
    copy_name(FOE_NAME, creatures[k].name);
    set_bit(SEEN, k);
    video_load(0x9400, creatures[k].picture, 16);
}

/* What the battle did to the active creature goes into its record. */
static void keep(void) {
    u16 r = record(ACTIVE);
    u8 i;
    M(r + R_HP) = M(MINE + R_HP); M(r + R_HP + 1) = M(MINE + R_HP + 1); M(r + R_STATUS) = M(MINE + R_STATUS);
    for (i = 0; i < 4; i++) M(r + R_PP + i) = M(MINE + B_PP + i);
}

static void put_bar(u8 x, u8 y, u16 fighter) {
    volatile u8 *p = at(x, y);
    u16 hp = get16(fighter + R_HP);
    u8 i, dots = (u8)(hp * 48 / get16(fighter + B_MAX_HP));
    if (hp && !dots) dots = 1;
    *p++ = 0x62;
    for (i = 0; i < 6; i++) { *p++ = (u8)(0x63 + (dots > 8 ? 8 : dots)); dots = dots > 8 ? dots - 8 : 0; }
    *p = 0x6C;
}

static void put_state(u8 x, u8 y, u16 fighter) {
    if (M(fighter + R_STATUS) & POISONED) put(x, y, T_PSN);
    else if (M(fighter + R_STATUS) & ASLEEP) put(x, y, T_SLP);
    else { put(x, y, T_LV); put_number((u8)(x + 1), y, M(fighter + B_LEVEL), 2); }
}

static void put_picture(u8 x, u8 y, u8 tile) {
    u8 i, j;
    volatile u8 *p;
    for (j = 0; j < 4; j++) {
        p = at(x, (u8)(y + j));
        for (i = 0; i < 4; i++) *p++ = tile++;
    }
}

/* Both fighters, and nothing below; what shows them already is left as it is. */
static void draw(void) {
    static u8 mine[4], foe[4];                     /* from hp to status */
    if (fighters && !memcmp(mine, P(MINE + R_HP), 4) && !memcmp(foe, P(FOE + R_HP), 4)) { clear_box(); return; }
    memcpy(mine, P(MINE + R_HP), 4);
    memcpy(foe, P(FOE + R_HP), 4);
    clear_screen();
    put(1, 0, (const u8 *)FOE_NAME); put_state(4, 1, FOE); put_bar(2, 2, FOE); put_picture(12, 0, 0x40);
    put(10, 7, (const u8 *)MY_NAME); put_state(14, 8, MINE); put_bar(10, 9, MINE); put_picture(3, 8, 0x50);
    put_number(11, 10, get16(MINE + R_HP), 3); put(14, 10, T_SLASH); put_number(15, 10, get16(MINE + B_MAX_HP), 3);
    fighters = 1;
}

static void say_drawn(const u8 *text) { draw(); say(text); }
static void tell_drawn(const u8 *text) { draw(); tell(text); }

static void hurt(u16 fighter, u16 points) {
    u16 hp = get16(fighter + R_HP);
    put16(fighter + R_HP, hp > points ? hp - points : 0);
}

/* Damage as in the games of this kind: level, power and the two creatures' strength, a little chance, the types. */
static void hit(u16 from, u16 to, const struct move *m) {
    u16 d = (u16)(2 * M(from + B_LEVEL) / 5 + 2) * m->power;
    u8 i;
    d = d * M(from + B_ATTACK + 1) / M(to + B_DEFENSE + 1) / 32 + 2 + below(3);
    for (i = 0; i < STRONG_COUNT; i += 2) {
        if (m->type == strong[i] && M(to + R_TYPE1) == strong[i + 1]) { d += d >> 1; tell_drawn(T_STRONG); }
        if (m->type == strong[i + 1] && M(to + R_TYPE1) == strong[i]) { d -= d / 3; tell_drawn(T_WEAK); }
    }
    hurt(to, d);
}

static u8 sleeps(u16 fighter) {
    if (!(M(fighter + R_STATUS) & ASLEEP)) return 0;
    M(fighter + R_STATUS)--;
    tell_drawn(M(fighter + R_STATUS) & ASLEEP ? T_SLEEPS : T_WOKE);
    return 1;
}

static void name_fighter(u16 fighter) { words[0] = (const u8 *)(fighter == MINE ? MY_NAME : FOE_NAME); }

/* One creature's turn: sleep, the move in this place, poison. */
static void act(u16 from, u16 to, u8 place) {
    u8 move = M(from + R_MOVES + place);
    const struct move *m = &moves[move];
    name_fighter(from);
    if (!sleeps(from)) {
        words[1] = m->name;
        if (M(from + B_PP + place)) M(from + B_PP + place)--;
        else m = &moves[0];
        tell_drawn(T_USED);
        if (random8() >= m->accuracy) say_drawn(T_MISSED);
        else {
            if (m->power) hit(from, to, m);
            name_fighter(to);
            if (!M(to + R_STATUS) && get16(to + R_HP) && (!m->power || !below(3))) {
                if (m->effect == POISONED) { M(to + R_STATUS) = POISONED; say_drawn(T_POISONED); }
                if (m->effect == ASLEEP) { M(to + R_STATUS) = (u8)(2 + below(3)); say_drawn(T_ASLEEP); }
            }
        }
    }
    if (M(from + R_STATUS) & POISONED) {
        hurt(from, 1 + get16(from + B_MAX_HP) / 16);
        name_fighter(from);
        tell_drawn(T_ACHES);
    }
    keep();
    draw();
}

static u8 choose_move(void) {
    u8 i, n, at = NONE;
    draw();
    box(4, 12, 16, 6);
    for (i = 0; i < 4 && M(MINE + R_MOVES + i); i++) {
        put(6, (u8)(13 + i), moves[M(MINE + R_MOVES + i)].name);
        put_number(17, (u8)(13 + i), M(MINE + B_PP + i), 2);
    }
    n = i;
    at = menu(5, 13, (u8)(n - 1), 1, 0, 1);
    if (at == NONE) return NONE;
    for (i = 0; i < n; i++) if (M(MINE + B_PP + i)) break;
    if (i < n && !M(MINE + B_PP + at)) { say_drawn(T_NOPP); return NONE; }
    MY_MOVE = M(MINE + R_MOVES + at);
    return at;
}

static void faint_mine(void) {
    u8 slot;
    words[0] = (const u8 *)MY_NAME;
    say_drawn(T_FAINTED);
    if (first_able() == NONE) { going = DEFEAT; IN_BATTLE = LOST; say(T_LOST); return; }
    do slot = team(0); while (!get16(record(slot) + R_HP));
    send_mine(slot);
    words[0] = (const u8 *)MY_NAME;
    tell_drawn(T_GO);
}

static void faint_foe(void) {
    u8 level = M(FOE + B_LEVEL), k = kin(M(FOE));
    u16 points = (u16)creatures[k].points * level / 7;
    words[0] = (const u8 *)FOE_NAME;
    say_drawn(T_FAINTED);
    gain(ACTIVE, IN_BATTLE == TRAINER ? points + (points >> 1) : points);
    enter(MINE, record(ACTIVE));
    if (IN_BATTLE == WILD) earn(0, (u8)(level / 10 << 4 | level % 10));
    if (!--foes_left) { going = VICTORY; return; }
    send_foe(FOES + (u16)(FOES_COUNT - foes_left) * RECORD);
    words[0] = (const u8 *)FOE_NAME;
    say_drawn(T_NEXT);
}

static void foe_acts(void) {
    u8 n = 1, at;
    while (n < 4 && M(FOE + R_MOVES + n)) n++;
    at = below(n);
    FOE_MOVE = M(FOE + R_MOVES + at);
    act(FOE, MINE, at);
}

/* Both act, the faster first; who has fainted acts no more. */
static void exchange(u8 mine) {
    u8 first = mine != NONE && M(MINE + B_SPEED + 1) >= M(FOE + B_SPEED + 1);
    if (first) act(MINE, FOE, mine);
    if (get16(FOE + R_HP) && get16(MINE + R_HP)) {
        foe_acts();
        if (!first && mine != NONE && get16(MINE + R_HP) && get16(FOE + R_HP)) act(MINE, FOE, mine);
    }
    if (!get16(FOE + R_HP)) faint_foe();
    if (!get16(MINE + R_HP)) {
        if (going == GOING || first_able() == NONE) faint_mine();
    }
}

/* The weaker the creature, the surer the snare. */
static u8 throw_snare(void) {
    u16 hp = get16(FOE + R_HP), most = get16(FOE + B_MAX_HP);
    u16 chance = (u16)M(FOE + R_CATCH) * (3 * most - 2 * hp) / (3 * most);
    u8 slot;
    words[0] = (const u8 *)FOE_NAME;
    if (IN_BATTLE == TRAINER) { say_drawn(T_BLOCKED); return 0; }
    if (PARTY_COUNT == 6) { say_drawn(T_FULL); return 0; }
    drop(I_SNARE);
    tell_drawn(T_THREW);
    if (M(FOE + R_STATUS)) chance += 40;
    if (random8() >= chance) { say(T_BROKE); return 1; }
    slot = join_party(kin(M(FOE)), M(FOE + B_LEVEL));
    put16(record(slot) + R_HP, hp);
    M(record(slot) + R_STATUS) = M(FOE + R_STATUS);
    say(T_CAUGHT);
    going = AWAY;
    return 1;
}

static u8 use_bag(void) {
    u8 item, done;
    draw();
    item = pick_item();
    if (item == NONE) return 0;
    if (item == I_SNARE) return throw_snare();
    done = use_item(item);
    enter(MINE, record(ACTIVE));
    draw();
    return done;
}

static u8 change(void) {
    u8 slot = team(1);
    if (slot == NONE || slot == ACTIVE || !get16(record(slot) + R_HP)) return 0;
    send_mine(slot);
    words[0] = (const u8 *)MY_NAME;
    tell_drawn(T_GO);
    return 1;
}

static u8 run_away(void) {
    if (IN_BATTLE == TRAINER) { say_drawn(T_NOFLEE); return 0; }
    if (below(4) || M(MINE + B_SPEED + 1) > M(FOE + B_SPEED + 1)) { say_drawn(T_FLED); going = AWAY; return 1; }
    say_drawn(T_CAUGHTUP);
    return 1;
}

/* Two columns of two: fight and bag, team and run. */
static u8 main_menu(void) {
    u8 column = 0, was = 0, choice = NONE;
    draw();
    box(8, 12, 12, 6);
    put(10, 14, T_FIGHT); put(16, 14, T_TEAM); put(10, 16, T_BAG); put(16, 16, T_RUN);
    MENU_Y = 14; MENU_LAST = 1; MENU_CURSOR = 0;
    while (choice == NONE) {
        MENU_X = column ? 15 : 9;
        *at(was & 1 ? 15 : 9, (u8)(14 + (was & 2))) = SPACE;
        *at(MENU_X, (u8)(14 + (MENU_CURSOR << 1))) = 0xED;
        was = (u8)(MENU_CURSOR << 1 | column);
        show();
        do frame(); while (!(PRESSED & (A | UP | DOWN | LEFT | RIGHT)));
        if (PRESSED & UP) MENU_CURSOR = 0;
        if (PRESSED & DOWN) MENU_CURSOR = 1;
        if (PRESSED & LEFT) column = 0;
        if (PRESSED & RIGHT) column = 1;
        if (PRESSED & A) choice = was;
    }
    return choice;
}

static u8 fight(const u8 *opening) {
    u8 move;
    hide_sprites();
    words[0] = (const u8 *)FOE_NAME;
    say_drawn(opening);
    going = GOING;
    while (going == GOING) {
        switch (main_menu()) {
        case 0: move = choose_move(); if (move != NONE) exchange(move); break;
        case 1: if (change()) exchange(NONE); break;
        case 2: if (use_bag() && going == GOING) exchange(NONE); break;
        default: if (run_away() && going == GOING) exchange(NONE);
        }
    }
    keep();
    IN_BATTLE = 0;
    OPPONENT = 0;
    return going;
}

u8 wild_battle(u8 k, u8 level) {
    IN_BATTLE = WILD; OPPONENT = creatures[k].species;
    FOES_COUNT = 0; foes_left = 1;
    make_creature(FOES, k, level);
    send_foe(FOES);
    send_mine(first_able());
    return fight(T_WILD);
}

u8 leader_battle(u8 l) {
    const struct leader *w = &leaders[l];
    u8 i, result;
    IN_BATTLE = TRAINER; TRAINER_CLASS = w->class; OPPONENT = (u8)(200 + w->class);
    LEADER = (u8)(l + 1); TRAINER_NUMBER = 1;
    FOES_COUNT = foes_left = w->count;
    for (i = 0; i < w->count; i++) {
        make_creature(FOES + (u16)i * RECORD, w->team[i << 1], w->team[(i << 1) + 1]);
        M(FOES_SPECIES + i) = M(FOES + (u16)i * RECORD);
    }
    M(FOES_SPECIES + i) = 0xFF;
    send_foe(FOES);
    send_mine(first_able());
    result = fight(w->opening);
    if (result == VICTORY) earn(w->prize, 0);
    LEADER = 0;
    return result;
}
