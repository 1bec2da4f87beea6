/* What the player carries: items and money. */
#include "hearthway.h"

u8 goods_index(u8 item) {
    u8 i;
    for (i = 0; i < GOODS_COUNT; i++) if (goods[i].item == item) return i;
    return 0;
}

static u8 place_of(u8 item) {
    u8 i;
    for (i = 0; i < BAG_COUNT; i++) if (M(BAG + (i << 1)) == item) return i;
    return NONE;
}

u8 owned(u8 item) {
    u8 i = place_of(item);
    return i == NONE ? 0 : M(BAG + (i << 1) + 1);
}

/* Up to 99 of a kind; 0 where there is no room. */
u8 take(u8 item, u8 count) {
    u8 i = place_of(item);
    if (i == NONE) {
        if (BAG_COUNT == 20) return 0;
        i = BAG_COUNT++;
        M(BAG + (i << 1)) = item; M(BAG + (i << 1) + 1) = 0; M(BAG + (i << 1) + 2) = 0xFF;
    }
    if (M(BAG + (i << 1) + 1) + count > 99) return 0;
    M(BAG + (i << 1) + 1) += count;
    return 1;
}

void drop(u8 item) {
    u8 i = place_of(item);
    if (i == NONE || --M(BAG + (i << 1) + 1)) return;
    for (i <<= 1; M(BAG + i) != 0xFF; i++) M(BAG + i) = M(BAG + i + 2);
    BAG_COUNT--;
    M(BAG + (BAG_COUNT << 1)) = 0xFF;
}

u8 pick_item(void) {
    u8 i = list(P(BAG), BAG_COUNT, 0);
    return i == NONE ? NONE : M(BAG + (i << 1));
}

static u8 cure(u8 item) {
    u8 slot = team(1);
    u16 r, hp;
    if (slot == NONE) return 0;
    r = record(slot); hp = get16(r + R_HP);
    words[0] = nickname(slot);
    if (item == I_TONIC) {
        if (!hp || !M(r + R_STATUS)) { say(T_NOEFFECT); return 0; }
        M(r + R_STATUS) = 0;
    } else {
        if (!hp || hp == get16(r + R_MAX_HP)) { say(T_NOEFFECT); return 0; }
        hp += item == I_SALVE ? 20 : 50;
        put16(r + R_HP, hp > get16(r + R_MAX_HP) ? get16(r + R_MAX_HP) : hp);
    }
    drop(item);
    say(item == I_TONIC ? T_CURED : T_MENDED);
    return 1;
}

/* 1 where the item did something. */
u8 use_item(u8 item) {
    if (item == I_SALVE || item == I_BROTH || item == I_TONIC) return cure(item);
    if (IN_BATTLE) { say(T_NOTNOW); return 0; }
    if (item == I_SMOKE) { REPEL = 100; drop(item); say(T_SMOKED); return 1; }
    if (item == I_BOOK) { field_book(); return 0; }
    if (item == I_HOOK && TILESET == OUTDOORS && FRONT_TILE == K_SAPLING * 4 + 2) { use_hook(); return 1; }
    say(T_NOTNOW);
    return 0;
}

/* Money is three bytes of two decimal digits each, the highest first. */
static u8 add_digits(u8 a, u8 b, u8 *carry) {
    u8 low = (u8)((a & 15) + (b & 15) + *carry), high = (u8)((a >> 4) + (b >> 4));
    if (low > 9) { low -= 10; high++; }
    *carry = high > 9;
    return (u8)((*carry ? high - 10 : high) << 4 | low);
}

void earn(u8 hundreds, u8 rest) {
    u8 carry = 0;
    M(MONEY + 2) = add_digits(M(MONEY + 2), rest, &carry);
    M(MONEY + 1) = add_digits(M(MONEY + 1), hundreds, &carry);
    M(MONEY) = add_digits(M(MONEY), 0, &carry);
    if (carry) M(MONEY) = M(MONEY + 1) = M(MONEY + 2) = 0x99;
}

/* Takes the amount if it is there: the nines' complement is added, as one does by hand. */
u8 pay(const u8 *amount) {
    u8 i, carry = 0;
    for (i = 0; i < 3 && M(MONEY + i) == amount[i]; i++) ;
    if (i < 3 && M(MONEY + i) < amount[i]) return 0;
    carry = 1;
    for (i = 3; i--;) M(MONEY + i) = add_digits(M(MONEY + i), (u8)(0x99 - amount[i]), &carry);
    return 1;
}

void halve_money(void) {
    u8 i, high, low, rest = 0;
    for (i = 0; i < 3; i++) {
        high = (u8)((M(MONEY + i) >> 4) + rest * 10); rest = high & 1;
        low = (u8)((M(MONEY + i) & 15) + rest * 10); rest = low & 1;
        M(MONEY + i) = (u8)((high >> 1) << 4 | (low >> 1));
    }
}

void put_money(u8 x, u8 y, const volatile u8 *amount) {
    volatile u8 *p = at(x, y);
    u8 i, digit, begun = 0;
    *p++ = 0xF0;
    for (i = 0; i < 6; i++) {
        digit = i & 1 ? amount[i >> 1] & 15 : amount[i >> 1] >> 4;
        if (digit || i == 5) begun = 1;
        if (begun) *p++ = (u8)(DIGIT + digit);
    }
}
