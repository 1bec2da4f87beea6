/* The counter of the market: what is sold, how many, and the price. */
#include "hearthway.h"

static void put_purse(void) {
    box(11, 0, 9, 3);
    put_money(12, 1, P(MONEY));
}

/* The price of so many, digit by digit. */
static void times(const u8 *price, u8 count, u8 *total) {
    u8 i, low, high, carry;
    total[0] = total[1] = total[2] = 0;
    while (count--) {
        carry = 0;
        for (i = 3; i--;) {
            low = (u8)((total[i] & 15) + (price[i] & 15) + carry); high = (u8)((total[i] >> 4) + (price[i] >> 4));
            if (low > 9) { low -= 10; high++; }
            carry = high > 9;
            total[i] = (u8)((carry ? high - 10 : high) << 4 | low);
        }
    }
}

static u8 how_many(const u8 *price, u8 *total) {
    QUANTITY = 1;
    for (;;) {
        box(7, 9, 13, 3);
        *at(8, 10) = 0xF1; put_number(9, 10, QUANTITY, 2);
        times(price, QUANTITY, total);
        put_money(12, 10, total);
        show();
        do frame(); while (!PRESSED);
        if ((PRESSED & UP) && QUANTITY < 20) QUANTITY++;
        if ((PRESSED & DOWN) && QUANTITY > 1) QUANTITY--;
        if (PRESSED & A) return 1;
        if (PRESSED & B) return 0;
    }
}

void shop(void) {
    u8 i, item, total[3];
    for (;;) {
        draw_behind();
        put_purse();
        i = list(stock, STOCK_COUNT, 1);
        if (i == NONE) break;
        item = stock[i << 1];
        words[0] = goods[goods_index(item)].name;
        if (!how_many(goods[goods_index(item)].price, total)) continue;
        if (owned(item) + QUANTITY > 99 || (!owned(item) && BAG_COUNT == 20)) { say(T_NOROOM); continue; }
        if (!pay(total)) { say(T_POOR); continue; }
        take(item, QUANTITY);
        put_purse();
        say(T_BOUGHT);
    }
    draw_behind();
    say(T_BYE);
}
