"""Those who choose between two answers: what each prefers, noise, and the label that is written."""

from __future__ import annotations

import pytest

from reason_arena.agents.learning.labellers import Correct, Labeller, Noisy, Shorter, label, labeller
from reason_arena.agents.learning.preferences import Answer, Choice, Pair, Preference
from reason_arena.tasks.errors import BadConfig, UnknownName

ENV_ID = "Reason-Arithmetic-v0"


def pair(a: str, b: str, right: str = "", seed: int = 3) -> Pair:
    """Answers of a token a letter and one for the end; those named in `right` are right."""
    both = [Answer(text, (*map(ord, text), 0), text in right.split()) for text in (a, b)]
    return Pair("question", *both, seed, ENV_ID, 0)


@pytest.mark.parametrize(
    ("given", "shorter", "correct"),
    [
        (pair("x", "yy"), None, None),  # two wrong ones: short is not good
        (pair("xxx", "y", "xxx"), Choice("a"), Choice("a")),  # right and long before wrong and short
        (pair("x", "yyy", "yyy"), Choice("b"), Choice("b")),
        (pair("x", "yyy", "x yyy"), Choice("a", 2.0), None),
        (pair("xxxxx", "y", "xxxxx y"), Choice("b", 4.0), None),
        (pair("x", "y", "x y"), None, None),  # equally short
    ],
)
def test_what_the_labellers_prefer(given: Pair, shorter: Choice | None, correct: Choice | None) -> None:
    assert Shorter().prefer(given) == shorter
    assert Correct().prefer(given) == correct


MANY = [pair("x", "yy", "x yy", seed) for seed in range(2000)]


@pytest.mark.parametrize("who", [Correct(), Shorter(), Noisy(Shorter(), 0.3, 0), Noisy(Correct(), 1, 0)])
def test_which_answer_is_a_and_which_is_b_makes_no_difference(who: Labeller) -> None:
    shapes = [("x", "yy", right) for right in ("", "x", "yy", "x yy")]
    for seed in range(50):
        for shape in shapes:
            given = pair(*shape, seed)
            choice, mirrored = who.prefer(given), who.prefer(given.swapped())
            assert (choice is None) == (mirrored is None)
            if choice and mirrored:
                assert {choice.side, mirrored.side} == {"a", "b"}
                assert choice.margin == mirrored.margin
                assert given.preference(choice, "w") == given.swapped().preference(mirrored, "w")


def test_noise_turns_round_the_share_that_was_asked_for() -> None:
    def turned(share: float, seed: int) -> list[bool]:
        return [choice != Choice("a", 1.0) for choice in map(Noisy(Shorter(), share, seed).prefer, MANY)]

    assert sum(turned(0.0, 0)) == 0
    assert sum(turned(1.0, 0)) == 2000
    # 2000 draws at 0.25: mean 500, standard deviation 19.4
    assert 440 < sum(turned(0.25, 0)) < 560
    assert turned(0.25, 0) == turned(0.25, 0) != turned(0.25, 1)
    # Drawn apart, two seeds turn the same one with probability 1/16: 125 of 2000, standard deviation 10.8
    assert 80 < sum(a and b for a, b in zip(turned(0.25, 0), turned(0.25, 1), strict=True)) < 170
    assert all(lower <= upper for lower, upper in zip(turned(0.25, 0), turned(0.5, 0), strict=True))


def test_labels_are_signed_and_hold_the_tokens() -> None:
    given = [pair("x", "yyy", "x yyy"), pair("x", "y"), pair("xx", "y", "y")]
    first, second = label(given, Shorter())
    assert first == Preference("question", "x", "yyy", 3, ENV_ID, 0, "shorter", 2.0, (120, 0), (121, 121, 121, 0))
    assert second == Preference("question", "y", "xx", 3, ENV_ID, 0, "shorter", None, (121, 0), (120, 120, 0))
    (noisy,) = label(given[2:], labeller("correct", noise=1.0))
    assert (noisy.chosen, noisy.rejected, noisy.labeller) == ("xx", "y", "correct, noise 1")


def test_no_answer_at_all_is_never_the_better_one() -> None:
    nothing = pair("", "y", "y")
    assert [each.chosen for each in label([nothing], Correct())] == ["y"]
    assert list(label([nothing, nothing.swapped()], Noisy(Correct(), 1, 0))) == []
    with pytest.raises(BadConfig, match="chosen: expected a text"):
        nothing.preference(Choice("a"), "person")


def test_labellers_that_are_none() -> None:
    with pytest.raises(UnknownName, match="unknown labeller 'shortest': did you mean 'shorter'"):
        labeller("shortest")
    with pytest.raises(BadConfig, match=r"noise=1\.5: expected a share from 0 to 1"):
        labeller("shorter", noise=1.5)
