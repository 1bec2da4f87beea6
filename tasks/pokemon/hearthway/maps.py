"""The ground of every map, a letter a square; `world.TILESETS` says what a letter is."""

from __future__ import annotations

_DRAWN = {
    "HAMLET": """
TTTTTTTTT=TTTTTTTTTT
T........=........oT
T........=.........T
T..RRRR..=.RRRR....T
T..RRRR..=.RRRR....T
T..####..=.####....T
T..#D##..=.#D##....T
T...=....=..=......T
T...=========......T
T........=.........T
T.....H..=..~~~~~..T
T........=..~~~~~..T
T..oo....=..~~~~~..T
T..oo....=..S......T
T...===========....T
T..*************...T
T..................T
TTTTTTTTTTTTTTTTTTTT
""",
    "TRAIL": """
TTTTTTTTTT=TTTTTTTTT
T.........=........T
T..wwwww..=..wwww..T
T..wwwww..=..wwww..T
T..wwwww..=..wwww..T
TTTTTTTT..=..TTTTTTT
T.........=........T
T..oooo...===......T
T............=.....T
T..wwwwwww...=.....T
T..wwwwwwwwwwwwww..T
T..wwwwwwwwwwwwww..T
T..wwwwwwwwwwwwww..T
TTTTwwwwwwwwwwwwvvTT
T..................T
T...~~~~~..........T
T...~~~~~....S.....T
T...~~~~~..........T
T..................T
TTTTTTTTwwwTTvvTTTTT
T.......www.....oooT
T........=.......ooT
T........=.........T
TTTTTTTTT=TTTTTTTTTT
""",
    "STONE": """
TTTTTTTTTTTTTTTTTTTT
T..................T
T.............RRRR.T
T..RRRR.......RRRR.T
T..RRRR.......RRRR.T
T..####.......####.T
T..#D##.......##D#.T
T...=...........=..T
T...================
T.........=........T
T...S.....=..RRRR..T
T.........=..RRRR..T
T...~~~...=..####..T
T...~~~...=..#D##..T
T...~~~...=...=....T
T.........=====....T
T..**.....=........T
TTTTTTTTTT=TTTTTTTTT
""",
    "PASS": """
TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT
ToooooooooooooTT.............T
TooooooCooooooTT.............T
T......=.......T..wwwwwwwww..T
T.wwww.=.wwwww.T..wwwwwwwww..T
T.wwww.=.wwwww.T..wwwwwwwww..T
T.wwww.=.wwwww.T.............T
T......=.......T.............T
===============Y==============
T..............T.............T
T..~~~~........Tvvvvvvvvvv...T
T..~~~~........T.............T
T..~~~~.S......T..*****......T
T..............T..*****......T
T..wwwwwwwwww..T.............T
T..wwwwwwwwww..T.............T
T..............T.............T
TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT
""",
    "FERN": """
TTTTTTTTTTTTTTTTTTTT
T..................T
T............RRRR..T
T...RRRR.....RRRR..T
T...RRRR.....####..T
T...####.....#D##..T
T...#D##......=....T
T....=........=....T
T....=.....S..=....T
T....=........=....T
===============....T
T..................T
T...***....***.....T
T...***....***.....T
T..................T
T...~~~~~~~~~~.....T
T...~~~~~~~~~~.....T
TTTTTTTTTTTTTTTTTTTT
""",
    "HOME": """
WWWWWWWWWW
LL,,,,,,OO
,,,,,,,,,,
,,,,,,,,,,
,,,,,,,,,,
,,,,,,OO,,
,,,,,,,,,,
,,,,M,,,,,
""",
    "ELDER": """
WWWWWWWWWW
,B,,,,,,O,
,,,,,,,,O,
,,,,,,,,,,
,,OO,,,,,,
,,,,,,,,,,
,,,,,,,,,,
,,,,M,,,,,
""",
    "LODGE": """
WWWWWWWWWW
,B,,,,,,B,
,,,,,,,,,,
OOO,,,,,,,
,,,,,,,,,,
,,,,,,OO,,
,,,,,,,,,,
,,,,M,,,,,
""",
    "HALL": """
WWWWWWWWWW
WB,,,,,,BW
W,,,,,,,,W
W,OO,,OO,W
W,OO,,OO,W
W,,,,,,,,W
W,OO,,OO,W
W,,,,,,,,W
W,,,,,,,,W
WWWWMWWWWW
""",
    "MARKET": """
WWWWWWWWWW
LLLLLL,,LL
,,,K,,,,,,
KKKK,,,,,,
,,,,,,,LL,
,,,,,,,LL,
,,,,,,,,,,
,,,,M,,,,,
""",
    "REST": """
WWWWWWWWWW
,B,,,,,,B,
,,,,,,,,,,
,,,,,,,OOO
,,,,,,,,,,
,OO,,,,,,,
,,,,,,,,,,
,,,,M,,,,,
""",
    "GROVE": """
WWWWWWWWWW
WB,,,,,,BW
W,,,,,,,,W
W,B,,,,B,W
W,,OOOO,,W
W,,,,,,,,W
W,B,,,,B,W
W,,,,,,,,W
W,,,,,,,,W
WWWWMWWWWW
""",
    "CAVE": """
XXXXXXXXXXXXXXXXXXXX
X,,,,,,,X,,,,,,,,,,X
X,XXXXX,X,XXXXXXXX,X
X,,,,,X,X,X,,,,,,X,X
X,X,O,X,,,X,XXXX,X,X
X,X,,,XXXXX,X,,X,X,X
X,XX,XX,,,,,X,,X,,,X
X,,,,,X,XXXXXX,XXX,X
XXXXX,X,X,,,,,,,,X,X
X,,,X,X,X,XXXXXX,X,X
X,O,X,,,X,X,,,,X,X,X
X,,,XXXXX,X,XX,X,,,X
XX,XX,,,,,X,XX,XXXXX
X,,,,,XXXXX,XX,,,,,X
X,XXXXX,,,X,XXXXXX,X
X,,,,,,,X,,,,,,,,,,X
X,,,,,XXX,,,OO,,,,,X
XXXXXXXXXXMXXXXXXXXX
""",
}
GRIDS: dict[str, tuple[str, ...]] = {key: tuple(text.strip("\n").split("\n")) for key, text in _DRAWN.items()}
"""key of a map -> rows of letters; width and height are even, for the game counts in blocks of 2x2"""
