"""Where the game keeps what the player sees: addresses of the Game Boy's memory, one name each.

Facts of the well-known first cartridges, which the free one keeps to as well. Names follow the usual disassembly.
Several published agents read wrong cells; tests/test_pokemon_addresses.py names each of those mistakes.
"""

from __future__ import annotations

WRAM, WRAM_SIZE = 0xC000, 0x2000
HRAM, HRAM_SIZE = 0xFF80, 0x7F

# ---- sprites: slot i of 16 at +16i, the player is slot 0
SPRITES_1 = 0xC100
"""+0 picture (0: none), +2 image (FF: off the screen), +4 y and +6 x in pixels, +9 facing"""
SPRITES_2 = 0xC200
"""+4 y and +5 x on the map, each plus 4"""
SPRITE_SLOTS, SPRITE_SIZE = 16, 16

# ---- the screen
TILE_MAP = 0xC3A0
"""20 x 18 tile ids, row by row, texts and boxes among them; the last one is at C507"""
COLUMNS, ROWS = 20, 18
MENU_TOP_Y, MENU_TOP_X, MENU_INDEX, MENU_LAST = 0xCC24, 0xCC25, 0xCC26, 0xCC28
PLAYER_SLOT = 0xCC2F
"""which of the party fights"""
LIST_SCROLL = 0xCC36
LIST_MENU = 0xCF94
JOY_IGNORE = 0xCD6B
"""buttons that a script takes away: bits a, b, select, start, right, left, up, down from bit 0 on"""
TILE_STANDING, TILE_IN_FRONT = 0xCF0E, 0xCFC6
FONT_LOADED = 0xCFC4
"""not 0 while a text is open; the box's own id, D125, stays when it closes"""
WALK_COUNTER = 0xCFC5
TEXT_BOX = 0xD125

# ---- battle
ENEMY_NICK = 0xCFDA
ENEMY = 0xCFE5
"""species, hp (2), box slot or action (CFE8: not the level), status, ..."""
ENEMY_HP, ENEMY_STATUS, ENEMY_LEVEL, ENEMY_MAX_HP = 0xCFE6, 0xCFE9, 0xCFF3, 0xCFF4
OWN = 0xD014
OWN_HP, OWN_STATUS, OWN_MOVES, OWN_LEVEL, OWN_MAX_HP, OWN_PP = 0xD015, 0xD018, 0xD01C, 0xD022, 0xD023, 0xD02D
TRAINER_CLASS = 0xD031
IN_BATTLE = 0xD057
"""0 no, 1 wild, 2 trainer, FF lost"""
OPPONENT = 0xD059
BATTLE_TYPE = 0xD05A
"""0 normal, 1 the old man's, 2 safari"""
GYM_LEADER, TRAINER = 0xD05C, 0xD05D
ENEMY_PARTY_COUNT, ENEMY_PARTY, ENEMY_PARTY_LEVEL = 0xD89C, 0xD8A4, 0xD8C5

# ---- the player
REPEL = 0xD0DB
PLAYER_NAME, RIVAL_NAME = 0xD158, 0xD34A
NAME_SIZE = 11
PARTY_COUNT, PARTY_SPECIES, PARTY = 0xD163, 0xD164, 0xD16B
PARTY_SIZE, RECORD_SIZE = 6, 44
PARTY_OWNERS, PARTY_NICKS = 0xD273, 0xD2B5
DEX_OWNED, DEX_SEEN, DEX_SIZE = 0xD2F7, 0xD30A, 19
BAG_COUNT, BAG, BAG_SIZE = 0xD31D, 0xD31E, 20
MONEY, COINS = 0xD347, 0xD5A4
"""3 and 2 bytes of two decimal digits each, the high ones first"""
OPTIONS, BADGES = 0xD355, 0xD356

# ---- the map
MAP, Y, X, Y_BLOCK, X_BLOCK, LAST_MAP = 0xD35E, 0xD361, 0xD362, 0xD363, 0xD364, 0xD365
TILESET, MAP_HEIGHT, MAP_WIDTH = 0xD367, 0xD368, 0xD369
"""height and width in blocks of 2 x 2 squares"""
CONNECTIONS = 0xD370
"""bits: 8 north, 4 south, 2 west, 1 east"""
WARP_COUNT, WARPS, WARPS_SIZE = 0xD3AE, 0xD3AF, 32
WARP_ID, WARP_MAP = 0xD42F, 0xFF8B
SIGN_COUNT, SIGNS, SIGNS_SIZE = 0xD4B0, 0xD4B1, 16
SPRITE_COUNT = 0xD4E1
TILESET_BANK, COLLISION_POINTER, GRASS_TILE = 0xD52B, 0xD530, 0xD535
"""the pointer (low byte first) leads to the passable tile ids in bank 0, which end with FF"""
MISSABLE, MISSABLE_SIZE = 0xD5A6, 32
"""a bit that is set hides an object"""
WALK_BIKE_SURF = 0xD700
VISITED_TOWNS = 0xD70B
SAFARI_STEPS = 0xD70D
PLAYER_STARTER, RIVAL_STARTER = 0xD717, 0xD715
BLACKOUT_MAP = 0xD719
STATUS_FLAGS_1, STATUS_FLAGS_4, STATUS_FLAGS_5, STATUS_FLAGS_6 = 0xD728, 0xD72E, 0xD730, 0xD732
MOVEMENT_FLAGS = 0xD736
EVENTS, EVENTS_SIZE = 0xD747, 320
"""event i is bit i % 8, the lowest first, of byte i // 8; the last byte is at D886"""
HOURS, CLOCK_FULL, MINUTES, SECONDS, FRAMES = 0xDA41, 0xDA42, 0xDA43, 0xDA44, 0xDA45

# ---- high memory
JOY_PRESSED, JOY_HELD, JOY_INPUT = 0xFFB3, 0xFFB4, 0xFFF8
RANDOM_ADD, RANDOM_SUB = 0xFFD3, 0xFFD4
