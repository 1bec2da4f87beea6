"""Votes: which answer wins, that the first samples are those of fewer, and that every token is paid for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from guesser import guesser, save_guesser
from guessing import GuessNumber, read
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.config import Sampling
from reason_arena.agents.language_model.decoder import LlamaDecoder
from reason_arena.agents.language_model.flops import sampling_flops
from reason_arena.agents.language_model.sampler import Request, Sampler
from reason_arena.agents.learning.batch import Completion
from reason_arena.agents.learning.rollout import Episode, rollout
from reason_arena.agents.learning.streams import derive
from reason_arena.agents.learning.usage import used
from reason_arena.agents.registry import Place, make
from reason_arena.agents.test_time.answers import reader
from reason_arena.agents.test_time.votes import VotesAgent, most_frequent
from reason_arena.arena.lines import line
from reason_arena.tasks import registry
from reason_arena.tasks.errors import BadConfig

SUMS = Place(level=0)
chess = pytest.mark.skipif(not registry.ready("chess"), reason="needs the extra chess")


@pytest.fixture(scope="module")
def writer() -> LanguageModelAgent:
    return guesser()


def alone(writer: LanguageModelAgent, **settings: Any) -> LanguageModelAgent:
    """The same weights, without what others remember."""
    return LanguageModelAgent(writer.model, writer.text, Sampling(**{"max_new_tokens": 6, **settings}))


def votes(writer: LanguageModelAgent, n: int, **settings: Any) -> VotesAgent:
    return VotesAgent(alone(writer, **settings), n, reader(SUMS))


def play(agent: Any, seeds: Sequence[int], rows: int = 8) -> list[Episode]:
    return rollout(SUMS.make("text", rows), agent, seeds)


@pytest.mark.parametrize(
    ("answers", "place"),
    [
        (["7"], 0),
        (["7", "8", "8"], 1),
        (["7", "8", "8", "7"], 0),  # two each: the answer that was given first
        (["9", "8", "7", "7", "8"], 1),
        ([None, None, None, "4"], 3),  # what cannot be read is no vote, however many there are of it
        ([None, "4", "5", "5"], 2),
        ([None, None], 0),
    ],
)
def test_the_most_frequent_answer_wins_and_of_equals_the_earliest(answers: list[str | None], place: int) -> None:
    assert most_frequent(answers) == place


def test_answers_are_counted_as_the_environment_reads_them(writer: LanguageModelAgent) -> None:
    texts = [
        "The answer is 13.",
        r"\boxed{12}",
        "<think>5</think> 14",
        "The answer is 14.",
        "14 or 15",
        "12",
    ]
    chosen = votes(writer, 6).choose("What is 5 + 9?", [Completion((1,), (2,), text=text) for text in texts])
    # 12 and 14 have two votes each, a hedge none, and 12 came first.
    assert chosen.marks == ("13", "12", "14", "14", None, "12")
    assert chosen.chosen == 1


def test_what_is_said_is_one_of_the_samples_word_for_word(writer: LanguageModelAgent) -> None:
    agent = votes(writer, 5)
    for episode in play(agent, range(20)):
        (trace,) = episode.traces
        answers = [reader(SUMS)("")(each.text) for each in trace.completions]
        assert list(trace.marks) == answers
        counts = [answers.count(answer) if answer else 0 for answer in answers]
        assert trace.chosen == counts.index(max(counts))
        assert episode.actions == (trace.completions[trace.chosen].text,)
        # The report shows the tokens of what was said, and how likely each was.
        told = line(agent, episode)
        assert told["candidates"] == [{"chosen": trace.chosen, "marks": answers}]
        assert told["parsed"] == answers[trace.chosen]
        assert "".join(agent.spelled(trace)).startswith(episode.actions[0])
        assert [round(each, 2) + 0.0 for each in trace.said.logprobs[: len(told["drawn"]["logprobs"])]] == (
            told["drawn"]["logprobs"]
        )


def test_more_samples_begin_with_those_of_fewer_and_one_is_the_model_itself(writer: LanguageModelAgent) -> None:
    seeds = [3, 3, 4, 5, 6]
    one, three, seven = (play(votes(writer, n), seeds) for n in (1, 3, 7))
    assert [episode.actions for episode in one] == [episode.actions for episode in play(alone(writer), seeds)]
    for few, some, many in zip(one, three, seven, strict=True):
        drawn = [episode.traces[0].completions for episode in (few, some, many)]
        assert [each.token_ids for each in drawn[2][:3]] == [each.token_ids for each in drawn[1]]
        assert drawn[1][0].token_ids == drawn[0][0].token_ids
        assert len({each.token_ids for each in drawn[2]}) > 1
    # A problem that is played again is answered with other random numbers.
    assert seven[0].traces[0].completions != seven[1].traces[0].completions


def test_an_episode_does_not_depend_on_those_beside_it(writer: LanguageModelAgent) -> None:
    together = play(votes(writer, 4), range(12), rows=12)
    for rows, settings in ((1, {}), (5, {}), (12, {"max_rows": 3}), (12, {"max_rows": 9})):
        apart = play(votes(writer, 4, **settings), range(12), rows)
        for one, other in zip(together, apart, strict=True):
            assert one.actions == other.actions
            assert [each.token_ids for each in one.traces[0].completions] == [
                each.token_ids for each in other.traces[0].completions
            ]


def test_all_samples_are_paid_for_and_the_prompt_that_they_share_once(writer: LanguageModelAgent) -> None:
    agent, single = votes(writer, 6), alone(writer)
    bill = agent.cost()
    assert bill == single.cost()
    for episode in play(agent, range(10)):
        (trace,) = episode.traces
        prompt = len(trace.said.prompt_ids)
        # What six episodes of one sample would be billed, less five of the six prompts.
        apart = [used(single, _with(episode, completion)) for completion in trace.completions]
        tokens, flops = used(agent, episode)
        assert tokens == sum(written or 0 for written, _ in apart) == sum(len(c.token_ids) for c in trace.completions)
        shared = bill.read_flops * prompt + bill.attention_flops * prompt * (prompt + 1) / 2
        assert flops == sum(spent for _, spent in apart) - 5 * shared
        assert flops == sampling_flops(writer.model, trace.completions)
        told = line(agent, episode)
        assert (told["tokens"], told["flops"]) == (tokens, flops)


def _with(episode: Episode, completion: Completion) -> Episode:
    return replace(episode, traces=(completion,))


@pytest.mark.parametrize(("n", "rows", "reads"), [(4, 256, 1), (4, 10, 1), (4, 4, 1), (4, 3, 2), (5, 2, 3)])
def test_prompts_are_read_as_often_as_is_billed(writer: LanguageModelAgent, n: int, rows: int, reads: int) -> None:
    counted: list[tuple[int, ...]] = []

    class Counting(LlamaDecoder):
        def read(self, prompts: Any, pasts: Any) -> Any:
            counted.extend(prompts)
            return super().read(prompts, pasts)

    agent = votes(writer, n, max_rows=rows)
    agent.writer._sampler = Sampler(writer.model, writer.text, agent.writer.sampling, Counting)
    episodes = play(agent, range(9), rows=9)
    read_tokens = sum(episode.traces[0].bill.read for episode in episodes)
    assert len(counted) == reads * len(episodes)
    assert sum(map(len, counted)) == read_tokens


def test_games_are_voted_on_turn_by_turn_and_only_what_was_said_is_remembered(writer: LanguageModelAgent) -> None:
    def guess(completion: str) -> str | None:
        found = read(completion)
        return None if found is None else str(found)

    agent = VotesAgent(alone(writer), 3, lambda observation: guess)
    env = SyncVectorEnv([lambda: GuessNumber(tries=3)] * 4, autoreset_mode=AutoresetMode.DISABLED)
    episodes = rollout(env, agent, range(12))
    assert max(episode.length for episode in episodes) == 3
    for episode in episodes:
        assert len(episode.traces) == episode.length
        for before, after in zip(episode.traces, episode.traces[1:], strict=False):
            said = before.said.prompt_ids + before.said.token_ids
            assert all(each.prompt_ids[: len(said)] == said for each in after.completions)
    again = rollout(env, agent, range(12))
    assert [episode.actions for episode in again] == [episode.actions for episode in episodes]
    # A sample of a later turn is what the model draws behind that prompt, with random numbers of its own.
    sampler = Sampler(writer.model, writer.text, agent.writer.sampling)
    late = next(episode for episode in episodes if episode.length > 1)
    for turn, trace in enumerate(late.traces[:2]):
        for number, completion in enumerate(trace.completions):
            parts = (0, "sample", late.seed, 0, turn, *([number] if number else []))
            (drawn,) = sampler.draw([Request(completion.prompt_ids, derive(*parts))])
            assert drawn.token_ids == completion.token_ids


@chess
def test_a_move_is_one_vote_however_it_is_written() -> None:
    said = reader(Place("Reason-ChessPuzzle-v0", level=0))
    position = "FEN: rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1\n"
    texts = ["e4", r"\boxed{e2e4}", "I play e2-e4!", r"\boxed{e5}", "no idea", r"\boxed{Nf3}"]
    assert [said(position)(text) for text in texts][:2] == ["e2e4", "e2e4"]
    assert [said(position)(text) for text in texts][3:] == [None, None, "g1f3"]
    assert said("Good morning.")("e4") is None


@pytest.mark.skipif(not registry.ready("pokemon"), reason="needs the extra pokemon")
def test_a_command_is_one_vote_however_it_is_written_and_only_where_there_is_one() -> None:
    texts = ["press up up a", "PRESS up*2 a", "goto 3 4", "goto (3, 4)", "note hello", "jump"]
    everything, buttons = (
        [reader(Place("Reason-Pokemon-v0", level=f"until=4,commands={commands}"))("")(text) for text in texts]
        for commands in ("all", "buttons")
    )
    assert everything[0] == everything[1] is not None
    assert everything[2] == everything[3] is not None
    assert len(set(everything[:5])) == 3
    assert everything[5] is None
    assert buttons[:2] == everything[:2]
    assert buttons[2:] == [None] * 4


def test_it_is_made_of_a_checkpoint(tmp_path: Path) -> None:
    folder = save_guesser(tmp_path / "guesser")
    agent = make("votes", SUMS, None, folder, n=3, temperature=0.5, max_new_tokens=4, seed=5)
    assert isinstance(agent, VotesAgent)
    assert (agent.name, agent.view, agent.n, agent.deterministic) == ("votes", "text", 3, False)
    assert (agent.writer.sampling.temperature, agent.writer.sampling.max_new_tokens, agent.writer.seed) == (0.5, 4, 5)
    assert make("votes", SUMS, None, folder).n == 8  # type: ignore[attr-defined]
    assert make("votes", SUMS, None, folder, n=1, temperature=0).deterministic


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"n": 0}, "n: expected 1 or more completions a decision, got 0"),
        ({"n": -2}, "n: expected 1 or more completions a decision, got -2"),
        ({"n": 2.5}, "n: expected 1 or more completions a decision, got 2.5"),
        ({"n": True}, "n: expected 1 or more completions a decision, got True"),
        ({"n": 2, "temperature": 0}, "temperature=0: 2 completions would be the same; expected a number above 0"),
    ],
)
def test_numbers_that_cannot_be_are_refused(options: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=said):
        make("votes", SUMS, None, save_guesser(tmp_path / "guesser"), **options)


def test_without_a_checkpoint_it_says_how_to_make_one() -> None:
    with pytest.raises(BadConfig, match="agent 'votes' needs a checkpoint; train one with `reason train llm`"):
        make("votes", SUMS)
