"""From what a YAML file says to a configuration dataclass, with one clear line for whatever does not fit."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import yaml

from ..tasks.errors import BadConfig, UnknownName

T = TypeVar("T")


class _UniqueKeys(yaml.SafeLoader):
    """A safe loader for which a key that is given twice is a mistake and not the last one's victory."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} is given twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file.

    Raises:
        BadConfig: missing, unreadable, not YAML, or not a mapping.
    """
    try:
        value = yaml.load(path.read_text(encoding="utf-8"), _UniqueKeys)
    except OSError as error:
        raise BadConfig(f"{path}: {error.strerror}; expected a YAML file") from None
    except UnicodeDecodeError:
        raise BadConfig(f"{path}: not UTF-8 text; expected a YAML file") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise BadConfig(f"{path}{where}: not YAML ({getattr(error, 'problem', None) or 'unreadable'})") from None
    if not isinstance(value, dict):
        raise BadConfig(f"{path}: expected settings as `key: value`, got {type(value).__name__}")
    return value


def build(cls: type[T], values: Mapping[str, Any], where: str) -> T:
    """A dataclass from plain values, nested ones included.

    Args:
        cls: the dataclass; fields it does not find take their defaults.
        values: field names and plain values.
        where: what the values belong to, for the message.

    Raises:
        UnknownName: a key that is no field.
        BadConfig: a value of the wrong type, or a field without a default that is missing.
    """
    hints = get_type_hints(cls)
    known = [field.name for field in fields(cls)]  # type: ignore[arg-type]
    if not isinstance(values, Mapping):
        raise BadConfig(f"{where}: expected settings as `key: value`, got {values!r}")
    for key in values:
        if key not in known:
            raise UnknownName(f"key in {where}", key, known)
    made = {key: _fit(hints[key], value, f"{where}.{key}") for key, value in values.items()}
    try:
        return cls(**made)
    except TypeError as error:
        raise BadConfig(f"{where}: {str(error).partition(') ')[2] or error}") from None


def _fit(hint: Any, value: Any, where: str) -> Any:
    """The value as the type hint wants it."""
    origin, inner = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        return build(hint, value, where)  # type: ignore[arg-type]
    if origin in (Union, types.UnionType):
        nested = next((option for option in inner if is_dataclass(option)), None)
        if nested and isinstance(value, Mapping):  # so that what is wrong in it is named
            return build(nested, value, where)  # type: ignore[arg-type]
        for option in inner:
            try:
                return _fit(option, value, where)
            except BadConfig:
                continue
    elif origin is Literal:
        if value in inner:
            return value
        raise UnknownName(where, value, [str(choice) for choice in inner])
    elif origin is tuple and isinstance(value, list | tuple):
        types_ = [inner[0]] * len(value) if inner[-1] is Ellipsis else inner
        if len(types_) == len(value):
            return tuple(
                _fit(each, item, f"{where}[{i}]") for i, (each, item) in enumerate(zip(types_, value, strict=True))
            )
    elif origin is dict and isinstance(value, dict):
        return {str(key): _fit(inner[1], item, f"{where}.{key}") for key, item in value.items()}
    elif _is(hint, value):
        return hint(value) if hint in (float, Path) else value
    raise BadConfig(f"{where}: expected {_name(hint)}, got {value!r}")


def _is(hint: Any, value: Any) -> bool:
    if hint is Any:
        return True
    if hint is type(None):
        return value is None
    if hint is Path:
        return isinstance(value, str | Path)
    if isinstance(value, bool):
        return hint is bool
    return isinstance(value, int | float) if hint is float else isinstance(hint, type) and isinstance(value, hint)


def _name(hint: Any) -> str:
    if is_dataclass(hint):
        return "settings as `key: value`"
    names = {int: "a whole number", float: "a number", str: "a text", bool: "true or false", Path: "a path"}
    if get_origin(hint) in (Union, types.UnionType):
        return " or ".join(_name(option) for option in get_args(hint) if option is not type(None))
    if get_origin(hint) is tuple:
        return "a list"
    return names.get(hint, getattr(hint, "__name__", str(hint)))
