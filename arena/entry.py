"""One competitor of a comparison: what it is, what it learns from, and what of that cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..agents.language_model.config import NEEDS_START, PRACTICE, LanguageModelConfig, Stage
from ..agents.registry import BUILT, HYBRID, MANY, ROUTER, SECOND, TOOLS, TRAINED, check_kind, view_of
from ..agents.router.config import RouterConfig, check_price
from ..agents.settings import build
from ..agents.specialist.config import SpecialistConfig
from ..agents.test_time.config import SAMPLES, check_samples, check_temperature
from ..tasks.errors import BadConfig, UnknownName

LONGEST_NAME = 100
"""bytes of an agent's name, which is a part of a folder's"""
Training = LanguageModelConfig | RouterConfig | SpecialistConfig
CONFIGS: dict[str, type[Training]] = {
    "llm": LanguageModelConfig,
    ROUTER: RouterConfig,
    "specialist": SpecialistConfig,
}


@dataclass(frozen=True)
class Tuning:
    """What was tried while a recipe was chosen, as far as its author tells."""

    trials: int
    """settings that were run"""
    cpu_seconds: float
    """of all of them, about"""

    def __post_init__(self) -> None:
        if self.trials < 0 or not 0 <= self.cpu_seconds < float("inf"):
            raise BadConfig(f"tuning: expected 0 or more of both, got {self.trials} and {self.cpu_seconds}")


@dataclass(frozen=True)
class Entry:
    """One competitor."""

    kind: str
    """random, majority, oracle, specialist, llm, votes, best_of, hybrid, tools, router, or a player of chess such as
    greedy or engine-3@0.5"""
    label: str = ""
    """how the report calls it"""
    view: str | None = None
    """baselines: text or array"""
    stage: Stage | None = None
    """llm: which stage of training this agent is the result of; sft if not told"""
    start: str | None = None
    """the agent from whose weights, of the same training seed, training starts; practice and preferences need one"""
    teacher: str | None = None
    """llm: whom stage distill learns from, or the reward model that pays in practice, of the same training seed"""
    weights: str | None = None
    """play with the weights of that agent instead of training"""
    specialist: str | None = None
    """the agent, of the same training seed, that (hybrid) decides which proposals of `weights` are played, or (tools)
    answers its calls"""
    judge: str | None = None
    """best_of: the reward model, of the same training seed, that scores the completions of `weights`"""
    n: int | None = None
    """votes and best_of: completions a decision; 8 if not told"""
    parts: tuple[str, ...] = ()
    """router: the agents that it chooses from, those that train of the same training seed"""
    price: float | None = None
    """router: of the dearest part's mean episode, in right answers; 0 if not told"""
    env_ids: tuple[str, ...] = ()
    """environments in which it is tested; if not told, a baseline in all, any other where it was trained"""
    tested: bool = True
    """false: it is trained for others to go on from or to learn from, and not tested"""
    train: dict[str, Any] = field(default_factory=dict)
    """settings of the training; see `reason train llm --help` and `reason train specialist --help`"""
    temperature: float | None = None
    """llm, and what is built around one: of its sampling when tested; 1 if not told, 0 is greedy"""
    max_new_tokens: int | None = None
    """llm, and what is built around one: longest completion when tested"""
    tuning: Tuning | None = None
    """what was tried while its recipe was chosen"""
    without_harness_of: str | tuple[str, ...] | None = None
    """the agent or agents of which this is the model alone, without tools, memory, votes or a second model"""
    at_budget_of: str | None = None
    """the agent whose budget of samples, or of FLOPs a decision, this one keeps to"""
    note: str = ""
    """a remark for the report"""

    @property
    def road(self) -> str:
        """Which road the agent stands for: llm, specialist, hybrid or baseline."""
        if self.kind in (ROUTER, TOOLS):
            return HYBRID
        if self.kind in MANY:
            return "llm"
        return self.kind if self.kind in (*TRAINED, HYBRID) else "baseline"

    @property
    def bare_of(self) -> tuple[str, ...]:
        """The agents of which this is the model alone."""
        told = self.without_harness_of
        return (told,) if isinstance(told, str) else told or ()

    @property
    def second(self) -> str | None:
        """The agent whose weights are needed beside those of `weights`."""
        found: str | None = getattr(self, SECOND[self.kind]) if self.kind in SECOND else None
        return found

    @property
    def trains(self) -> bool:
        """Whether the comparison trains it."""
        return self.kind in TRAINED and self.weights is None

    @property
    def trained_stage(self) -> Stage | None:
        """The stage that an llm is trained by; None for others."""
        return (self.stage or "sft") if self.kind == "llm" and self.trains else None

    @property
    def parents(self) -> tuple[str, ...]:
        """The agents that have to be trained first."""
        return tuple(name for name in (self.start, self.teacher) if name is not None)

    def given(self, section: str, name: str) -> Any:
        """A setting of a section of `train`, None if it is not told; whether it may be there `training` says."""
        values = self.train.get(section)
        return values.get(name) if isinstance(values, Mapping) else None

    def training(self, env_id: str, where: str) -> Training:
        """The checked training configuration.

        Args:
            env_id: of the comparison.
            where: what the settings belong to, for the message.

        Raises:
            UnknownName, BadConfig: a setting that does not exist or cannot be.
        """
        return build(CONFIGS[self.kind], {"env_id": env_id, **self.train}, where)


def check(name: str, agents: Mapping[str, Entry]) -> None:
    """An entry among the others, before anything is trained.

    Args:
        name: of the entry.
        agents: all entries.

    Raises:
        UnknownName: another agent, or a kind, that does not exist.
        BadConfig: what cannot be, or would do nothing.
    """
    entry = agents[name]
    check_kind(entry.kind)
    view_of(entry.kind, entry.view)
    if any(character in name for character in "/\\ ") or name.startswith("."):
        raise BadConfig(f"agents.{name}: expected a name that can be a folder's, without slashes and blanks")
    if not name.isprintable() or len(name.encode()) > LONGEST_NAME:
        raise BadConfig(
            f"agents.{name[:LONGEST_NAME]}: expected a name of at most {LONGEST_NAME} bytes without control characters"
        )
    for setting in ("stage", "teacher", "temperature", "max_new_tokens"):
        played = entry.kind in BUILT and setting in ("temperature", "max_new_tokens")
        if getattr(entry, setting) is not None and entry.kind != "llm" and not played:
            raise BadConfig(f"agents.{name}.{setting}: only for agents of kind 'llm', this one is {entry.kind!r}")
    for setting in ("weights", SECOND.get(entry.kind, "weights")):
        if (getattr(entry, setting) is None) and entry.kind in BUILT:
            raise BadConfig(f"agents.{name}.{setting}: expected the name of an agent that trains, got none")
    for setting in dict.fromkeys(SECOND.values()):
        owners = [kind for kind, needed in SECOND.items() if needed == setting]
        if getattr(entry, setting) is not None and entry.kind not in owners:
            kinds = " or ".join(map(repr, owners))
            raise BadConfig(f"agents.{name}.{setting}: only for agents of kind {kinds}, this one is {entry.kind!r}")
    for setting in ("start", "teacher", "weights", "specialist", "judge"):
        _check_other(name, setting, agents)
    _check_samples(name, entry)
    _check_parts(name, agents)
    for other in (*entry.bare_of, *([entry.at_budget_of] if entry.at_budget_of is not None else [])):
        find(other, agents)
    if name in entry.bare_of:
        raise BadConfig(f"agents.{name}.without_harness_of: expected other agents, got {name!r}, which this is itself")
    if entry.trains:
        _check_circle(name, agents)
        if entry.kind == "llm":
            _check_stage(name, agents)
        return
    for setting in ("stage", "start", "teacher", "train"):
        if getattr(entry, setting):
            raise BadConfig(f"agents.{name}.{setting}: this agent is not trained; leave it out")
    if not entry.tested:
        raise BadConfig(f"agents.{name}.tested: neither trained nor tested, this agent does nothing; leave it out")


def _check_samples(name: str, entry: Entry) -> None:
    """That several completions are asked for where they are written, and differ."""
    if entry.kind not in MANY:
        if entry.n is not None:
            raise BadConfig(f"agents.{name}.n: only for kinds 'votes' and 'best_of', this one is {entry.kind!r}")
        return
    try:
        check_temperature(entry.temperature, check_samples(SAMPLES if entry.n is None else entry.n))
    except BadConfig as error:
        raise BadConfig(f"agents.{name}.{error}") from None


def _check_parts(name: str, agents: Mapping[str, Entry]) -> None:
    """That a router has agents to choose from, which answer, and nobody else has."""
    entry = agents[name]
    for setting in ("parts", "price"):
        if getattr(entry, setting) not in ((), None) and entry.kind != ROUTER:
            raise BadConfig(f"agents.{name}.{setting}: only for agents of kind 'router', this one is {entry.kind!r}")
    if entry.kind != ROUTER:
        return
    if entry.price is not None:
        check_price(entry.price)
    if entry.weights:
        if entry.parts:
            raise BadConfig(f"agents.{name}.parts: they are those of {entry.weights!r}; leave them out")
        return
    if len(set(entry.parts)) != len(entry.parts) or len(entry.parts) < 2:
        raise BadConfig(f"agents.{name}.parts: expected two other agents or more, got {list(entry.parts)}")
    for part in entry.parts:
        found = find(part, agents)
        if found.kind == ROUTER or found.trained_stage == "reward":
            what = "a router" if found.kind == ROUTER else "a reward model"
            raise BadConfig(f"agents.{name}.parts: expected agents that answer by themselves, got {part!r}, {what}")


def find(name: str, agents: Mapping[str, Entry]) -> Entry:
    """The agent of that name; raises UnknownName."""
    if name not in agents:
        raise UnknownName("agent of the comparison", name, agents)
    return agents[name]


def _check_other(name: str, setting: str, agents: Mapping[str, Entry]) -> None:
    """That the agent which a setting names can be one to go on from, to learn from or to play with."""
    entry, other = agents[name], getattr(agents[name], setting)
    if other is None:
        return
    found = find(other, agents)
    kind = "specialist" if setting == "specialist" else "llm" if entry.kind in BUILT else entry.kind
    if found.kind != kind or not found.trains:
        raise BadConfig(f"agents.{name}.{setting}: expected an agent of kind {kind!r} that trains, got {other!r}")
    pays = setting == "judge" or (setting == "teacher" and entry.trained_stage in PRACTICE)
    if (found.trained_stage == "reward") != pays:
        expected = "an agent of stage reward" if pays else "one that answers, not a reward model"
        raise BadConfig(f"agents.{name}.{setting}: expected {expected}, got {other!r} of stage {found.trained_stage}")


def _check_circle(name: str, agents: Mapping[str, Entry]) -> None:
    """That nobody has to be trained before itself."""
    waiting, seen = [[name]], {name}
    while waiting:
        path = waiting.pop()
        for parent in find(path[-1], agents).parents:
            if parent == name:
                circle = " -> ".join([*path, parent])
                raise BadConfig(f"agents.{name}: it has to be trained before itself ({circle}); break the circle")
            if parent not in seen:
                seen.add(parent)
                waiting.append([*path, parent])


def _check_stage(name: str, agents: Mapping[str, Entry]) -> None:
    """That a stage has what it starts from and whom it learns from."""
    entry = agents[name]
    stage = entry.trained_stage
    assert stage is not None
    if stage in NEEDS_START and not entry.start and not entry.given("model", "source"):
        raise BadConfig(f"agents.{name}: stage {stage} needs `start`, an agent of stage sft, say, to go on from")
    place = "teacher" if stage == "distill" else "reward_model" if stage in PRACTICE else None
    given = bool(place and entry.given(stage, place))
    if entry.teacher and place is None:
        raise BadConfig(f"agents.{name}.teacher: stage {stage} has none; leave it out")
    if entry.teacher and given:
        raise BadConfig(f"agents.{name}: `teacher` and `train.{stage}.{place}` are the same thing; give one of them")
    if stage == "distill" and not entry.teacher and not given:
        raise BadConfig(f"agents.{name}: stage distill needs `teacher`, an agent to learn from")
    if stage == "reward" and entry.tested:
        raise BadConfig(f"agents.{name}: a reward model answers nothing, so it cannot be tested; give `tested: false`")
