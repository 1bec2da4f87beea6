"""Facts of the owner's cartridges, Red and Blue: names of maps and items, the milestones of the usual way, tiles.

Indices and names are those of the public disassembly's constants. Nothing of a cartridge's texts or art is here.
"""

from __future__ import annotations

from .milestones import Milestone

_MAPS = """
Pallet Town; Viridian City; Pewter City; Cerulean City; Lavender Town; Vermilion City; Celadon City; Fuchsia
City; Cinnabar Island; Indigo Plateau; Saffron City; ; Route 1; Route 2; Route 3; Route 4; Route 5; Route 6;
Route 7; Route 8; Route 9; Route 10; Route 11; Route 12; Route 13; Route 14; Route 15; Route 16; Route 17; Route
18; Route 19; Route 20; Route 21; Route 22; Route 23; Route 24; Route 25; Red's House 1F; Red's House 2F; Blue's
House; Oak's Lab; Viridian Pokecenter; Viridian Mart; Viridian School House; Viridian Nickname House; Viridian
Gym; Diglett's Cave Route 2; Viridian Forest North Gate; Route 2 Trade House; Route 2 Gate; Viridian Forest
South Gate; Viridian Forest; Museum 1F; Museum 2F; Pewter Gym; Pewter Nidoran House; Pewter Mart; Pewter Speech
House; Pewter Pokecenter; Mt. Moon 1F; Mt. Moon B1F; Mt. Moon B2F; Cerulean Trashed House; Cerulean Trade House;
Cerulean Pokecenter; Cerulean Gym; Bike Shop; Cerulean Mart; Mt. Moon Pokecenter; ; Route 5 Gate; Underground
Path Route 5; Daycare; Route 6 Gate; Underground Path Route 6; ; Route 7 Gate; Underground Path Route 7; ; Route
8 Gate; Underground Path Route 8; Rock Tunnel Pokecenter; Rock Tunnel 1F; Power Plant; Route 11 Gate 1F;
Diglett's Cave Route 11; Route 11 Gate 2F; Route 12 Gate 1F; Bill's House; Vermilion Pokecenter; Pokemon Fan
Club; Vermilion Mart; Vermilion Gym; Vermilion Pidgey House; Vermilion Dock; S.S. Anne 1F; S.S. Anne 2F; S.S.
Anne 3F; S.S. Anne B1F; S.S. Anne Bow; S.S. Anne Kitchen; S.S. Anne Captain's Room; S.S. Anne 1F Rooms; S.S.
Anne 2F Rooms; S.S. Anne B1F Rooms; ; ; ; Victory Road 1F; ; ; ; ; Lance's Room; ; ; ; ; Hall Of Fame;
Underground Path North South; Champion's Room; Underground Path West East; Celadon Mart 1F; Celadon Mart 2F;
Celadon Mart 3F; Celadon Mart 4F; Celadon Mart Roof; Celadon Mart Elevator; Celadon Mansion 1F; Celadon Mansion
2F; Celadon Mansion 3F; Celadon Mansion Roof; Celadon Mansion Roof House; Celadon Pokecenter; Celadon Gym; Game
Corner; Celadon Mart 5F; Game Corner Prize Room; Celadon Diner; Celadon Chief House; Celadon Hotel; Lavender
Pokecenter; Pokemon Tower 1F; Pokemon Tower 2F; Pokemon Tower 3F; Pokemon Tower 4F; Pokemon Tower 5F; Pokemon
Tower 6F; Pokemon Tower 7F; Mr. Fuji's House; Lavender Mart; Lavender Cubone House; Fuchsia Mart; Fuchsia Bill's
Grandpa's House; Fuchsia Pokecenter; Warden's House; Safari Zone Gate; Fuchsia Gym; Fuchsia Meeting Room;
Seafoam Islands B1F; Seafoam Islands B2F; Seafoam Islands B3F; Seafoam Islands B4F; Vermilion Old Rod House;
Fuchsia Good Rod House; Pokemon Mansion 1F; Cinnabar Gym; Cinnabar Lab; Cinnabar Lab Trade Room; Cinnabar Lab
Metronome Room; Cinnabar Lab Fossil Room; Cinnabar Pokecenter; Cinnabar Mart; ; Indigo Plateau Lobby; Copycat's
House 1F; Copycat's House 2F; Fighting Dojo; Saffron Gym; Saffron Pidgey House; Saffron Mart; Silph Co 1F;
Saffron Pokecenter; Mr. Psychic's House; Route 15 Gate 1F; Route 15 Gate 2F; Route 16 Gate 1F; Route 16 Gate 2F;
Route 16 Fly House; Route 12 Super Rod House; Route 18 Gate 1F; Route 18 Gate 2F; Seafoam Islands 1F; Route 22
Gate; Victory Road 2F; Route 12 Gate 2F; Vermilion Trade House; Diglett's Cave; Victory Road 3F; Rocket Hideout
B1F; Rocket Hideout B2F; Rocket Hideout B3F; Rocket Hideout B4F; Rocket Hideout Elevator; ; ; ; Silph Co 2F;
Silph Co 3F; Silph Co 4F; Silph Co 5F; Silph Co 6F; Silph Co 7F; Silph Co 8F; Pokemon Mansion 2F; Pokemon
Mansion 3F; Pokemon Mansion B1F; Safari Zone East; Safari Zone North; Safari Zone West; Safari Zone Center;
Safari Zone Center Rest House; Safari Zone Secret House; Safari Zone West Rest House; Safari Zone East Rest
House; Safari Zone North Rest House; Cerulean Cave 2F; Cerulean Cave B1F; Cerulean Cave 1F; Name Rater's House;
Cerulean Badge House; ; Rock Tunnel B1F; Silph Co 9F; Silph Co 10F; Silph Co 11F; Silph Co Elevator; ; ; Trade
Center; Colosseum; ; ; ; ; Lorelei's Room; Bruno's Room; Agatha's Room
"""
MAPS = {number: name for number, name in enumerate(map(str.strip, " ".join(_MAPS.split()).split(";"))) if name}

_ITEMS = """
Master Ball; Ultra Ball; Great Ball; Poké Ball; Town Map; Bicycle; ; Safari Ball; Pokédex; Moon Stone; Antidote;
Burn Heal; Ice Heal; Awakening; Parlyz Heal; Full Restore; Max Potion; Hyper Potion; Super Potion; Potion; ; ; ; ; ; ;
; ; Escape Rope; Repel; Old Amber; Fire Stone; Thunder Stone; Water Stone; HP Up; Protein; Iron; Carbos; Calcium;
Rare Candy; Dome Fossil; Helix Fossil; Secret Key; ; Bike Voucher; X Accuracy; Leaf Stone; Card Key; Nugget; ;
Poké Doll; Full Heal; Revive; Max Revive; Guard Spec.; Super Repel; Max Repel; Dire Hit; Coin; Fresh Water; Soda Pop;
Lemonade; S.S. Ticket; Gold Teeth; X Attack; X Defend; X Speed; X Special; Coin Case; Oak's Parcel; Itemfinder;
Silph Scope; Poké Flute; Lift Key; Exp. All; Old Rod; Good Rod; Super Rod; PP Up; Ether; Max Ether; Elixer; Max Elixer
"""
_HM, _TM = 0xC4, 0xC9
ITEMS = {
    number: name for number, name in enumerate(map(str.strip, " ".join(_ITEMS.split()).split(";")), start=1) if name
}
ITEMS |= {_HM + number: f"HM{number + 1:02}" for number in range(5)}
ITEMS |= {_TM + number: f"TM{number + 1:02}" for number in range(50)}

BADGES = ("Boulder", "Cascade", "Thunder", "Rainbow", "Soul", "Marsh", "Volcano", "Earth")


def _event(goal: str, *indices: int) -> Milestone:
    return Milestone(goal, "event", indices)


def _map(goal: str, *numbers: int) -> Milestone:
    return Milestone(goal, "map", numbers)


MILESTONES = (
    _event("follow Oak into his lab", 0x000),
    _event("choose a first creature", 0x022),
    _event("battle the rival in the lab", 0x023),
    _map("walk out to Route 1", 12),
    _event("get the parcel in the mart of Viridian City", 0x039),
    _event("deliver the parcel to Oak", 0x038),
    _map("enter Viridian Forest", 51),
    _event("beat Brock", 0x077),
    _map("enter Mt. Moon", 59),
    _event("beat the man with the fossils in Mt. Moon", 0x579),
    _map("reach Cerulean City", 3),
    _event("beat the rival in Cerulean City", 0x098),
    _event("get the ticket from Bill", 0x55C),
    _event("beat Misty", 0x0BF),
    _event("beat the thief in Cerulean City", 0x0A7),
    Milestone("beat the rival on the S.S. Anne", "equal", (0xD665,), 4),
    _event("get HM01 from the captain", 0x5E0),
    _event("beat Lt. Surge", 0x167),
    _event("beat Erika", 0x1A9),
    Milestone("beat the guard in the Game Corner", "bit", (0xD5A6 + 0x46 // 8,), 0x46 % 8),
    _event("find the Rocket Hideout", 0x1B9),
    _event("beat Giovanni in the Rocket Hideout", 0x6A7),
    _event("beat the rival in Pokemon Tower", 0x0EF),
    _event("beat the ghost in Pokemon Tower", 0x10F),
    _event("rescue Mr. Fuji", 0x4CF),
    _event("get the Poké Flute", 0x128),
    _event("wake the sleeper on Route 12 or 16", 0x48F, 0x4C9),
    _event("beat Koga", 0x259),
    _event("get HM03 in the Safari Zone", 0x880),
    _event("get HM04 from the Warden", 0x238),
    Milestone("give a drink to a guard of Saffron City", "bit", (0xD728,), 6),
    _event("beat the rival in Silph Co", 0x740),
    Milestone("get the gift in Silph Co", "bit", (0xD72E,), 0),
    _event("beat Giovanni in Silph Co", 0x78F),
    _event("beat Sabrina", 0x361),
    _event("beat Blaine", 0x299),
    _event("beat Giovanni in Viridian Gym", 0x051),
    _event("beat the rival on Route 22", 0x526),
    _event("beat Lorelei, Bruno and Agatha", 0x8F1),
    _event("beat Lance", 0x8FE),
    _event("become the champion", 0x901),
)
"""41 steps in the usual order. Left out of the table of needed events: what comes with the step before or after it
(pokédex, lift key, the check of the last badge) and what one can do without (bicycle)."""
FIRST_BADGE = 8
UNPAID = frozenset({0x068})
"""the museum's ticket, which is sold again to everyone who leaves"""

_OVERWORLD, _FOREST, _DOJO, _GYM, _SHIP, _SHIP_PORT, _CAVERN, _FACILITY, _PLATEAU = 0, 3, 5, 7, 13, 14, 17, 22, 23
_SHORE = {_SHIP_PORT: frozenset({0x14})}
WATER = {
    tileset: frozenset({0x14, 0x32, 0x48})
    for tileset in (_OVERWORLD, _FOREST, _DOJO, _GYM, _SHIP, _CAVERN, _FACILITY, _PLATEAU)
} | _SHORE
THINGS = frozenset({*range(0x3D, 0x43), 0x45})
"""pictures of balls, fossils, boulders, papers and the like; sleepers are somebody"""
TREES = frozenset({(_OVERWORLD, 0x3D), (_GYM, 0x50)})
PAIRS = frozenset(
    {(_CAVERN, tile, 0x05) for tile in (0x20, 0x21, 0x2A, 0x41)}
    | {(_FOREST, tile, 0x2E) for tile in (0x20, 0x30, 0x52, 0x55, 0x56, 0x5E, 0x5F)}
)
"""(tileset, tile, tile): nobody walks from the one to the other"""
WATER_PAIRS = frozenset({(_FOREST, 0x14, 0x2E), (_FOREST, 0x48, 0x2E), (_CAVERN, 0x14, 0x05)})
LEDGES = (
    (0, 0x2C, 0x37),
    (0, 0x39, 0x36),
    (0, 0x39, 0x37),
    (2, 0x2C, 0x27),
    (2, 0x39, 0x27),
    (3, 0x2C, 0x0D),
    (3, 0x2C, 0x1D),
    (3, 0x39, 0x0D),
)
"""(facing, standing tile, ledge tile), of the overworld"""
