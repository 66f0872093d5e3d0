"""Fingerprint: what the application's modules hold after they were imported, so that two starts can be compared.

Of plain values it is the value, of functions their code, of classes the names in them, of anything else only the type. What differs between
two cold starts as well (a time, a random number) says nothing.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from types import CodeType, FunctionType
from typing import Any

PLAIN = (type(None), bool, int, float, complex, str, bytes)
DEEPEST = 4
MOST_ITEMS = 1000

Fingerprint = dict[str, str]


def fingerprint(names: Iterable[str]) -> Fingerprint:
    """Return `module.name` → a digest, for what these modules hold."""
    found = {}
    for module_name in sorted(set(names)):
        module = sys.modules.get(module_name)
        for name, value in sorted(vars(module).items()) if module else ():
            if not (name.startswith("__") and name.endswith("__")):
                text = described(value, DEEPEST)
                found[f"{module_name}.{name}"] = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()  # fmt: skip
        found[module_name] = "imported" if module else "not imported"
    return found


def described(value: Any, depth: int) -> str:
    """Return a text that is equal for values that cannot be told apart."""
    kind = type(value)
    if kind in PLAIN:
        return repr(value)
    if depth and kind in (list, tuple):
        return f"{kind.__name__}[{', '.join(described(each, depth - 1) for each in value[:MOST_ITEMS])}]"
    if depth and kind in (set, frozenset):
        return f"{kind.__name__}{sorted(described(each, depth - 1) for each in value)}"
    if depth and kind is dict:
        items = list(value.items())[:MOST_ITEMS]
        return f"dict{[(described(key, depth - 1), described(each, depth - 1)) for key, each in items]}"
    if kind is FunctionType:
        return f"function {value.__qualname__} {_code(value.__code__)}"
    if isinstance(value, type):
        return f"class {value.__qualname__} {sorted(vars(value))}"
    return f"a {kind.__qualname__}"


def _code(code: CodeType) -> str:
    inner = [_code(each) if isinstance(each, CodeType) else _constant(each) for each in code.co_consts]
    return f"{code.co_code.hex()} {code.co_names} {inner}"


def _constant(value: object) -> str:
    return str(sorted(map(repr, value))) if isinstance(value, frozenset) else repr(value)


def differing(one: Fingerprint, other: Fingerprint) -> set[str]:
    """Return the names that two starts do not have alike."""
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
