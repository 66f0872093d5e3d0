"""Word: a value as one JSON word of a command, and the value of such a word: so what `dodo.py` names reaches the process that uses it.

The values are frozen dataclasses of texts, numbers, truth values, tuples, mappings and other such dataclasses. What a command
makes is not part of its value: it stays a word of its own, in whose place the engine puts a temporary path.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass

from buildgraph.errors import BuildError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from _typeshed import DataclassInstance

    Kind = TypeVar("Kind")

NAMED = re.compile(r"\{(\w+)\}")
HINT = "Such a word is written by the room's own command: run the task with 'doit'."


def to_word(value: DataclassInstance) -> str:
    """Return a value as one word, which `from_word` reads.

    A brace before a name is written by its number, since `{name}` in a command's word stands for the option of that name.
    """
    return data_word(asdict(value))


def data_word(data: object) -> str:
    """Return plain data as one word in the same way, for a program that is not in Python."""
    return NAMED.sub(r"\\u007b\1}", json.dumps(data, separators=(",", ":")))


def from_word(kind: type[Kind], text: str) -> Kind:
    """Return the value of a word; raise BuildError if it is not one of this kind."""
    try:
        data = json.loads(text)
    except ValueError:
        raise BuildError(f"{text!r} is not JSON", kind.__name__, HINT) from None
    return _made(kind, data, kind.__name__)


def _made(kind: Any, data: object, where: str) -> Any:
    from typing import get_args, get_origin, get_type_hints

    inner, *more = get_args(kind) or (None,)
    if is_dataclass(kind) and isinstance(data, dict):
        names = [field.name for field in fields(kind)]
        for name in sorted({*names} ^ {*data}):
            raise BuildError(
                f"the field '{name}' is {'missing' if name in names else 'unknown'}", where, HINT
            )
        hints = get_type_hints(kind)
        make: Any = kind
        return make(**{name: _made(hints[name], data[name], f"{where}.{name}") for name in names})
    if get_origin(kind) is tuple and isinstance(data, list):
        kinds = [inner] * len(data) if more == [...] else [inner, *more]
        if len(kinds) == len(data):
            return tuple(_made(each, value, where) for each, value in zip(kinds, data, strict=True))
    if get_origin(kind) is Mapping and isinstance(data, dict):
        return {name: _made(more[0], value, f"{where}[{name!r}]") for name, value in data.items()}
    if kind in (str, int, float, bool) and type(data) is kind:
        return data
    raise BuildError(f"{data!r} is not of type {getattr(kind, '__name__', kind)}", where, HINT)
