"""Every picture of HEARTHWAY, drawn by small formulas: letters, ground squares, people, creatures.

Tile data as the Game Boy wants it: 16 bytes a tile of 8x8 dots, two bits a dot, rows from the top; letters and frames
are black on white and take one bit a dot, which the game doubles.
The letters sit at the code points of `charset`, so the numbers in the screen buffer are text and picture at once.
"""

from __future__ import annotations

from collections.abc import Callable

from .charset import CODES

GLYPHS = {
    "A": "0E11111F111111",
    "B": "1E11111E11111E",
    "C": "0E11101010110E",
    "D": "1E11111111111E",
    "E": "1F10101E10101F",
    "F": "1F10101E101010",
    "G": "0E11101713110F",
    "H": "1111111F111111",
    "I": "0E04040404040E",
    "J": "0702020202120C",
    "K": "11121418141211",
    "L": "1010101010101F",
    "M": "111B1515111111",
    "N": "11191915131311",
    "O": "0E11111111110E",
    "P": "1E11111E101010",
    "Q": "0E11111115120D",
    "R": "1E11111E141211",
    "S": "0F10100E01011E",
    "T": "1F040404040404",
    "U": "1111111111110E",
    "V": "11111111110A04",
    "W": "11111115151B11",
    "X": "11110A040A1111",
    "Y": "11110A04040404",
    "Z": "1F01020408101F",
    "a": "00000E010F110F",
    "b": "10101E1111111E",
    "c": "00000E1110110E",
    "d": "01010F1111110F",
    "e": "00000E111F100E",
    "f": "0609081E080808",
    "g": "000F11110F011E",
    "h": "10101E11111111",
    "i": "04000C0404040E",
    "j": "0200020202120C",
    "k": "10101214181412",
    "l": "0C04040404040E",
    "m": "00001A15151515",
    "n": "00001E11111111",
    "o": "00000E1111110E",
    "p": "00001E111E1010",
    "q": "00000F110F0101",
    "r": "00001619101010",
    "s": "00000F100E011E",
    "t": "08081E08080906",
    "u": "0000111111130D",
    "v": "00001111110A04",
    "w": "0000111115150A",
    "x": "0000110A040A11",
    "y": "000011110F010E",
    "z": "00001F0204081F",
    "0": "0E11131519110E",
    "1": "040C040404040E",
    "2": "0E11010204081F",
    "3": "1F02040201110E",
    "4": "02060A121F0202",
    "5": "1F101E0101110E",
    "6": "0608101E11110E",
    "7": "1F010204080808",
    "8": "0E11110E11110E",
    "9": "0E11110F01020C",
    "'": "04040800000000",
    "-": "0000001F000000",
    "?": "0E110102040004",
    "!": "04040404040004",
    ".": "000000000C0C00",
    ",": "0000000C040800",
    "/": "01020204080810",
    ":": "000C0C000C0C00",
    "(": "02040808080402",
    ")": "08040202020408",
    "×": "00110A040A1100",
    "$": "040F140E051E04",
}
"""seven rows of five dots, one hexadecimal byte a row; `$` is the sign of money"""

Shade = Callable[[int, int], int]
"""column, row -> 0 white to 3 black"""


def pack(width: int, height: int, shade: Shade) -> list[int]:
    """Tiles of a picture of `width` x `height` dots, row by row of 8x8 cells."""
    out = []
    for top in range(0, height, 8):
        for left in range(0, width, 8):
            for y in range(top, top + 8):
                dots = [shade(left + x, y) for x in range(8)]
                out.append(sum((dot & 1) << (7 - x) for x, dot in enumerate(dots)))
                out.append(sum((dot >> 1) << (7 - x) for x, dot in enumerate(dots)))
    return out


def font() -> list[int]:
    """The 128 tiles 0x80-0xFF in black and white, 8 bytes a tile; codes without a letter are blank."""
    tiles = [0] * (128 * 8)

    def put(code: int, rows: list[int]) -> None:
        tiles[(code - 0x80) * 8 : (code - 0x80) * 8 + 8] = rows

    for letter, rows in GLYPHS.items():
        put(CODES[letter], [*(byte << 2 for byte in bytes.fromhex(rows)), 0])
    put(CODES["▷"], [0x40, 0x60, 0x50, 0x48, 0x50, 0x60, 0x40, 0])
    put(CODES["▶"], [0x40, 0x60, 0x70, 0x78, 0x70, 0x60, 0x40, 0])
    put(CODES["▼"], [0, 0xFE, 0x7C, 0x38, 0x10, 0, 0, 0])
    return tiles


def box() -> list[int]:
    """The tiles 0x79-0x7F: corners and edges of a frame, and the space."""
    corner = [[0, 0, 0, 0x1F] + [0x10] * 4, [0, 0, 0, 0xFF] + [0] * 4, [0, 0, 0, 0xF8] + [8] * 4, [0x10] * 8]
    lower = [[0x10] * 3 + [0x1F] + [0] * 4, [8] * 3 + [0xF8] + [0] * 4, [0] * 8]
    return [byte for rows in corner + lower for byte in rows]


def level_mark() -> list[int]:
    """The tile 0x6E, a small L and v in one."""
    return [0x40, 0x40, 0x40, 0x4A, 0x4A, 0x4A, 0x74, 0]


def _disc(x: int, y: int) -> float:
    return (x - 7.5) ** 2 + (y - 7.5) ** 2


SQUARES: dict[str, Shade] = {
    "tree": lambda x, y: (3 if _disc(x, y) > 44 else 2 if (x + y) % 3 else 1) if _disc(x, y) < 62 else 0,
    "grass": lambda x, y: int((x * 7 + y * 5) % 23 == 0),
    "tall": lambda x, y: 2 if (x + (y // 4) * 2) % 4 < 2 and y % 4 else 1,
    "path": lambda x, y: int((x * 3 + y * 11) % 17 == 0),
    "wall": lambda x, y: 3 if y % 5 == 0 or (x + (y // 5) * 4) % 8 == 0 else 1,
    "door": lambda x, y: 3 if x in (2, 13) or y == 1 else (2 if 2 < x < 13 and y > 1 else 1),
    "water": lambda x, y: 2 if (x + 2 * ((y // 2) % 2)) % 8 < 3 and y % 4 == 0 else 1,
    "sign": lambda x, y: (
        3 * ((2 <= x <= 13 and y in (3, 9)) or (x in (2, 13) and 3 <= y <= 9) or (x in (7, 8) and y > 9))
    ),
    "roof": lambda x, y: 3 if (x + y) % 6 == 0 else 2,
    "rock": lambda x, y: (3 if _disc(x, y) > 30 else 1) if _disc(x, y) < 45 else 0,
    "ledge": lambda x, y: 3 if y in (9, 14) else 2 if 9 < y < 14 and x % 3 else 0,
    "sapling": lambda x, y: 3 * (x in (7, 8) and y > 9) or (2 + (x * y) % 2) * (abs(x - 7.5) + abs(y - 6) < 6),
    "flower": lambda x, y: (3 if _disc(x % 8 + 4, y % 8 + 4) < 2 else 1) if _disc(x % 8 + 4, y % 8 + 4) < 6 else 0,
    "cave": lambda x, y: 3 if x in (2, 13) or y == 2 else 3 if 2 < x < 13 and y > 4 else 2,
    "hearth": lambda x, y: 3 if y > 11 or x in (1, 14) else 2 if abs(x - 7.5) < 11 - y else 0,
    "void": lambda x, y: 3,
    "floor": lambda x, y: int(x == 0 or y == 0),
    "iwall": lambda x, y: 3 if y == 15 else 2 if (x // 4 + y // 4) % 2 else 1,
    "table": lambda x, y: 3 if x in (0, 15) or y in (0, 12) else int(y < 12),
    "mat": lambda x, y: 3 if (x + y) % 4 == 0 else 1,
    "altar": lambda x, y: 3 if abs(x - 7.5) + abs(y - 7.5) < 5 else 1,
    "counter": lambda x, y: 3 if y in (0, 8, 15) else 1 if y < 8 else 2,
    "shelf": lambda x, y: 3 if y % 5 == 0 or x in (0, 15) else (x * 5 + y) % 3,
    "cliff": lambda x, y: 3 if (x * 3 + y * y) % 13 < 4 else 2,
    "ground": lambda x, y: int((x * 5 + y * 3) % 19 == 0),
    "boulder": lambda x, y: (3 if _disc(x, y) > 36 else 2 - (x + y) % 2) if _disc(x, y) < 55 else 0,
    "mouth": lambda x, y: 0 if 3 < x < 12 and y < 13 else 2,
}
"""ground squares of 16x16 dots by name"""


def square(name: str) -> list[int]:
    """The four tiles of a ground square."""
    return pack(16, 16, SQUARES[name])


def _person(x: int, y: int, facing: int, coat: int, hair: int) -> int:
    middle = abs(x - 7.5)
    if y < 7:
        if middle + abs(y - 3) * 0.7 > 5:
            return 0
        eye = {0: y in (4, 5) and 1.4 < middle < 3, 1: True, 2: y == 4 and x == 5, 3: y == 4 and x == 10}[facing]
        return hair if y < 3 else 3 if eye else 1
    if y < 12:
        return coat if middle < 4.6 else 0
    return 3 if 1 < middle < 4 and y < 15 else 0


def _pouch(x: int, y: int) -> int:
    return (3 if _disc(x, y) > 20 or y == 7 else 1) if _disc(x, y) < 30 else 0


def sprites() -> list[int]:
    """Pictures 0-3 (player, villager, warden, pouch), four facings each, four tiles a facing."""
    out = []
    for coat, hair in (2, 3), (3, 3), (1, 2):
        for facing in range(4):
            out += pack(16, 16, lambda x, y, c=coat, h=hair, f=facing: _person(x, y, f, c, h))  # type: ignore[misc]
    return out + pack(16, 16, _pouch) * 4


def creature(radius: float, spikes: int, tall: float) -> list[int]:
    """A battle picture of 32x32 dots: a round body, `spikes` on its back, stretched by `tall`."""

    def shade(x: int, y: int) -> int:
        across, down = x - 15.5, (y - 17) / tall
        far = (across * across + down * down) ** 0.5
        if far > radius + (3 if spikes and (x + y) % spikes < 2 and down < 2 else 0):
            return 0
        if abs(abs(across) - 5) < 2 and -6 < down < -2:
            return 3
        return 3 if far > radius - 1.5 else 2 if (x * y) % 5 == 0 else 1

    return pack(32, 32, shade)


def bar() -> list[int]:
    """The tiles 0x62-0x6C: the letters HP, a stretch of the bar with 0 to 8 dots filled, and its end."""
    tiles = [0, 0x5C, 0x52, 0x72, 0x5C, 0x50, 0x50, 0]
    for filled in range(9):
        inside = 0xFF & ~(0xFF >> filled)
        tiles += [0, 0xFF, 0, inside, inside, 0, 0xFF, 0]
    return [*tiles, 0, 0x80, 0x40, 0x40, 0x40, 0x40, 0x80, 0]
