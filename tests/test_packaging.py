"""The wheel: everything in it, nothing generic beside it, and it works where the repository is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("tasks", "envs", "agents", "arena", "presets", "scripts")
PLAY = """
import gymnasium as gym
import reason_arena.envs
print(reason_arena.envs.__file__)
for view in ("text", "array"):
    env = gym.make("reason_arena.envs:Reason-Arithmetic-v0", view=view)
    observation, info = env.reset(seed=0)
    assert env.observation_space.contains(observation)
    env.step(env.action_space.sample())
    gym.make_vec("Reason-Arithmetic-v0", num_envs=3, view=view).reset(seed=0)
"""

pytestmark = pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="needs the source tree")


def pip(*words: str, cwd: Path) -> None:
    base = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run([*base, *words], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source, since building leaves folders behind."""
    copy = tmp_path_factory.mktemp("source") / "tree"
    copy.mkdir()
    for room in ROOMS:
        shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def wheel(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(out), ".", cwd=tree)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("target")
    pip("install", "--no-deps", "--no-index", "--no-compile", "--target", str(target), str(wheel), cwd=target)
    return target


def run(words: list[str], installed: Path, cwd: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(
        [sys.executable, *words], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_lies_at_the_top_but_our_name(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert len(tops) == 2
    assert "reason_arena" in tops
    assert all(top == "reason_arena" or top.endswith(".dist-info") for top in tops)
    code = [name for name in names if not name.startswith("reason_arena/presets/")]
    assert not [name for name in code if "test" in name.split("/")[-1]]


def test_every_file_of_the_rooms_is_in_the_wheel(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for room in ROOMS:
        for path in (ROOT / room).rglob("*"):
            kept = (".py", ".yaml", ".css", ".js", ".LICENSE")
            if path.suffix in kept or path.name == "py.typed":
                assert f"reason_arena/{path.relative_to(ROOT).as_posix()}" in names
    assert {name for name in names if name.endswith(".css")}
    assert "reason_arena/arena/report/vendor/d3.min.js" in names
    assert "reason_arena/presets/quick.yaml" in names


def test_the_source_archive_has_the_libraries_of_the_report(tree: Path, tmp_path: Path) -> None:
    build = f"from setuptools.build_meta import build_sdist; build_sdist({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=tree, capture_output=True, check=True)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert {f"arena/report/vendor/{path.name}" for path in (ROOT / "arena/report/vendor").iterdir()} <= names
    assert "arena/report/frontier.js" in names


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_says_that_it_is_typed(wheel: Path, room: str) -> None:
    assert f"reason_arena/{room}/py.typed" in zipfile.ZipFile(wheel).namelist()


def test_the_license_and_the_command_come_along(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (license_,) = [name for name in archive.namelist() if name.endswith("/LICENSE") and ".dist-info/" in name]
    assert "Apache License" in archive.read(license_).decode()
    carried = {name.split("/")[-1] for name in archive.namelist() if ".dist-info/licenses/arena/" in name}
    assert carried == {"d3.LICENSE", "plot.LICENSE"}
    (entry,) = [name for name in archive.namelist() if name.endswith("/entry_points.txt")]
    assert "reason = reason_arena.scripts.cli:main" in archive.read(entry).decode()


def test_the_installed_package_plays_away_from_the_repository(installed: Path, tmp_path: Path) -> None:
    where = Path(run(["-c", PLAY], installed, tmp_path).strip())
    assert installed in where.parents


def test_the_installed_command_lists_what_came_along(installed: Path, tmp_path: Path) -> None:
    told = run(["-m", "reason_arena.scripts.cli", "list"], installed, tmp_path)
    for name in ("Reason-Arithmetic-v0", "oracle", "grpo", "quick"):
        assert name in told
