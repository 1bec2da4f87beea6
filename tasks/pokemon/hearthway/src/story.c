/* Who says what, and what it takes: the errands, the gifts, the gates. */
#include "hearthway.h"

static u8 happened(u16 event) { return bit(EVENTS, event); }
static void mark(u16 event) { set_bit(EVENTS, event); }

static void elder(void) {
    if (!happened(EV_COMPANION)) {
        say(T_ELDER1);
        join_party(KIN_FERNOX, 5);
        STARTER = creatures[KIN_FERNOX].species; STATUS5 |= 8;
        mark(EV_COMPANION);
        say(T_ELDER2);
    } else if (owned(I_LETTER)) {
        drop(I_LETTER);
        take(I_BOOK, 1); take(I_SNARE, 5); take(I_SALVE, 3);
        mark(EV_DELIVERED); mark(EV_BOOK);
        say(T_ELDER3);
    } else if ((BADGES & 3) == 3) say(T_ELDER5);
    else say(happened(EV_DELIVERED) ? T_ELDER6 : T_ELDER4);
}

static void keeper(void) {
    say(T_HEAL);
    heal_all();
    BLACKOUT_MAP = LAST_MAP;
    if (MAP_ID != MAP_LODGE || happened(EV_LETTER) || !PARTY_COUNT) { say(T_HEALED); return; }
    mark(EV_LETTER);
    take(I_LETTER, 1);
    say(T_LETTER);
}

static void warden(u8 l) {
    const struct leader *w = &leaders[l];
    if (BADGES & (u8)(1 << l)) { say(w->after); return; }
    if (l == 0 && !happened(EV_DELIVERED)) { say(T_TESS0); return; }
    say(w->before);
    close_text();
    if (leader_battle(l) != 1) { black_out(); return; }
    redraw();
    BADGES |= (u8)(1 << l);
    mark(w->event);
    say(w->won);
}

static void woodcutter(void) {
    if (happened(EV_HOOK)) { say(T_WOOD2); return; }
    if (!(BADGES & 1) || PARTY_COUNT < 2) { say(T_WOOD0); return; }
    take(I_HOOK, 1);
    mark(EV_HOOK);
    say(T_WOOD1);
}

static void gatekeeper(void) {
    if (!owned(I_TONIC)) { say(T_GATE0); return; }
    drop(I_TONIC);
    mark(EV_GATE);
    say(T_GATE1);
    set_bit(HIDDEN, TOGGLE_GATE);
}

static void pouch(u8 toggle, u8 item, u8 count) {
    if (!take(item, count)) { words[0] = goods[goods_index(item)].name; say(T_NOROOM); return; }
    set_bit(HIDDEN, toggle);
    words[0] = goods[goods_index(item)].name;
    say(T_FOUND);
}

void talk(u8 slot) {
    u8 who = here->people[(slot - 1) * 6 + 4];
    if (M(SPRITE1(slot)) < 4) M(SPRITE1(slot) + 9) = FACING ^ 4;
    switch (who) {
    case WHO_MOTHER: heal_all(); say(PARTY_COUNT ? T_MOTHER2 : T_MOTHER1); break;
    case WHO_ELDER: elder(); break;
    case WHO_GUARD: say(happened(EV_COMPANION) ? T_GUARD2 : T_GUARD1); break;
    case WHO_KEEPER: keeper(); break;
    case WHO_SELLER: say(T_SELLER); shop(); break;
    case WHO_TESS: warden(0); break;
    case WHO_OREN: warden(1); break;
    case WHO_WOODCUTTER: woodcutter(); break;
    case WHO_GATE: gatekeeper(); break;
    case WHO_POUCH1: pouch(TOGGLE_POUCH1, I_SALVE, 2); break;
    case WHO_POUCH2: pouch(TOGGLE_POUCH2, I_BROTH, 1); break;
    case WHO_POUCH3: pouch(TOGGLE_POUCH3, I_SMOKE, 1); break;
    default: say(chatter[who - WHO_CHATTER]);
    }
    close_text();
}

static void hearth(void) {
    if ((BADGES & 3) != 3) { say(T_HEARTH0); return; }
    mark(EV_HEARTH);
    say(T_HEARTH1);
}

void read_sign(u8 id) {
    if (id == SIGN_HEARTH) hearth(); else say(sign_texts[id]);
    close_text();
}

/* Clears the sapling ahead until the map is entered again. */
void use_hook(void) {
    if (!owned(I_HOOK)) { say(T_SAPLING); close_text(); return; }
    *square(ahead_x(), ahead_y()) = K_GRASS;
    mark(EV_CUT);
    say(T_CUT);
    draw_square((u8)ahead_x(), (u8)ahead_y());
    look();
    close_text();
}

/* What happens on a square by itself: nobody leaves the hamlet alone. */
void arrive(void) {
    if (MAP_ID != MAP_HAMLET || PLAYER_Y != 1 || happened(EV_COMPANION)) return;
    say(T_STOP);
    close_text();
    JOY_IGNORE = 0xFF;
    walk(FACE_DOWN);
    frames(4);
    JOY_IGNORE = 0;
}
