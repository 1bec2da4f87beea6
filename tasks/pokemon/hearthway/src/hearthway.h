/* What every file of the game knows: where the state lies, and who offers what. Public domain (CC0).
 *
 * The addresses are those that the environment's reader looks at on the real cartridge; they are facts, and the
 * code behind them is our own. README.md lists which of them are alive. */
#ifndef HEARTHWAY_H
#define HEARTHWAY_H
#include <stdint.h>
typedef uint8_t u8;
typedef int8_t i8;
typedef uint16_t u16;
#include "data.h"

#define M(a) (*(volatile u8 *)(a))
#define P(a) ((volatile u8 *)(a))

/* hardware */
#define JOYP M(0xFF00)
#define LCDC M(0xFF40)
#define SCY M(0xFF42)
#define BEAM M(0xFF44)
#define SCX M(0xFF43)
#define WY M(0xFF4A)
#define WX M(0xFF4B)
#define BACKGROUND 0x9800
#define WINDOW 0x9C00
#define LCD_ON 0xE3

/* the shared layout */
#define SPRITE1(i) (0xC100 + ((i) << 4))
#define SPRITE2(i) (0xC200 + ((i) << 4))
#define FACING M(0xC109)
#define OAM P(0xC300)
#define SCREEN P(0xC3A0)
#define BACK P(0xC508) /* ours: the screen to come, drawn here and shown at once */
#define SQUARES 0xC6E8 /* ours: the squares of the map with a margin, one byte each */
#define MENU_Y M(0xCC24)
#define MENU_X M(0xCC25)
#define MENU_CURSOR M(0xCC26)
#define MENU_LAST M(0xCC28)
#define ACTIVE M(0xCC2F)
#define LIST_OFFSET M(0xCC36)
#define MY_MOVE M(0xCCDC)
#define FOE_MOVE M(0xCCDD)
#define JOY_IGNORE M(0xCD6B)
#define STANDING_TILE M(0xCF0E)
#define LIST_KIND M(0xCF94)
#define QUANTITY M(0xCF96)
#define TEXT_OPEN M(0xCFC4)
#define WALK_COUNTER M(0xCFC5)
#define FRONT_TILE M(0xCFC6)
#define FOE_NAME 0xCFDA
#define FOE 0xCFE5
#define MY_NAME 0xD009
#define MINE 0xD014
#define TRAINER_CLASS M(0xD031)
#define IN_BATTLE M(0xD057)
#define OPPONENT M(0xD059)
#define LEADER M(0xD05C)
#define TRAINER_NUMBER M(0xD05D)
#define REPEL M(0xD0DB)
#define TEXT_BOX M(0xD125)
#define PLAYER_NAME 0xD158
#define PARTY_COUNT M(0xD163)
#define PARTY_SPECIES 0xD164
#define PARTY 0xD16B
#define OWNERS 0xD273
#define NICKNAMES 0xD2B5
#define OWNED 0xD2F7
#define SEEN 0xD30A
#define BAG_COUNT M(0xD31D)
#define BAG 0xD31E
#define MONEY 0xD347
#define OPTIONS M(0xD355)
#define BADGES M(0xD356)
#define MAP_ID M(0xD35E)
#define PLAYER_Y M(0xD361)
#define PLAYER_X M(0xD362)
#define BLOCK_Y M(0xD363)
#define BLOCK_X M(0xD364)
#define LAST_MAP M(0xD365)
#define TILESET M(0xD367)
#define MAP_HEIGHT M(0xD368)
#define MAP_WIDTH M(0xD369)
#define CONNECTIONS M(0xD370)
#define CONNECTED(i) M(0xD371 + (i) * 11)
#define WARP_COUNT M(0xD3AE)
#define WARPS 0xD3AF
#define WARP_USED M(0xD42F)
#define WARP_MAP M(0xFF8B)
#define SIGN_COUNT M(0xD4B0)
#define SIGNS 0xD4B1
#define SPRITE_COUNT M(0xD4E1)
#define PASSABLE 0xD530
#define COUNTER_TILE M(0xD532)
#define GRASS_TILE M(0xD535)
#define HIDDEN 0xD5A6
#define VISITED M(0xD70B)
#define STARTER M(0xD717)
#define BLACKOUT_MAP M(0xD719)
#define STATUS5 M(0xD72E)
#define EVENTS 0xD747
#define FOES_COUNT M(0xD89C)
#define FOES_SPECIES 0xD89D
#define FOES 0xD8A4
#define HOURS M(0xDA41)
#define CLOCK_FULL M(0xDA42)
#define MINUTES M(0xDA43)
#define SECONDS M(0xDA44)
#define TICKS M(0xDA45)
#define PRESSED M(0xFFB3)
#define HELD M(0xFFB4)
#define INPUT M(0xFFF8)
#define RANDOM1 M(0xFFD3)
#define RANDOM2 M(0xFFD4)
#define SPRITES_MOVED M(0xFFD5) /* ours: they are copied at the next vertical blank */
#define FRAME_FLAG M(0xFFD6)
#define SPRITES_FROM M(0xFFD8) /* ours: the line before the first that has one; 0 for all, NONE for none */
#define SPRITES_TO M(0xFFD9) /* ours: the line after the last */

/* a creature's record in the party (44 bytes) and in battle (29 bytes): two-byte numbers have the high byte first */
enum { R_SPECIES, R_HP, R_BOX_LEVEL = 3, R_STATUS, R_TYPE1, R_TYPE2, R_CATCH, R_MOVES, R_ID = 12, R_EXP = 14, R_PP = 29,
       R_LEVEL = 33, R_MAX_HP, R_STATS = 36, RECORD = 44 };
enum { B_LEVEL = 14, B_MAX_HP, B_ATTACK = 17, B_DEFENSE = 19, B_SPEED = 21, B_PP = 25 };
enum { ASLEEP = 7, POISONED = 8 };
enum { A = 1, B = 2, SELECT = 4, START = 8, RIGHT = 16, LEFT = 32, UP = 64, DOWN = 128, DIRECTIONS = 0xF0 };
enum { FACE_DOWN, FACE_UP = 4, FACE_LEFT = 8, FACE_RIGHT = 12, WANDERS = 0x80 };
enum { WILD = 1, TRAINER = 2, LOST = 0xFF };
enum { NONE = 0xFF, SPACE = 0x7F, LINE = 0x4F, END = 0x50, PAGE = 0x51, DIGIT = 0xF6, NAME_LENGTH = 11 };

/* hot.s */
void frame(void);
void video_put(u16 address, u8 value);
void video_square(u16 address, u8 kind);
void video_tile(u16 address, const u8 *from);
void video_rows(u8 first);
void copy_rows(u8 first);
void blank_rows(u8 first);
void view_row(volatile u8 *to, const volatile u8 *from);
void shift_sprites(i8 x, i8 y);

/* machine.c */
void video_load(u16 to, const u8 *from, u8 tiles);
void video_load_plain(u16 to, const u8 *from, u16 size);
void frames(u8 count);
u8 random8(void);
u8 below(u8 limit);
u16 get16(u16 address);
void put16(u16 address, u16 value);
u8 bit(u16 base, u16 index);
void set_bit(u16 base, u16 index);
void copy_name(u16 to, const u8 *from);

/* text.c */
extern const u8 *words[2]; /* what the places \1 and \2 of a text stand for */
extern u8 fighters; /* whether the screen to come shows them above the box */
volatile u8 *at(u8 x, u8 y);
void clear_screen(void);
void clear_box(void);
void draw_behind(void);
void draw_map(void);
void box(u8 x, u8 y, u8 width, u8 height);
void put(u8 x, u8 y, const u8 *text);
void put_number(u8 x, u8 y, u16 value, u8 width);
void show(void);
void say(const u8 *text);
void tell(const u8 *text);
void close_text(void);
void wait_button(void);
u8 menu(u8 x, u8 y, u8 last, u8 spacing, u8 start, u8 cancel);
u8 list(const volatile u8 *items, u8 count, u8 priced);

/* world.c, walk.c and people.c */
extern const struct place *here;
void load_map(u8 id, u8 x, u8 y);
void fill_people(const struct place *m);
void draw_view(volatile u8 *to);
void draw_sprites(i8 ox, i8 oy);
void hide_sprites(void);
void redraw(void);
void draw_square(u8 x, u8 y);
void draw_edge(i8 dx, i8 dy);
volatile u8 *square(i8 x, i8 y);
u8 hidden(u8 slot);
u8 person_at(u8 x, u8 y);
void look(void);
i8 step_x(u8 facing);
i8 step_y(u8 facing);
i8 ahead_x(void);
i8 ahead_y(void);
u8 walkable(u8 kind);
void walk(u8 facing);
void step(u8 facing);
void turn(u8 facing);
void black_out(void);
void wander(void);

/* party.c */
u8 kin(u8 species);
const u8 *nickname(u8 slot);
u16 record(u8 slot);
void make_creature(u16 at, u8 kin, u8 level);
u8 join_party(u8 kin, u8 level);
void heal_all(void);
u8 first_able(void);
void gain(u8 slot, u16 points);
void mend(u8 slot);
void swap(u8 a, u8 b);
u8 team(u8 cancel);

/* bag.c and shop.c */
u8 owned(u8 item);
u8 take(u8 item, u8 count);
void drop(u8 item);
u8 use_item(u8 item);
u8 pick_item(void);
u8 pay(const u8 *amount);
void earn(u8 hundreds, u8 rest);
void halve_money(void);
u8 goods_index(u8 item);
void put_money(u8 x, u8 y, const volatile u8 *amount);
void shop(void);

/* battle.c */
u8 wild_battle(u8 kin, u8 level);
u8 leader_battle(u8 leader);
void enter(u16 fighter, u16 record);

/* story.c */
void talk(u8 slot);
void read_sign(u8 id);
void arrive(void);
void use_hook(void);

/* menus.c */
void start_menu(void);
void field_book(void);
#endif
