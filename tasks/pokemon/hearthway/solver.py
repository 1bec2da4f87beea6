"""A player who knows the world by heart and reads nothing but memory: the proof that HEARTHWAY can be won.

    solver = Solver()
    while (button := solver.act(memory)) is not None:
        ...  # press the button for 8 frames of 24

It imports no emulator. It may begin at any moment of a game: what has happened is not done again, and where chance
goes against it (a snare breaks, the team faints) it does the step once more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .beings import CREATURES, ITEMS, KIN, MOVES, STOCK, STRONG
from .fight import fight
from .glance import Glance, Memory
from .route import STEPS, Spot, blocked, path
from .world import IDS, PLACES

Presses = Iterator[str]
GRASS_OF = {"TRAIL": ((8, 20), (8, 19)), "PASS": ((3, 4), (3, 5))}
"""two squares of tall grass to walk between"""


class Solver:
    """Give it the memory before every action; it gives the button, or None when the hearth burns."""

    def __init__(self) -> None:
        self._look: Glance | None = None
        self._plan = self._story()
        self.wanted: int | None = None
        """species to catch when it appears; one runs from the others"""
        self.way: list[tuple[str, Spot]] = []
        """of the walk at hand the presses to come and the spots they lead to, the one that was just given first"""
        self.errand = ""
        """name of the place that the walk at hand, or the latest one, goes to"""

    def act(self, memory: Memory) -> str | None:
        """The next button: up, down, left, right, a, b or start."""
        self.see(memory)
        return next(self._plan, None)

    def see(self, memory: Memory) -> None:
        """Looks at this memory from now on."""
        self._look = Glance(memory)

    @property
    def look(self) -> Glance:
        """The memory as it is now."""
        if self._look is None:
            raise ValueError("act(memory) comes first")
        return self._look

    # walking

    def settle(self) -> Presses:
        """Until nobody talks and nobody fights."""
        while self.look.talking or self.look.fighting:
            if self.look.fighting:
                yield from fight(self)
            else:
                yield "b"

    def go(self, key: str, x: int, y: int, beside: bool = False, stop: Callable[[], bool] = lambda: False) -> Presses:
        """Walks to a square of any map, or beside it; what happens on the way is dealt with."""
        goal: Spot = (IDS[key], x, y)
        self.errand = PLACES[goal[0]].name
        goals = {(goal[0], x + dx, y + dy) for dx, dy in STEPS.values()} if beside else {goal}
        if beside and PLACES[goal[0]].square(x, y + 1) == "counter":
            goals = {(goal[0], x, y + 2)}
        way: list[tuple[str, Spot]] = []
        expected: Spot | None = None
        while True:
            yield from self.settle()
            here = self.look.at
            if stop() or here in goals:
                return
            if here != expected:
                way = path(here, goals, blocked(self.look) - goals, self.look.count(ITEMS["HOOK"].number) > 0)
            button, expected = way[0]
            self.way = way
            yield button
            self.way = []
            way = way[1:]
            if self._sapling(button) and self.look.at == here:
                yield "a"
                yield from self.settle()
                yield button

    def _sapling(self, button: str) -> bool:
        _, x, y = self.look.at
        dx, dy = STEPS[button]
        return self.look.place.square(x + dx, y + dy) == "sapling"

    def face(self, x: int, y: int) -> Presses:
        """Turns to a square next to the player, or in line behind a counter."""
        _, px, py = self.look.at
        button = next(b for b, (dx, dy) in STEPS.items() if (dx, dy) == ((x > px) - (x < px), (y > py) - (y < py)))
        if self.look.facing != button:
            yield button

    def talk(self, key: str, who: str) -> Presses:
        """Goes to somebody and hears all of it."""
        person = next(p for p in PLACES[IDS[key]].people if p.who == who)
        yield from self.go(key, person.x, person.y, beside=True)
        yield from self.face(person.x, person.y)
        yield "a"
        yield from self.settle()

    # menus

    def cursor_to(self, index: int) -> Presses:
        """Moves the cursor of a plain menu."""
        while self.look.memory[0xCC26] != index:
            yield "down" if self.look.memory[0xCC26] < index else "up"

    def list_to(self, index: int) -> Presses:
        """Moves through a list that scrolls."""
        while (now := self.look.memory[0xCC36] + self.look.memory[0xCC26]) != index:
            yield "down" if now < index else "up"

    def fast_text(self) -> Presses:
        """Start, option, fast."""
        yield "start"
        yield from self.cursor_to(4)
        yield "a"
        yield from self.cursor_to(0)
        yield "a"
        yield from self.settle()

    def to_front(self, species: int) -> Presses:
        """Puts a creature in the first place."""
        slot = self.look.slot_of(species)
        if not slot:
            return
        yield "start"
        yield from self.cursor_to(1)
        yield "a"
        yield from self.cursor_to(slot)
        yield "a"
        yield from self.cursor_to(0)
        yield "a"
        yield from self.settle()

    def buy(self, key: str, count: int) -> Presses:
        """Buys something at the market."""
        item = ITEMS[key]
        count = min(count, self.look.money // item.price)
        if count <= 0:
            return
        yield from self.go("MARKET", 2, 2, beside=True)
        yield from self.face(2, 2)
        yield "a"
        while not self.look.reads(6, 4, ITEMS[STOCK[0]].name):
            yield "b"
        yield from self.list_to(STOCK.index(key))
        yield "a"
        for _ in range(count - 1):
            yield "up"
        yield "a"
        yield from self.settle()

    # the story

    def _weak(self) -> bool:
        look = self.look
        return look.health(0) < 0.45 or look.spent(0) or (look.ill(0) and look.health(0) < 0.7)

    def _roam(self, key: str, home: tuple[str, str], done: Callable[[], bool]) -> Presses:
        """Walks in tall grass, with rests at home, until something is so."""
        while not done():
            if self._weak():
                yield from self.talk(*home)
            for x, y in GRASS_OF[key]:
                yield from self.go(key, x, y, stop=self._weak)

    def _train(self, key: str, level: int, home: tuple[str, str]) -> Presses:
        yield from self._roam(key, home, lambda: self.look.level(0) >= level)

    def _catch(self, name: str, key: str, home: tuple[str, str]) -> Presses:
        species, snare = CREATURES[KIN[name]].species, ITEMS["SNARE"]
        while self.look.slot_of(species) is None:
            yield from self._roam(
                key, home, lambda: self.look.count(snare.number) > 0 or self.look.money >= snare.price
            )
            if not self.look.count(snare.number):
                yield from self.buy("SNARE", 3)
            self.wanted = species
            yield from self._roam(
                key, home, lambda: self.look.slot_of(species) is not None or not self.look.count(snare.number)
            )
            self.wanted = None

    def _warden(self, key: str, who: str, bit: int, home: tuple[str, str]) -> Presses:
        while not self.look.badges >> bit & 1:
            yield from self.talk(*home)
            yield from self.talk(key, who)

    def _story(self) -> Presses:
        pebblit = CREATURES[KIN["PEBBLIT"]].species
        mother, lodge, rest = ("HOME", "MOTHER"), ("LODGE", "KEEPER"), ("REST", "KEEPER")
        while self.look.reads(4, 11, "PRESS START"):
            yield "start"
        yield from self.settle()
        if self.look.memory[0xD355] & 7 != 1:
            yield from self.fast_text()
        if not self.look.event("COMPANION"):
            yield from self.talk("ELDER", "ELDER")
        while not self.look.event("DELIVERED"):
            yield from self.talk("LODGE", "KEEPER")
            yield from self.talk("ELDER", "ELDER")
        if not self.look.badges & 1:
            yield from self._train("TRAIL", 9, mother)
        yield from self._warden("HALL", "TESS", 0, lodge)
        yield from self._catch("PEBBLIT", "PASS", lodge)
        if not self.look.badges & 2:
            yield from self.to_front(pebblit)
            yield from self._train("PASS", 12, lodge)
        while not self.look.event("HOOK"):
            yield from self.talk("CAVE", "WOODCUTTER")
        while not self.look.event("GATE"):
            while not self.look.count(ITEMS["TONIC"].number):
                yield from self._roam("PASS", lodge, lambda: self.look.money >= ITEMS["TONIC"].price)
                yield from self.buy("TONIC", 1)
            yield from self.talk(*lodge)
            yield from self.talk("FERN", "GATE")
        yield from self._warden("GROVE", "OREN", 1, rest)
        while not self.look.event("HEARTH"):
            yield from self.go("HAMLET", 6, 10, beside=True)
            yield from self.face(6, 10)
            yield "a"
            yield from self.settle()

    def strength(self, move: int) -> float:
        """What a move is worth against the foe."""
        m, foe = MOVES[move], self.look.type_of_foe()
        factor = 1.5 if (m.type, foe) in STRONG else 0.67 if (foe, m.type) in STRONG else 1.0
        return m.power * factor
