"""Rollouts by vLLM (extra `vllm`), in the place of our own sampler: `sampling.engine` "vllm".

vLLM (Kwon et al. 2023, arXiv:2309.06180) keeps a copy of the weights in a form of its own, on the same graphics
processor and in the same process. They are handed over before the first draw after `forget`, which every rollout calls,
so it draws from the model as it is. What it does not tell is entropies; and its numbers are not ours: see `sampler_gap`
in the record. The conversions below are tested; the engine itself needs CUDA.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from ...tasks.errors import BadConfig
from ..learning.batch import Completion
from . import models
from .adapters import adapted, merged
from .config import Sampling
from .precision import casts_to
from .sampler import Request, Sampler, limit

MEMORY = 0.35
"""share of the graphics processor that vLLM may take, for weights and cache: training needs the rest"""
_ENGINES: WeakKeyDictionary[PreTrainedModel, Any] = WeakKeyDictionary()


class VllmSampler:
    """Draws as `Sampler` does. Sessions are left to vLLM, which recognises what it has read before."""

    def __init__(self, model: PreTrainedModel, text: PreTrainedTokenizerBase, sampling: Sampling) -> None:
        """Make one; the engine starts with the first draw.

        Args:
            model: whose weights to draw with. Samplers of one model share an engine.
            text: its tokenizer.
            sampling: temperature, length, stop strings, and how many rows at a time.

        Raises:
            BadConfig: vLLM is not installed, or several processes train together.
        """
        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            raise BadConfig('sampling.engine="vllm" is for one process; expected "auto" under torchrun')
        try:
            import vllm
        except ImportError:
            raise BadConfig("sampling.engine=\"vllm\" needs vLLM; pip install 'reason-arena[vllm]'") from None
        self.model, self.text, self.sampling = model, text, sampling
        self._vllm: Any = vllm
        self._stale = True

    def forget(self) -> None:
        """The weights may have changed: take them over before the next draw."""
        self._stale = True

    def draw(self, requests: Sequence[Request]) -> list[Completion]:
        """See `Sampler.draw`.

        Raises:
            ValueError: a prompt that is empty, or that leaves no room in the model's context.
        """
        context, stops = models.context(self.model), sorted(models.stop_ids(self.model, self.text))
        settings = [
            parameters(request, self.sampling, limit(request, self.sampling, context), stops) for request in requests
        ]
        engine = self._engine()
        drawn = engine.generate(
            [{"prompt_token_ids": list(request.prompt_ids)} for request in requests],
            sampling_params=[self._vllm.SamplingParams(**each) for each in settings],
            use_tqdm=False,
        )
        return [completion(request, output) for request, output in zip(requests, drawn, strict=True)]

    def _engine(self) -> Any:
        engine = _ENGINES.get(self.model)
        if engine is None:
            engine = _ENGINES[self.model] = self._start()
        elif self._stale:
            held = merged(self.model) if adapted(self.model) else self.model.state_dict()
            engine.llm_engine.model_executor.driver_worker.model_runner.model.load_weights(held.items())
            engine.reset_prefix_cache()  # keys and values of the old weights
        self._stale = False
        return engine

    def _start(self) -> Any:
        """An engine with the weights as they are now."""
        os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")  # else the model is out of reach
        dtype = casts_to(self.model.device) or self.model.dtype
        with tempfile.TemporaryDirectory() as folder:
            models.save(Path(folder), self.model, self.text)
            return self._vllm.LLM(
                model=folder,
                dtype=str(dtype).removeprefix("torch."),
                gpu_memory_utilization=MEMORY,
                max_model_len=models.context(self.model),
                max_num_seqs=self.sampling.max_rows,
                enable_prefix_caching=True,
                logprobs_mode="processed_logprobs",  # of the distribution drawn from, temperature included
            )


def sampler(model: PreTrainedModel, text: PreTrainedTokenizerBase, sampling: Sampling) -> Any:
    """The sampler that `sampling.engine` asks for. Raises BadConfig."""
    return (VllmSampler if sampling.engine == "vllm" else Sampler)(model, text, sampling)


def parameters(request: Request, sampling: Sampling, most: int, stops: Sequence[int]) -> dict[str, Any]:
    """What vLLM's `SamplingParams` are made of.

    Args:
        request: its seed makes a stream of random numbers of its own.
        sampling: temperature and stop strings.
        most: tokens that the completion may have.
        stops: tokens that end it.
    """
    return {
        "temperature": sampling.temperature,
        "top_p": 1.0,
        "top_k": 0,
        "seed": request.seed,
        "max_tokens": most,
        "stop": list(sampling.stop),
        "stop_token_ids": list(stops),
        "logprobs": 0,  # of the drawn token alone
        "skip_special_tokens": True,
    }


def completion(request: Request, output: Any) -> Completion:
    """A Completion of vLLM's `RequestOutput`.

    Its `outputs[0]` has `token_ids`, the one that ended it included; `logprobs`, for each token a mapping from ids to
    `Logprob`s, in which the drawn token always is; `text` without the stop string; and `finish_reason`.

    Raises:
        ValueError: the request was aborted, or a token has no log-probability.
    """
    (drawn,) = output.outputs
    if drawn.finish_reason not in ("stop", "length"):
        raise ValueError(f"vLLM ended a request with {drawn.finish_reason!r}: expected 'stop' or 'length'")
    tokens = tuple(drawn.token_ids)
    if drawn.logprobs is None or len(drawn.logprobs) != len(tokens):
        raise ValueError(f"vLLM told {len(drawn.logprobs or ())} log-probabilities of {len(tokens)} tokens")
    return Completion(
        prompt_ids=request.prompt_ids,
        token_ids=tokens,
        logprobs=tuple(float(each[token].logprob) for token, each in zip(tokens, drawn.logprobs, strict=True)),
        text=drawn.text,
        finish_reason=drawn.finish_reason,
    )
