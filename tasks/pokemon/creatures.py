"""Creatures: the party's records, and the two that fight."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from . import addresses as at
from .charset import decode
from .memory import Raw
from .parts import Battle, Creature, Foe, Move
from .profiles import Profile

BAR = 48
"""pixels of a full bar"""
STATUSES = ("ok", "sleep", "poison", "burn", "freeze", "paralysis", "fainted")
_KINDS = {1: "wild", 2: "trainer", 0xFF: "lost"}
_FROM = at.ENEMY_NICK


def status(hp: int, bits: int) -> str:
    """A status by its byte: bits 0 to 2 count the turns of sleep, 3 to 6 are one each."""
    if not hp:
        return "fainted"
    if bits & 7:
        return "sleep"
    return next((STATUSES[bit - 1] for bit in (3, 4, 5, 6) if bits >> bit & 1), "ok")


def party(raw: Raw, profile: Profile) -> tuple[Creature, ...]:
    """The party, at most six."""
    return tuple(
        _creature(
            slot,
            raw.party[slot * at.RECORD_SIZE : (slot + 1) * at.RECORD_SIZE],
            raw.nicks[slot * at.NAME_SIZE : (slot + 1) * at.NAME_SIZE],
            profile,
        )
        for slot in range(len(raw.party) // at.RECORD_SIZE)
    )


@lru_cache(1024)
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


def _moves(ids: bytes, points: bytes, profile: Profile) -> tuple[Move, ...]:
    return tuple(Move(move, pp & 0x3F, profile.move_name(move)) for move, pp in zip(ids, points, strict=True) if move)


def name(string: bytes, species: int, profile: Profile) -> str:
    """A nickname, or the species' name where the string has no letters."""
    text = decode(string, profile.letters) if string and string[0] in profile.letters else ""
    return text or profile.species_name(species)


def battle(raw: Raw, profile: Profile, mine: tuple[Creature, ...]) -> Battle | None:
    """The battle that goes on, or was just lost; None outside."""
    cells = raw.battle
    if not cells:
        return None

    def two(address: int) -> int:
        return cells[address - _FROM] << 8 | cells[address - _FROM + 1]

    hp, species = two(at.ENEMY_HP), cells[at.ENEMY - _FROM]
    foe = Foe(
        species=species,
        name=name(cells[: at.NAME_SIZE], species, profile),
        level=min(cells[at.ENEMY_LEVEL - _FROM], 100),
        bar=bar(hp, two(at.ENEMY_MAX_HP)),
        status=status(hp, cells[at.ENEMY_STATUS - _FROM]),
    )
    kind = _KINDS.get(raw.in_battle, "wild")
    return Battle(kind, raw.battle_type == 2, raw.opponent, foe, _active(raw, profile, mine))


def _active(raw: Raw, profile: Profile, mine: tuple[Creature, ...]) -> Creature | None:
    """The player's creature that fights: its record, with what the battle has changed so far."""
    if not mine:
        return None
    creature, cells = mine[min(raw.player_slot, len(mine) - 1)], raw.battle
    own = at.OWN - _FROM
    top = cells[at.OWN_MAX_HP - _FROM] << 8 | cells[at.OWN_MAX_HP - _FROM + 1]
    if not cells[own] or not top:
        return creature
    hp = cells[at.OWN_HP - _FROM] << 8 | cells[at.OWN_HP - _FROM + 1]
    known, left = at.OWN_MOVES - _FROM, at.OWN_PP - _FROM
    moves = _moves(cells[known : known + 4], cells[left : left + 4], profile)
    return replace(
        creature,
        species=cells[own],
        level=min(cells[at.OWN_LEVEL - _FROM], 100),
        hp=min(hp, top),
        max_hp=top,
        status=status(hp, cells[at.OWN_STATUS - _FROM]),
        moves=moves or creature.moves,
    )


def bar(hp: int, top: int) -> int:
    """Full pixels of a bar: never none while there is life, and never more than there are.

    >>> bar(1, 200), bar(100, 200), bar(300, 200), bar(0, 200), bar(5, 0)
    (1, 24, 48, 0, 0)
    """
    return min(max(hp * BAR // top, 1), BAR) if hp and top else 0
