/* The machine: frames, pictures, chance, and bytes. */
#include "hearthway.h"

void frames(u8 count) { while (count--) frame(); }

void video_load(u16 to, const u8 *from, u8 tiles) {
    for (; tiles; tiles--, to += 16, from += 16) video_tile(to, from);
}

/* Pictures in black and white: one bit a dot, put into both planes. */
void video_load_plain(u16 to, const u8 *from, u16 size) {
    while (size--) { video_put(to++, *from); video_put(to++, *from++); }
}

/* The interrupt stirs both bytes once a frame; this stirs them again, so that two draws of a frame differ. */
u8 random8(void) {
    RANDOM1 = (u8)(RANDOM1 * 5 + 17);
    RANDOM2 = (u8)(RANDOM2 * 9 + 91);
    return (u8)(RANDOM1 + (u8)((RANDOM2 << 4) | (RANDOM2 >> 4)));
}

u8 below(u8 limit) { return (u8)(((u16)random8() * limit) >> 8); }

u16 get16(u16 address) { return ((u16)M(address) << 8) | M(address + 1); }

void put16(u16 address, u16 value) { M(address) = (u8)(value >> 8); M(address + 1) = (u8)value; }

u8 bit(u16 base, u16 index) { return (u8)(M(base + (index >> 3)) & (u8)(1 << (index & 7))); }

void set_bit(u16 base, u16 index) { M(base + (index >> 3)) |= (u8)(1 << (index & 7)); }

void copy_name(u16 to, const u8 *from) {
    u8 i;
    for (i = 0; i < NAME_LENGTH; i++) { M(to + i) = *from; if (*from != END) from++; }
}
