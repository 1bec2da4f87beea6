"""Where a comparison tests: its environments, the levels of each, how many problems, and what counts there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..agents.registry import Place
from ..tasks import registry
from ..tasks.errors import BadConfig, ReasonError, UnknownName

METRICS = ("correct", "return", "furthest")


@dataclass(frozen=True)
class Primary:
    """What an environment of the comparison is decided by, named before it is run."""

    level: int | str = 2
    metric: str = "correct"
    margin: float | None = None
    """up to which a difference is as good as none; 0.02 of `correct` if not told, and of others 0, so no tie is seen"""


@dataclass(frozen=True)
class LevelEntry:
    """A level of which more is to be said than its number or specification."""

    level: int | str
    label: str = ""
    """how the report calls it; by its number or specification if not told, after the name of a cartridge"""
    optional: bool = False
    """left out, and told of, where its problems cannot be had, as those of a file that is not there"""
    episodes: int | None = None
    """instead of the environment's"""
    samples: int | None = None
    """instead of the environment's"""


@dataclass(frozen=True)
class EnvironmentEntry:
    """What a comparison file says about one of its environments."""

    primary: Primary = field(default_factory=Primary)
    levels: tuple[int | str | LevelEntry, ...] = (2,)
    """on which agents are tested there"""
    episodes: int | None = None
    """evaluation seeds on each level; those of the comparison if not told"""
    evaluation_seed: int | None = None
    """the first of them; that of the comparison if not told"""
    samples: int | None = None
    """how often each is played; as in the comparison if not told"""


@dataclass(frozen=True)
class Trial:
    """A level as it is played."""

    level: int | str
    label: str
    episodes: int
    samples: int


@dataclass(frozen=True)
class Venue:
    """One environment of a comparison, checked, with the levels that can be played there."""

    env_id: str
    primary: Primary
    trials: tuple[Trial, ...]
    evaluation_seed: int
    left_out: tuple[tuple[LevelEntry, str], ...] = ()
    """optional levels whose problems cannot be had, and why"""


def venue(env_id: str, entry: EnvironmentEntry, episodes: int, evaluation_seed: int, samples: int) -> Venue:
    """What an entry comes to.

    Args:
        env_id: of the environment.
        entry: what the file says about it.
        episodes: on each level, unless the entry or the level says otherwise; never more than a level has problems.
        evaluation_seed: unless the entry says otherwise.
        samples: unless the entry or the level says otherwise.

    Raises:
        UnknownName: an environment or metric that does not exist.
        BadConfig: a number that cannot be, a level given twice, a primary level that is not among the levels.
        ReasonError: a level that is not optional cannot be played.
    """
    levels = [level if isinstance(level, LevelEntry) else LevelEntry(level) for level in entry.levels]
    first = evaluation_seed if entry.evaluation_seed is None else entry.evaluation_seed
    _check(entry.primary, levels, first)
    trials, left_out = [], []
    for level in levels:
        place = Place(env_id, "test", level.level)
        wanted, often = _told("episodes", level, entry, episodes), _told("samples", level, entry, samples)
        try:
            count = problems_of(place, wanted)
            registry.load(place.task).generate("test", level.level, first)
            place.single("text").close()
        except ReasonError as error:
            if not level.optional:
                raise
            left_out.append((level, str(error)))
            continue
        world = registry.world(place.task, level.level)
        label = level.label or (f"{world}, level {level.level}" if world else "")
        trials.append(Trial(level.level, label, count, often))
    return Venue(env_id, entry.primary, tuple(trials), first, tuple(left_out))


def problems_of(place: Place, wanted: int) -> int:
    """How many problems to play: as many as wanted, unless the level has fewer. Raises ReasonError as the task does."""
    return max(1, int(min(wanted, registry.load(place.task).distinct(place.level))))


def _told(name: str, level: LevelEntry, entry: EnvironmentEntry, default: int) -> int:
    """A number of the level, else of the environment, else of the comparison."""
    told = [getattr(each, name) for each in (level, entry)]
    number: int = next((value for value in told if value is not None), default)
    if number < 1:
        raise BadConfig(f"{name}: expected 1 or more, got {number}")
    return number


def _check(primary: Primary, levels: Sequence[LevelEntry], evaluation_seed: int) -> None:
    names = [level.level for level in levels]
    if not names:
        raise BadConfig("levels: expected at least one, got none")
    if len({str(name) for name in names}) != len(names):
        raise BadConfig(f"levels: expected each once, got {names}")
    if evaluation_seed < 0:
        raise BadConfig(f"evaluation_seed: expected 0 or more, got {evaluation_seed}")
    if primary.metric not in METRICS:
        raise UnknownName("metric", primary.metric, METRICS)
    if primary.level not in names:
        raise BadConfig(f"primary.level: expected one of the levels {names}, got {primary.level!r}")
    if levels[names.index(primary.level)].optional:
        raise BadConfig(f"primary.level: {primary.level!r} is optional, but what decides has to be there")
