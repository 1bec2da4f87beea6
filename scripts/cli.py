"""`reason`: language models and specialists on the same reasoning problems."""

from __future__ import annotations

import os
import sys
from importlib import import_module, metadata

VERBS = {
    "list": "what there is: environments, levels, agents, objectives, presets",
    "play": "solve a problem yourself, in the terminal",
    "train": "train a language model or a specialist, or all stages of a file",
    "pretrain": "short for train llm --stage pretrain: next-token prediction on documents",
    "sft": "short for train llm --stage sft: worked solutions",
    "distill": "short for train llm --stage distill: a student learns from a teacher",
    "label": "say which of two answers is better: what reward models and DPO learn from",
    "eval": "test one agent on one level",
    "compare": "train and test all agents of a file on the same seeds",
    "verify": "play a cell of a finished comparison again, and hold it beside the record",
    "replay": "play a recorded game of the Game Boy world again, as a page of pictures and a map",
    "report": "turn a comparison's lines into a page and a table",
    "doctor": "say what is installed, and let a Game Boy cartridge take its first steps",
    "bench": "measure ours and the peers in one run",
}
STAGES = ("pretrain", "sft", "distill")
"""verbs that are stages of a language model"""
DONE, INCOMPLETE, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def main(arguments: list[str] | None = None) -> int:
    """Run a verb. 0: done, 1: done in part, 2: bad input, 130: interrupted with a checkpoint kept."""
    words = sys.argv[1:] if arguments is None else arguments
    if not words or words[0] in ("-h", "--help"):
        print(_overview())
        return DONE
    if words[0] == "--version":
        print(f"reason-arena {metadata.version('reason-arena')}")
        return DONE
    from ..agents.visible import say
    from ..tasks.errors import Incomplete, ReasonError, UnknownName

    try:
        if words[0] not in VERBS:
            raise UnknownName("command", words[0], VERBS)
        if words[0] in STAGES:
            from . import train

            train.language_model(words[1:], train.TrainLlm(stage=words[0]), words[0])  # type: ignore[arg-type]
        else:
            import_module(f".{words[0]}", __package__).main(words[1:])
    except ReasonError as error:
        say(f"reason: {error}", sys.stderr)
        return INCOMPLETE if isinstance(error, Incomplete) else BAD_INPUT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; nothing more to say
        return DONE
    except OSError as error:
        say(f"reason: {error.filename or 'file'}: {error.strerror or error}", sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt as interrupt:
        say(f"reason: {interrupt}" if str(interrupt) else "reason: interrupted; the same command goes on", sys.stderr)
        return INTERRUPTED
    return DONE


def _overview() -> str:
    width = max(map(len, VERBS))
    verbs = "\n".join(f"  {verb:<{width}}  {what}" for verb, what in VERBS.items())
    return (
        f"usage: reason VERB ...\n\n{__doc__}\n\n{verbs}\n\n"
        "`reason VERB --help` tells all about one. Begin with `reason compare quick`."
    )


if __name__ == "__main__":
    sys.exit(main())
