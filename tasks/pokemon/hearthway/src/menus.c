/* The menu behind START: field book, team, bag, crests, options. */
#include "hearthway.h"

void field_book(void) {
    u8 i;
    clear_screen();
    put(1, 0, T_FIELDBOOK);
    for (i = 0; i < KIN_COUNT; i++) {
        put(2, (u8)(2 + (i << 1)), bit(SEEN, i) ? creatures[i].name : T_UNKNOWN);
        if (bit(OWNED, i)) put(14, (u8)(2 + (i << 1)), T_OWN);
    }
    show();
    wait_button();
}

static void put_crests(void) {
    u8 i;
    clear_screen();
    put(1, 0, (const u8 *)PLAYER_NAME);
    put_money(10, 0, P(MONEY));
    put(1, 2, T_CRESTS);
    for (i = 0; i < LEADER_COUNT; i++) put(2, (u8)(4 + (i << 1)), BADGES & (u8)(1 << i) ? leaders[i].crest : T_UNKNOWN);
    show();
    wait_button();
}

static void order_team(void) {
    u8 a = team(1), b;
    if (a == NONE) return;
    b = team(1);
    if (b != NONE && a != b) swap(a, b);
}

static void set_speed(void) {
    u8 c, now = OPTIONS & 7;
    clear_screen();
    put(1, 1, T_SPEED);
    put(3, 3, T_FAST); put(3, 5, T_MIDDLE); put(3, 7, T_SLOW);
    c = menu(2, 3, 2, 2, now < 2 ? 0 : now < 4 ? 1 : 2, 1);
    if (c != NONE) OPTIONS = (u8)((OPTIONS & 0xF8) | (u8)(2 * c + 1));
}

static void open_bag(void) {
    u8 item;
    do {
        draw_behind();
        item = pick_item();
    } while (item != NONE && !use_item(item));
}

void start_menu(void) {
    u8 choice = 0;
    while (choice != NONE) {
        TEXT_OPEN = 1;
        draw_behind();
        box(10, 0, 10, 14);
        put(12, 2, T_BOOK); put(12, 4, T_TEAM); put(12, 6, T_BAG); put(12, 8, T_CRESTS);
        put(12, 10, T_OPTION); put(12, 12, T_EXIT);
        choice = menu(11, 2, 5, 2, choice, 1);
        switch (choice) {
        case 0: if (owned(I_BOOK)) field_book(); else say(T_NOBOOK); break;
        case 1: order_team(); break;
        case 2: open_bag(); break;
        case 3: put_crests(); break;
        case 4: set_speed(); break;
        default: choice = NONE;
        }
    }
    close_text();
}
