"""The agent that calls: a specialist answers, bad calls are refused, rows stay apart, and both are paid for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from caller import LONGEST, SHAPE, caller, flawless, worker
from guessing import GuessNumber
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from reason_arena.agents.agent import Agent
from reason_arena.agents.language_model import models
from reason_arena.agents.language_model.agent import LanguageModelAgent
from reason_arena.agents.language_model.config import Sampling
from reason_arena.agents.language_model.decoder import LlamaDecoder
from reason_arena.agents.language_model.flops import sampling_flops
from reason_arena.agents.language_model.sampler import Request, Sampler
from reason_arena.agents.learning.batch import Completion
from reason_arena.agents.learning.rollout import OVER, Episode, rollout
from reason_arena.agents.learning.streams import derive
from reason_arena.agents.learning.usage import used
from reason_arena.agents.registry import Place, make
from reason_arena.agents.specialist.agent import SpecialistAgent
from reason_arena.agents.tools.agent import CALLS, ToolsAgent
from reason_arena.agents.tools.harness import Harness
from reason_arena.arena.lines import line
from reason_arena.envs.hands import Counter
from reason_arena.envs.worksheet import Worksheet
from reason_arena.tasks.arithmetic.reading import Refused, read_expression
from reason_arena.tasks.calling import pieces
from reason_arena.tasks.errors import BadCheckpoint, BadConfig

PLACE = Place(level=0)


@pytest.fixture(scope="module")
def writer() -> LanguageModelAgent:
    return caller()


@pytest.fixture(scope="module")
def specialist() -> SpecialistAgent:
    return worker()


def alone(writer: LanguageModelAgent, **settings: Any) -> LanguageModelAgent:
    """The same weights, without what others remember."""
    return LanguageModelAgent(writer.model, writer.text, Sampling(**{"max_new_tokens": LONGEST, **settings}))


def play(agent: Agent, seeds: Sequence[int] = range(40), rows: int = 8) -> list[Episode]:
    return rollout(PLACE.make("text", rows), agent, seeds)


def by_hand(specialist: SpecialistAgent, asked: str) -> tuple[str, int]:
    """What a specialist makes of an expression on a single worksheet, and its steps."""
    tree = read_expression(asked)
    assert not isinstance(tree, Refused)
    hand = Counter(Worksheet.of(tree, "columns"))
    hand.load()
    steps = 0
    while not hand.sheet.done:
        action, _ = specialist.policy.predict(hand.observe()[None], deterministic=True)
        hand.act(int(action[0]))
        steps += 1
    return hand.sheet.answer, steps


def test_results_are_what_the_specialist_makes_of_the_calls(
    writer: LanguageModelAgent, specialist: SpecialistAgent
) -> None:
    agent = ToolsAgent(alone(writer), specialist)
    kinds = set()
    for episode in play(agent):
        (trace,) = episode.traces
        (said,) = episode.actions
        told = [part for part, result in pieces(said) if result]
        assert len(told) == len(trace.calls) - (trace.finish_reason == "length" and said.endswith("</call>"))
        for call, result in zip(trace.calls, told, strict=False):
            assert result == f"<result>{call.result}</result>"
            if call.steps:
                assert (call.result, call.steps) == by_hand(specialist, call.asked)
            kinds.add(call.result if "refused" in call.result else "number")
        kinds.add(f"{len(told)} calls")
    assert kinds >= {"number", "refused: cannot be read", "refused: no call was begun", "0 calls", "1 calls", "2 calls"}


def test_up_to_the_first_call_it_is_the_model_itself_word_for_word(
    writer: LanguageModelAgent, specialist: SpecialistAgent
) -> None:
    tried = 0
    for mine, bare in zip(play(ToolsAgent(alone(writer), specialist)), play(alone(writer)), strict=True):
        first = mine.traces[0].pieces[0]
        assert bare.traces[0].token_ids[: len(first.token_ids)] == first.token_ids
        tried += bool(mine.traces[0].calls)
        if not mine.traces[0].calls:
            assert mine.actions == bare.actions
    assert tried > 20


def test_an_episode_does_not_depend_on_those_beside_it(writer: LanguageModelAgent, specialist: SpecialistAgent) -> None:
    drawing = worker(deterministic=False)
    for who in (specialist, drawing):
        together = play(ToolsAgent(alone(writer), who), rows=40)
        for rows, settings in ((1, {}), (7, {}), (40, {"max_rows": 3})):
            apart = play(ToolsAgent(alone(writer, **settings), who), rows=rows)
            assert [each.actions for each in apart] == [each.actions for each in together]
            assert [each.traces[0].calls for each in apart] == [each.traces[0].calls for each in together]
    # A problem that is played again is answered with other random numbers, the specialist's too.
    first, again = play(ToolsAgent(alone(writer), drawing), [5, 5], rows=2)
    assert first.actions != again.actions
    harness = Harness(drawing)
    one, other = ([harness.answer(["12 + 34"], [seed])[0] for seed in (1, 1, 2, 3, 4)] for _ in range(2))
    assert one == other
    assert one[0] == one[1]
    assert len(set(one)) > 1


def test_everything_is_paid_for_once(writer: LanguageModelAgent, specialist: SpecialistAgent) -> None:
    """Prompt and results read, the rest written, and each step of the specialist, as single worksheets count them."""
    agent = ToolsAgent(alone(writer), specialist)
    step = specialist.cost().decision_flops
    text = writer.text
    for episode in play(agent):
        (trace,) = episode.traces
        prompt = len(text(f"{episode.question}\n")["input_ids"])
        parts = [(len(text(part, add_special_tokens=False)["input_ids"]), told) for part, told in pieces(trace.text)]
        written = sum(count for count, told in parts if not told) + (trace.finish_reason == "stop")  # and <eos>
        results = sum(count for count, told in parts if told)
        steps = sum(by_hand(specialist, call.asked)[1] for call in trace.calls if "refused" not in call.result)
        # Drawing what was written takes an output layer a token; reading the results none.
        whole = Completion(tuple(range(prompt)), tuple(range(written + results)))
        head = 2 * writer.model.get_output_embeddings().weight.numel()
        assert used(agent, episode) == (written, sampling_flops(writer.model, [whole]) - head * results + steps * step)
        made = line(agent, episode)
        assert (made["tokens"], made["calls"]) == (written, [trace.called])
    bill = agent.cost()
    assert bill.parameters == models.parameters(writer.model) + specialist.cost().parameters
    assert (bill.decision_flops, bill.action_flops) == (writer.cost().decision_flops, 0)


def test_the_model_reads_each_token_once(writer: LanguageModelAgent, specialist: SpecialistAgent) -> None:
    fed = []

    class Counting(LlamaDecoder):
        def read(self, prompts: Any, pasts: Any) -> Any:
            fed.extend(len(each) - (len(past.tokens) if past else 0) for each, past in zip(prompts, pasts, strict=True))
            return super().read(prompts, pasts)

    agent = ToolsAgent(alone(writer), specialist)
    agent.writer._sampler = Sampler(writer.model, writer.text, agent.writer.sampling, Counting)
    episodes = play(agent, range(8))
    traces = [episode.traces[0] for episode in episodes]
    # What is drawn last of a piece has not been read when a result is put behind it.
    again = sum(len(trace.pieces) - 1 for trace in traces)
    assert again > 4
    assert sum(fed) == sum(trace.bill.read for trace in traces) + again


def test_the_report_shows_what_was_drawn_and_what_was_put_in(
    writer: LanguageModelAgent, specialist: SpecialistAgent
) -> None:
    agent = ToolsAgent(alone(writer), specialist)
    for episode in play(agent):
        (trace,), drawn = episode.traces, line(agent, episode)["drawn"]
        assert "".join(agent.spelled(trace)) == episode.transcript == trace.text
        told = [result for part, result in pieces(trace.text) for _ in part]  # a character
        starts = np.cumsum([0, *drawn["characters"]])[:-1]
        for start, count, logprob in zip(starts.tolist(), drawn["characters"], drawn["logprobs"], strict=True):
            assert not count or (logprob is None) == told[start]


class Insists(LlamaDecoder):
    """A model that writes one text over and over, whatever it reads."""

    tokens: tuple[int, ...] = ()

    def _said(self, logits: Any, at: int) -> Any:
        logits[:] = 0
        logits[:, self.tokens[at % len(self.tokens)]] = 99.0
        return logits

    def read(self, prompts: Any, pasts: Any) -> Any:
        logits, known = super().read(prompts, pasts)
        return self._said(logits, 0), known

    def step(self, store: Any, drawn: Any) -> Any:
        at = list(self.tokens).index(int(drawn[0])) + 1
        return self._said(super().step(store, drawn), at)


def insisting(writer: LanguageModelAgent, said: str, **settings: Any) -> ToolsAgent:
    agent = ToolsAgent(alone(writer, temperature=0, **settings), flawless())
    engine = type("Engine", (Insists,), {"tokens": tuple(models.encode(writer.text, said))})
    agent.writer._sampler = Sampler(writer.model, writer.text, agent.writer.sampling, engine)
    return agent


def test_calls_beyond_the_last_are_refused_and_the_text_ends_with_its_tokens(writer: LanguageModelAgent) -> None:
    (episode,) = play(insisting(writer, "<call>2+3</call>", max_new_tokens=30), [0], rows=1)
    # Six calls of five tokens each: four are answered, the fifth is refused, and behind the sixth nothing may follow.
    (trace,) = episode.traces
    assert CALLS == 4
    assert [call.result for call in trace.calls] == ["5"] * 4 + ["refused: no more calls"]
    assert episode.actions == (
        "<call>2+3</call><result>5</result>" * 4
        + "<call>2+3</call><result>refused: no more calls</result><call>2+3</call>",
    )
    assert (trace.bill.written, trace.finish_reason, episode.verdict) == (30, "length", "unparsable")
    # Results are 3 tokens each, the refusal two marks, one word and twelve letters.
    assert trace.bill.read == len(trace.pieces[0].prompt_ids) + 4 * 3 + 2 + 1 + len("no more calls")


def test_what_outgrows_the_context_ends_there_and_is_paid_for(specialist: SpecialistAgent) -> None:
    small = caller(replace(SHAPE, context=48), updates=0)
    (episode,) = play(insisting(small, "<call>2+3</call>", max_new_tokens=LONGEST), [0], rows=1)
    (trace,) = episode.traces
    assert len(trace.said) <= 48
    assert trace.finish_reason == "length"
    assert line(insisting(small, "9"), episode)["cut_short"]
    assert not episode.resigned
    assert len(trace.pieces) > 1


def test_in_games_all_that_was_said_and_answered_is_remembered(
    writer: LanguageModelAgent, specialist: SpecialistAgent
) -> None:
    env = SyncVectorEnv([lambda: GuessNumber(tries=3)] * 4, autoreset_mode=AutoresetMode.DISABLED)
    agent = ToolsAgent(alone(writer, max_new_tokens=12), specialist)
    episodes = rollout(env, agent, range(12))
    assert max(episode.length for episode in episodes) > 1
    for episode in episodes:
        for before, after in zip(episode.traces, episode.traces[1:], strict=False):
            said = (*before.said.prompt_ids, *before.said.token_ids)
            assert after.said.prompt_ids[: len(said)] == said
    again = rollout(env, agent, range(12))
    assert [episode.actions for episode in again] == [episode.actions for episode in episodes]


def test_it_is_made_of_two_checkpoints(writer: LanguageModelAgent, specialist: SpecialistAgent, tmp_path: Path) -> None:
    writer.save(tmp_path / "llm")
    specialist.save(tmp_path / "ppo")
    agent = make("tools", PLACE, None, tmp_path / "llm", specialist=tmp_path / "ppo", max_new_tokens=LONGEST, seed=3)
    assert isinstance(agent, ToolsAgent)
    assert (agent.name, agent.view, agent.deterministic) == ("tools", "text", False)
    assert (agent.writer.seed, agent.writer.sampling.max_new_tokens) == (3, LONGEST)
    same = ToolsAgent(LanguageModelAgent(writer.model, writer.text, writer.sampling, seed=3), specialist)
    assert [each.actions for each in play(agent)] == [each.actions for each in play(same)]
    cold = make("tools", PLACE, None, tmp_path / "llm", specialist=tmp_path / "ppo", temperature=0)
    assert cold.deterministic
    with pytest.raises(BadConfig, match="agent 'tools' needs the checkpoint of a specialist too"):
        make("tools", PLACE, None, tmp_path / "llm")
    with pytest.raises(BadConfig, match="agent 'tools' needs a checkpoint; train one with `reason train llm`"):
        make("tools", PLACE)
    with pytest.raises(BadCheckpoint, match="expected a checkpoint of a specialist"):
        make("tools", PLACE, None, tmp_path / "llm", specialist=tmp_path / "llm")


def test_tokens_that_reach_beyond_the_end_of_a_call_stay_where_they_are() -> None:
    """Most tokenizers have such tokens, as `>` with a line break; nothing that was written is lost or moved."""
    long = caller(replace(SHAPE, words=(*SHAPE.words, "</call>\n")), updates=0)
    agent = insisting(long, "<call>2+3</call>\n", max_new_tokens=15)
    (episode,) = play(agent, [0], rows=1)
    (trace,) = episode.traces
    assert [call.result for call in trace.calls] == ["5", "5"]
    assert episode.actions == ("<call>2+3</call>\n<result>5</result>" * 2 + "<call>2+3</call>\n",)
    assert "".join(agent.spelled(trace)) == episode.transcript
    assert trace.bill.written == 15


def test_what_a_training_stopped_at_ends_the_text_as_ever(writer: LanguageModelAgent) -> None:
    agent = insisting(writer, "1+2so", stop=("so",))
    (episode,) = play(agent, [0], rows=1)
    assert episode.actions == ("1+2",)
    assert (episode.traces[0].finish_reason, episode.traces[0].bill.written) == ("stop", 5)


def test_whatever_is_written_the_episode_goes_on(writer: LanguageModelAgent, specialist: SpecialistAgent) -> None:
    """At such a temperature any token may follow any: marks within marks, line breaks, special tokens."""
    agent = ToolsAgent(alone(writer, temperature=4, max_new_tokens=70), specialist)
    seen = 0
    for episode in play(agent, range(60), rows=30):
        (trace,) = episode.traces
        told = [part for part, result in pieces(trace.text) if result]
        assert len(told) >= len(trace.pieces) - 1
        assert len(trace.said) <= SHAPE.context
        assert len(trace.logprobs) == len(trace.said.token_ids)
        assert line(agent, episode)["verdict"]
        seen += len(trace.calls)
    assert seen > 10


def test_rows_that_nobody_began_play_and_those_that_are_over_do_not(
    writer: LanguageModelAgent, specialist: SpecialistAgent
) -> None:
    agent = ToolsAgent(alone(writer), specialist)
    said = agent.act(("What is 1 + 2?",) * 3, [{}, {OVER: True}, {}])
    assert said[1] == ""
    assert [trace is None for trace in agent.trace()] == [False, True, False]
    assert not agent.resigned()


def test_what_follows_a_result_is_what_the_model_draws_behind_all_of_it(
    writer: LanguageModelAgent, specialist: SpecialistAgent
) -> None:
    sampler, seen = Sampler(writer.model, writer.text, Sampling(1.0, LONGEST, stop=("</call>",))), 0
    for episode in play(ToolsAgent(alone(writer), specialist), range(12)):
        (trace,) = episode.traces
        left = LONGEST
        for part, piece in enumerate(trace.pieces):
            seed = derive(0, "sample", episode.seed, 0, 0, *(("part", part) if part else ()))
            (fresh,) = sampler.draw([Request(piece.prompt_ids, seed, most=left)])
            assert fresh.token_ids == piece.token_ids
            left -= len(piece.token_ids)
            seen += bool(part)
    assert seen > 8
