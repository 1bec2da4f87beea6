"""Creatures: the party's records, and the two that fight."""

from __future__ import annotations

from functools import lru_cache

from . import addresses as at
from .charset import decode
from .memory import Raw
from .parts import Battle, Creature, Foe, Move
from .profiles import Profile

BAR = 48
"""pixels of a full bar"""
STATUSES = ("ok", "sleep", "poison", "burn", "freeze", "paralysis", "fainted")
_KINDS = {0: "none", 1: "wild", 2: "trainer", 0xFF: "lost"}
_FROM = at.ENEMY_NICK
_SAFARI = 2
Fight = tuple[int, int, int, bytes, bytes, bytes, int]


def status(hp: int, bits: int) -> str:
    """A status by its byte: bits 0 to 2 count the turns of sleep, 3 to 6 are one each."""
    if not hp:
        return "fainted"
    if bits & 7:
        return "sleep"
    return next((STATUSES[bit - 1] for bit in (3, 4, 5, 6) if bits >> bit & 1), "ok")


@lru_cache(256)
def party(cells: bytes, nicks: bytes, profile: Profile) -> tuple[Creature, ...]:
    """The party, at most six, out of the cells of records and nicknames. Remembered, for most steps change none."""
    return tuple(
        _creature(
            slot,
            cells[slot * at.RECORD_SIZE : (slot + 1) * at.RECORD_SIZE],
            nicks[slot * at.NAME_SIZE : (slot + 1) * at.NAME_SIZE],
            profile,
        )
        for slot in range(len(cells) // at.RECORD_SIZE)
    )


@lru_cache(256)
def _creature(slot: int, record: bytes, nick: bytes, profile: Profile) -> Creature:
    hp, top = record[1] << 8 | record[2], record[34] << 8 | record[35]
    return Creature(
        slot=slot,
        species=record[0],
        name=name(nick, record[0], profile),
        level=min(record[33], 100),
        hp=min(hp, top),
        max_hp=top,
        status=status(hp, record[4]),
        experience=int.from_bytes(record[14:17], "big"),
        moves=_moves(record[8:12], record[29:33], profile),
    )


@lru_cache(256)
def _moves(ids: bytes, points: bytes, profile: Profile) -> tuple[Move, ...]:
    return tuple(Move(move, pp & 0x3F, profile.move_name(move)) for move, pp in zip(ids, points, strict=True) if move)


@lru_cache(256)
def name(string: bytes, species: int, profile: Profile) -> str:
    """A nickname, or the species' name where the string has no letters."""
    text = decode(string, profile.letters) if string and string[0] in profile.letters else ""
    return text or profile.species_name(species)


def kind_of(cell: int) -> str:
    """The kind of battle that a cell tells, "none" outside; what is none of them counts as wild."""
    return _KINDS.get(cell, "wild")


def battle(raw: Raw, profile: Profile) -> Battle | None:
    """The battle that goes on, or was just lost; None outside."""
    return fought(fight(raw), profile) if raw.battle else None


def fight(raw: Raw) -> Fight:
    """All cells that a battle is worked out from."""
    own = raw.battle, raw.party, raw.nicks, raw.player_slot
    return raw.in_battle, raw.battle_type, raw.opponent, *own


def fought(cells: Fight, profile: Profile) -> Battle:
    """The battle of these cells."""
    kind, mode, opponent, battle, records, nicks, slot = cells
    own = active(records, nicks, battle, slot, profile)
    return Battle(kind_of(kind), mode == _SAFARI, opponent, _foe(battle, profile), own)


@lru_cache(256)
def _foe(cells: bytes, profile: Profile) -> Foe:
    hp, species = _two(cells, at.ENEMY_HP), cells[at.ENEMY - _FROM]
    return Foe(
        species=species,
        name=name(cells[: at.NAME_SIZE], species, profile),
        level=min(cells[at.ENEMY_LEVEL - _FROM], 100),
        bar=bar(hp, _two(cells, at.ENEMY_MAX_HP)),
        status=status(hp, cells[at.ENEMY_STATUS - _FROM]),
    )


def _two(cells: bytes, address: int) -> int:
    return cells[address - _FROM] << 8 | cells[address - _FROM + 1]


@lru_cache(256)
def active(records: bytes, nicks: bytes, cells: bytes, slot: int, profile: Profile) -> Creature | None:
    """The player's creature that fights: its record, with what the battle has changed so far."""
    mine = party(records, nicks, profile)
    if not mine:
        return None
    creature = mine[min(slot, len(mine) - 1)]
    own, top = at.OWN - _FROM, _two(cells, at.OWN_MAX_HP)
    if not cells[own] or not top:
        return creature
    hp = _two(cells, at.OWN_HP)
    known, left = at.OWN_MOVES - _FROM, at.OWN_PP - _FROM
    moves = _moves(cells[known : known + 4], cells[left : left + 4], profile)
    return creature._replace(
        species=cells[own],
        level=min(cells[at.OWN_LEVEL - _FROM], 100),
        hp=min(hp, top),
        max_hp=top,
        status=status(hp, cells[at.OWN_STATUS - _FROM]),
        moves=moves or creature.moves,
    )


def team(records: bytes, nicks: bytes, cells: bytes, slot: int, profile: Profile) -> tuple[Creature, ...]:
    """The party, the one that fights as it is in the battle, whose record comes later; `cells` empty outside."""
    mine = party(records, nicks, profile)
    own = active(records, nicks, cells, slot, profile) if cells else None
    return tuple(own if own and each.slot == own.slot else each for each in mine)


def bar(hp: int, top: int) -> int:
    """Full pixels of a bar: never none while there is life, and never more than there are.

    >>> bar(1, 200), bar(100, 200), bar(300, 200), bar(0, 200), bar(5, 0)
    (1, 24, 48, 0, 0)
    """
    return min(max(hp * BAR // top, 1), BAR) if hp and top else 0
