"""Statistics of the arena: how far a score or a difference could be off, and what may be said about it.

The unit is what would be drawn anew if the work were repeated: the training seed for a trained agent, the item for an
agent that was never trained. Pooling the episodes of several training seeds makes intervals that miss the truth four
times in ten. Needs numpy only; everything is held beside scipy, statsmodels or rliable, or a sum by hand, in the tests,
and simulations there count how often the intervals cover the truth.

`student` few units, `resampling` many, `rates` rights and wrongs, `paired` differences, `across` several tasks,
`verdicts` what follows in words, and how many more units would be needed to say more.
"""

from .across import anchored, improvement, iqm, profile
from .interval import ITEMS_ONLY, Interval
from .paired import clustered, crossed, paired_difference
from .rates import mcnemar, same, unanimous, wilson
from .resampling import MANY, RESAMPLES, bca, over_seeds, stratified
from .student import p_value, t_interval, t_quantile, t_tail
from .verdicts import MARGIN, Verdict, detectable, holm, more_needed, verdict

__all__ = [
    "ITEMS_ONLY",
    "MANY",
    "MARGIN",
    "RESAMPLES",
    "Interval",
    "Verdict",
    "anchored",
    "bca",
    "clustered",
    "crossed",
    "detectable",
    "holm",
    "improvement",
    "iqm",
    "mcnemar",
    "more_needed",
    "over_seeds",
    "p_value",
    "paired_difference",
    "profile",
    "same",
    "stratified",
    "t_interval",
    "t_quantile",
    "t_tail",
    "unanimous",
    "verdict",
    "wilson",
]
