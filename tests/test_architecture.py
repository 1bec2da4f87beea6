"""The shape of the house, read from the syntax trees: who may import whom, what is documented, how long things get."""

from __future__ import annotations

import ast
import doctest
import importlib
import pkgutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("tasks", "envs", "agents", "arena", "scripts")
"""from the ground up: imports point down this list"""
FILES = sorted(path for room in (*ROOMS, "presets") for path in (ROOT / room).rglob("*.py"))
ALLOWED = {"tasks": {"numpy"}, "envs": {"numpy", "gymnasium"}, "presets": set[str]()}
OPTIONAL = {
    "tasks": {"chess", "datasets", "numba", "reasoning_gym"},
    "envs": {"PIL", "chess", "pettingzoo", "pyboy", "pygame", "resvg_py"},
}
"""of an extra: imported where they are needed, and never on top of a file, but for those of `LATE`"""
LATE = ("tasks/chess", "tasks/chessendgame", "tasks/chesspuzzle", "envs/chess")
"""their files, `__init__` aside, are imported when they are needed, so they may import python-chess on top"""
HEAVY = {"torch", "transformers", "stable_baselines3", "sb3_contrib", "chess", "numba"}
REGISTERS = "reason_arena.envs"
"""the one absolute import among the rooms: `import reason_arena.envs` registers the ids"""

pytestmark = pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="needs the source tree")
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Full names of the modules that a file imports, wherever in it."""
    package = ["reason_arena", *path.relative_to(ROOT).with_suffix("").parts[:-1]]
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if not node.level:
                yield str(node.module)
                continue
            base = package[: len(package) - node.level + 1]
            inner = [*base, *(node.module.split(".") if node.module else [])]
            yield ".".join(inner)
            if len(inner) == 1:  # from .. import tasks
                yield from (f"{inner[0]}.{alias.name}" for alias in node.names)


def imports_on_top(path: Path) -> Iterator[str]:
    for node in parse(path).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module)


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_room_has_files() -> None:
    assert {room(path) for path in FILES} == {*ROOMS, "presets"}
    assert len(FILES) > 40


@each_file
def test_imports_point_down(path: Path) -> None:
    mine = room(path)
    below = ROOMS[: ROOMS.index(mine) + 1] if mine in ROOMS else ()
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "reason_arena" and len(parts) > 1:
            assert parts[1] in below, f"{mine} imports {name}"


@each_file
def test_rooms_import_only_what_they_may(path: Path) -> None:
    outside = {name.split(".")[0] for name in imports(path)} - set(sys.stdlib_module_names) - {"reason_arena"}
    if room(path) in ALLOWED:
        optional = OPTIONAL.get(room(path), set())
        assert outside - optional <= ALLOWED[room(path)]
        late = path.name != "__init__.py" and str(path.parent.relative_to(ROOT)) in LATE
        assert not (optional - ({"chess"} if late else set())) & {name.split(".")[0] for name in imports_on_top(path)}
    assert not outside & {*ROOMS, "presets"}, "a bare room name makes a second copy of every class"


@each_file
def test_imports_among_the_rooms_are_relative(path: Path) -> None:
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.ImportFrom) and not node.level:
            assert str(node.module).split(".")[0] != "reason_arena", f"line {node.lineno}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                assert alias.name.split(".")[0] != "reason_arena" or alias.name == REGISTERS, f"line {node.lineno}"


@each_file
def test_nothing_is_evaluated(path: Path) -> None:
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("eval", "exec", "compile", "__import__"), f"line {node.lineno}"


@each_file
def test_what_is_public_is_documented(path: Path) -> None:
    tree = parse(path)
    assert (ast.get_docstring(tree) or "").strip(), "a module says what it is for"
    holders: list[ast.Module | ast.ClassDef] = [tree]
    while holders:
        for node in holders.pop().body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith(
                "_"
            ):
                assert (ast.get_docstring(node) or "").strip() or _private_part(node), (
                    f"{node.name}, line {node.lineno}"
                )
                if isinstance(node, ast.ClassDef):
                    holders.append(node)


def _private_part(node: ast.AST) -> bool:
    """Property setters and overloads share the docstring of what they belong to."""
    return any(
        getattr(mark, "attr", getattr(mark, "id", "")) in ("setter", "overload")
        for mark in getattr(node, "decorator_list", [])
    )


@each_file
def test_files_and_functions_stay_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 320
    for node in functions(ast.parse(text)):
        assert (node.end_lineno or 0) - node.lineno + 1 <= 65, f"{node.name}, line {node.lineno}"


def test_every_folder_of_code_is_packaged() -> None:
    setup = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    folders = sorted({"reason_arena." + ".".join(path.parent.relative_to(ROOT).parts) for path in FILES})
    assert sorted(setup["packages"]) == folders
    assert setup["package-dir"] == {f"reason_arena.{name}": name for name in (*ROOMS, "presets")}
    for folder in {path.parent for path in FILES}:
        assert (folder / "__init__.py").exists(), folder


def test_tests_import_by_the_full_name_and_form_no_package() -> None:
    assert not (ROOT / "tests" / "__init__.py").exists()
    assert not (ROOT / "conftest.py").exists()
    for path in (ROOT / "tests").glob("*.py"):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.ImportFrom):
                assert not node.level, path
                assert str(node.module).split(".")[0] not in (*ROOMS, "presets"), path


@pytest.mark.parametrize(
    "name",
    [
        "tasks.registry",
        "tasks.arithmetic",
        "tasks.aime.dataset",
        "tasks.reasoninggym",
        "envs",
        "envs.arithmetic",
        "envs.vector.arithmetic",
        "agents.registry",
        "agents.baselines",
        "agents.language_model.config",
        "agents.specialist.config",
        "arena.config",
        "scripts.cli",
        "scripts.label",
        "scripts.list",
        "scripts.play",
    ],
)
def test_importing_what_is_light_brings_nothing_heavy(name: str) -> None:
    code = f"import sys, reason_arena.{name}; print(*{HEAVY!r} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_making_an_environment_brings_nothing_heavy() -> None:
    code = (
        "import sys, gymnasium as gym, reason_arena.envs\n"
        "for view in 'text', 'array':\n"
        "    gym.make_vec(reason_arena.envs.IDS[0], num_envs=2, view=view).reset(seed=0)\n"
        f"print(*{HEAVY!r} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def modules() -> Iterator[str]:
    for name in ("tasks", "envs", "agents", "arena"):
        top = importlib.import_module(f"reason_arena.{name}")
        yield top.__name__
        for found in pkgutil.walk_packages(top.__path__, top.__name__ + "."):
            yield found.name


def test_examples_in_docstrings_run() -> None:
    attempted = 0
    for name in modules():
        result = doctest.testmod(importlib.import_module(name))
        assert result.failed == 0, name
        attempted += result.attempted
    assert attempted > 15
