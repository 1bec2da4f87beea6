"""Builds the cartridge from the sources in this folder: `make cartridge`; needs SDCC (Debian's package `sdcc`).

The tables of Python become `data.h` and `data.c`, SDCC compiles and links them with `src/`, and the result is packed
into 32 KiB with its header. The same sources and the same SDCC give the same bytes, wherever and whenever.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from ...errors import ReasonError
from .tables import header, source

HERE = Path(__file__).parent
SIZE = 0x8000
SDCC = "4.2.0"
"""the version that made the committed cartridge; another one may order instructions differently"""


class BuildFailed(ReasonError):
    """SDCC is missing, or did not like what it read."""


def _run(folder: Path, *command: str) -> str:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise BuildFailed(f"{command[0]} was not found: install Debian's package sdcc (apt-get install sdcc)") from None
    if done.returncode:
        raise BuildFailed(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def version() -> str | None:
    """SDCC's version, such as "4.2.0"; None where it is not installed."""
    try:
        text = subprocess.run(["sdcc", "--version"], capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return None
    words = text.split()
    return next((word for word in words if word[:1].isdigit() and "." in word), "unknown")


def link(folder: Path) -> bytearray:
    """Compiles and links in `folder`; the image without its header.

    Raises:
        BuildFailed: SDCC is missing or refused the sources.
    """
    (folder / "data.h").write_text(header(), encoding="ascii")
    (folder / "data.c").write_text(source(), encoding="ascii")
    objects = []
    for path in sorted((HERE / "src").glob("*.s")):  # crt0.s, the start, is the first
        objects.append(path.stem + ".rel")
        _run(folder, "sdasgb", "-plosg", "-o", objects[-1], str(path))
    for path in [*sorted((HERE / "src").glob("*.c")), folder / "data.c"]:
        target = path.stem + ".rel"
        flags = ["-msm83", "--opt-code-speed", "-I", ".", "-I", str(HERE / "src")]
        _run(folder, "sdcc", *flags, "-c", str(path), "-o", target)
        objects.append(target)
    places = ["--code-loc", "0x200", "--data-loc", "0xDB00"]
    _run(folder, "sdcc", "-msm83", "--no-std-crt0", *places, "-o", "hearthway.ihx", *objects)
    return _image((folder / "hearthway.ihx").read_text(encoding="ascii"))


def _image(text: str) -> bytearray:
    """Intel hex -> bytes from address 0; what nobody wrote is FF."""
    image = bytearray(b"\xff" * SIZE)
    for line in text.splitlines():
        row = bytes.fromhex(line[1:])
        count, address, kind = row[0], row[1] << 8 | row[2], row[3]
        if kind:
            continue
        if address + count > SIZE:
            raise BuildFailed(f"the game does not fit in {SIZE} bytes: it reaches {address + count}")
        image[address : address + count] = row[4 : 4 + count]
    return image


def pack(image: bytearray) -> bytes:
    """The image with its header: logo area zero, title, checksums."""
    image[0x104:0x150] = bytes(0x4C)
    image[0x134:0x13D] = b"HEARTHWAY"
    image[0x14D] = -sum(byte + 1 for byte in image[0x134:0x14D]) & 0xFF
    total = sum(image) & 0xFFFF
    image[0x14E], image[0x14F] = total >> 8, total & 0xFF
    return bytes(image)


def build() -> bytes:
    """The cartridge, 32,768 bytes.

    Raises:
        BuildFailed: SDCC is missing or refused the sources.
    """
    with tempfile.TemporaryDirectory() as folder:
        return pack(link(Path(folder)))


def main() -> None:
    """Writes `data/hearthway.gb` and its checksum, or says why not."""
    try:
        rom = build()
    except BuildFailed as error:
        sys.exit(str(error))
    digest = hashlib.sha1(rom).hexdigest()
    (HERE / "data" / "hearthway.gb").write_bytes(rom)
    (HERE / "data" / "hearthway.sha1").write_text(f"{digest}  hearthway.gb\n", encoding="ascii")
    used = len(rom.rstrip(b"\xff"))
    print(f"hearthway.gb: {used} of {SIZE} bytes used, SHA-1 {digest}")


if __name__ == "__main__":
    main()
