"""Which statements evidently only bind names, what they mention, and who reads what changed."""

from __future__ import annotations

import ast

import pytest

from buildgraph.impact.blocks import parse
from buildgraph.impact.bodies import change_of
from buildgraph.impact.evident import Evident
from buildgraph.impact.readers import spread
from buildgraph.impact.words import words_of


def bound(text: str) -> list[tuple[str, ...]]:
    """Return what each statement evidently only binds."""
    tree = ast.parse(text)
    evident = Evident(tree)
    return [evident.names(node) for node in tree.body]


def value(text: str) -> str:
    source = parse(text.encode())
    return source.body.value(source.blocks[-1].digest)


@pytest.mark.parametrize(
    "text",
    [
        "x = 1", "x = -1 + 2 * 3", "x = y = ('a', [1])", "x = {'a': {1, 2}}", "x = frozenset(('a',))", "x = int", "def x(a, *b: int, c=1) -> None: ...", "async def x(a: list[str] | None): ...",
        "class x: 'Text.'", "class x(ValueError): a = 1", "class x:\n    @property\n    def a(self): ...\n    @a.setter\n    def a(self, to): ...", "class x:\n    a: int = 1\n    def f(self, b=2): ...",
    ],
)  # fmt: skip
def test_a_statement_that_only_binds(text):
    assert "x" in bound(text)[-1]


@pytest.mark.parametrize(
    "text",
    [
        "x = f()", "x = y", "x = a.b", "x = 1 / 0", "x = 'a' * 9", "x = {a: 1}", "x = {**{}}", "x = f'{1}'", "x = lambda: 1", "x = [1 for a in ()]", "x += 1", "x[0] = 1", "x.a = 1", "x, y = 1, 2", "x: int", "__x__ = 1",
        "def x(a=b): ...", "def x(a: b): ...", "def x(a: 1 | None): ...", "@f\ndef x(): ...", "class x(y): ...", "class x(int): ...", "class x(metaclass=type): ...", "@f\nclass x: ...", "class x:\n    f()",
        "class x:\n    __slots__ = ()", "class x:\n    a = b", "class x:\n    a = 1\n    b = a", "class x:\n    for a in (): ...", "if 1:\n    x = 1", "from m import *\nx = 1", "int = 1\nclass x:\n    a = 1\nclass int: ...\ndef x(a: int | None): ...",
        "class y:\n    def __init_subclass__(cls): ...\nclass x(y): ...", "from dataclasses import dataclass\n@dataclass\nclass x:\n    a: int = 1\n    b: int", "from dataclasses import dataclass\n@dataclass\nclass x:\n    a: list = []",
        "from .functools import cache\n@cache\ndef x(): ...", "def y(): global z\nz = 1\ndel z\nx = z",
    ],
)  # fmt: skip
def test_a_statement_that_may_do_more(text):
    assert bound(text)[-1] == ()


def test_words_of_a_function():
    tree = ast.parse(
        "def f(a: A = B):\n    import c.d as e\n    return a.g(h, 'i.j', 'k l', vars(m), m.__dict__)"
    )
    assert words_of([tree], has_lazy_annotations=True) == {
        "f", "B", "=B", "?c", "?d", "d", "=d", "a", "g", "=g", "h", "=h", "i", "j", "vars", "m", "=m", "__dict__", "=__dict__",
    }  # fmt: skip


def test_what_changed_spreads_over_names_and_imports():
    old, new = "A = 1\nB = A\nC = 1\n", "A = 2\nB = A\nC = 1\n"
    bodies = {"low.py": parse(new.encode()).body, "up.py": parse(b"from low import B as D, C\nE = [D]\nF = C\n").body}  # fmt: skip
    found = spread({"low.py": change_of(value(old), value(new))}, bodies, lambda key: {"low.py", "up.py"})
    assert found == {"low.py": {"*", "=low", "A", "B"}, "up.py": {"*", "=up", "D", "E"}}


def test_a_change_of_the_rest_is_no_change_of_names():
    assert change_of(value("A = 1\n"), value("A = 1\nf()\n")) is None
