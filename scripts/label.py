"""Say which of two answers of a language model is better: what reward models and DPO learn from.

reason label --checkpoint runs/llm/grpo/checkpoint --level 2 --out prefs.jsonl
reason label --checkpoint runs/llm/grpo/checkpoint --labeller shorter --pairs 500

Every choice is in the file at once; the same command goes on behind the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ..agents.learning.labellers import LABELLERS, Labeller, label, labeller
from ..agents.learning.preferences import Choice, Pair, PreferenceFile, Side
from ..agents.learning.progress import Progress
from ..agents.learning.streams import check_seed, derive, derive_many
from ..agents.registry import Place
from ..agents.visible import say, visible
from ..tasks import registry
from ..tasks.errors import BadConfig, UnknownName
from ..tasks.problem import Level
from .parsing import parse
from .terminal import read_key

PERSON = "person"
PROBLEMS_A_PAIR = 20
"""problems that are tried for each preference that is wanted: equal answers and a labeller without opinion give none"""
BLOCK = 16
"""problems that are answered at a time"""
KEYS = ("a", "b", "s", "u", "q")
HELP = "a or b: the better one   s: skip   u: undo   q: quit"
LAST = "u: undo the last one   any other key: done"


@dataclass(frozen=True)
class Label:
    """Whose answers, to what, and who says which is better."""

    checkpoint: Path | None = None
    """folder of the language model that answers, or a hub id"""
    out: Path = Path("prefs.jsonl")
    """file of preferences, one JSON line each; it is appended to"""
    labeller: str = PERSON
    """person: you; shorter: the right answer, of two right ones the shorter; correct: the right answer"""
    pairs: int = 50
    """preferences that the file shall hold in the end, of this labeller, seed, environment and level"""
    env_id: str = "Reason-Arithmetic-v0"
    """environment of the problems, which are of its training split"""
    level: str = "2"
    """a number of the task's table, or a specification"""
    seed: int = 0
    """of problems, answers and their order on the page"""
    noise: float = 0.0
    """shorter, correct: share of the labels that are turned round"""
    temperature: float | None = None
    """of the answers, above 0; 1 unless given"""
    max_new_tokens: int | None = None
    """longest answer"""


def main(words: list[str]) -> None:
    """Ask until the file holds as many preferences as are wanted, or the person has had enough."""
    options = parse(Label, "label", words, __doc__)
    level: Level = int(options.level) if options.level.isdecimal() else options.level
    rule = _check(options, level)
    name = rule.name if rule else PERSON
    seeds = list(dict.fromkeys(derive_many(PROBLEMS_A_PAIR * options.pairs, options.seed, "label")))
    place = {seed: index for index, seed in enumerate(seeds)}
    sample = _sampler(options, level)
    with PreferenceFile(options.out) as file:
        mine = (row for row in file.rows if (row.env_id, row.level, row.labeller) == (options.env_id, level, name))
        done = [place[row.seed] for row in mine if row.seed in place]
        begin = max(done, default=-1) + 1
        # From the start of a block, so that the pairs are those of a session that was never left.
        pairs = (pair for pair in sample(seeds[begin // BLOCK * BLOCK :]) if place[pair.seed] >= begin)
        wanted = max(0, options.pairs - len(done))
        page = Page(pairs, file, len(done), wanted, options.seed)
        made = _by_rule(pairs, rule, file, wanted) if rule else page.run()
    say(f"{len(done) + made} of {options.pairs} labelled: {options.out}")
    if file.rows:
        print("train on it: reason train llm --help")


def _check(options: Label, level: Level) -> Labeller | None:
    """Everything that can be told to be wrong before torch is imported; the labeller, or None for a person."""
    if options.pairs < 1:
        raise BadConfig(f"--pairs: expected 1 or more, got {options.pairs}")
    check_seed(options.seed)
    place = Place(options.env_id, "train", level)
    registry.load(place.task).distinct(level)
    if options.labeller not in (PERSON, *LABELLERS):
        raise UnknownName("labeller", options.labeller, (PERSON, *LABELLERS))
    if options.labeller == PERSON and options.noise:
        raise BadConfig(f"--noise: only for {' and '.join(LABELLERS)}, got it for a person")
    if options.checkpoint is None:
        raise BadConfig("expected --checkpoint, the language model that answers; `reason train llm` makes one")
    return None if options.labeller == PERSON else labeller(options.labeller, options.noise, options.seed)


def _sampler(options: Label, level: Level) -> Callable[[list[int]], Iterator[Pair]]:
    """What gives the pairs of problem seeds."""
    from ..agents.language_model.agent import LanguageModelAgent
    from ..agents.language_model.pairs import sample_pairs

    settings = {"temperature": options.temperature, "max_new_tokens": options.max_new_tokens}
    given = {name: value for name, value in settings.items() if value is not None}
    agent = LanguageModelAgent.load(str(options.checkpoint), seed=options.seed, **given)
    env = Place(options.env_id, "train", level).make("text", 2 * BLOCK)
    return lambda seeds: sample_pairs(agent, env, seeds, env_id=options.env_id, level=level)


def _by_rule(pairs: Iterator[Pair], rule: Labeller, file: PreferenceFile, wanted: int) -> int:
    """Label without a person; how many labels there were."""
    made = 0
    with Progress(rule.name, wanted, unit="pairs") as progress:
        for preference in islice(label(pairs, rule), wanted):
            file.write(preference)
            made += 1
            progress.advance()
    if made < wanted:
        print("no pair is left: to the other problems both answers were alike, or equally good")
    return made


class Page:
    """What a person sees, and what becomes of the keys."""

    def __init__(self, pairs: Iterator[Pair], file: PreferenceFile, before: int, wanted: int, seed: int) -> None:
        """Make one.

        Args:
            pairs: what to ask about.
            file: where the answers go.
            before: labels of earlier sessions.
            wanted: labels of this one.
            seed: decides which answer stands on the left.
        """
        self._pairs, self._file, self._before, self._wanted, self._seed = pairs, file, before, wanted, seed
        self._console = Console(highlight=False, markup=False, emoji=False)
        self._shown: list[Pair] = []
        self._passed: list[bool] = []  # of each pair that was decided on: whether by a label
        self._over = wanted == 0

    def run(self) -> int:
        """Ask until enough are labelled, the pairs are used up, or the person stops; how many labels there were."""
        while not self._over:
            if self._made == self._wanted:
                self._over = self._ask(LAST) != "u"
                if not self._over:
                    self._undo()
                continue
            pair = self._current()
            if pair is None:
                self._say("no pair is left: to the other problems both answers were alike")
                break
            self._draw(pair)
            while not self._decide(pair):
                pass
        return self._made

    @property
    def _made(self) -> int:
        return sum(self._passed)

    def _current(self) -> Pair | None:
        """The pair that is to be decided on, as it is laid out."""
        if len(self._passed) == len(self._shown):
            with self._console.status("the model answers"):
                pair = next(self._pairs, None)
            if pair is None:
                return None
            self._shown.append(pair.swapped() if derive(self._seed, "order", pair.seed) % 2 else pair)
        return self._shown[len(self._passed)]

    def _decide(self, pair: Pair) -> bool:
        """Ask once; whether the page is over with that."""
        key = self._ask(HELP)
        if key == "q":
            self._over = True
        elif key == "u":
            return self._undo()
        elif key == "s":
            self._passed.append(False)
            self._say("skipped")
        elif key in ("a", "b"):
            return self._label(pair, "a" if key == "a" else "b")
        else:
            self._say(f"expected one of {', '.join(KEYS)}, got {key!r}")
            return False
        return True

    def _label(self, pair: Pair, side: Side) -> bool:
        if not (pair.a if side == "a" else pair.b).text.strip():
            self._say("an answer without text cannot be the better one; s skips the pair")
            return False
        self._file.write(pair.preference(Choice(side), PERSON))
        self._passed.append(True)
        self._say(f"{side.upper()} is better: {self._count()}")
        return True

    def _undo(self) -> bool:
        if not self._passed:
            self._say("nothing to undo in this session")
            return False
        if self._passed[-1]:
            self._file.undo()
        self._passed.pop()
        self._say(f"taken back: {self._count()}")
        return True

    def _count(self) -> str:
        return f"{self._before + self._made} of {self._before + self._wanted} labelled"

    def _draw(self, pair: Pair) -> None:
        """The problem, and below it the answers side by side."""
        self._console.print()
        self._console.print(Panel(self._text(pair.prompt), title=self._count(), title_align="left"))
        answers = Table(expand=True, show_lines=True)
        for heading in ("A", "B"):
            answers.add_column(heading, ratio=1)
        answers.add_row(self._text(pair.a.text), self._text(pair.b.text))
        self._console.print(answers)

    def _text(self, text: str) -> Text:
        return Text(visible(text, self._console.encoding), overflow="fold")

    def _ask(self, question: str) -> str:
        key = read_key(lambda: self._console.print(f"{question} > ", end=""))
        self._console.print(self._text(key.strip()))
        return key

    def _say(self, text: str) -> None:
        self._console.print(self._text(text))
