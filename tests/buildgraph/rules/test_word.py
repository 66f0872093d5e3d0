"""A value as one word, and back; what is not such a word is refused in a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from buildgraph.errors import BuildError
from buildgraph.rules.word import from_word, to_word


@dataclass(frozen=True)
class Part:
    name: str
    pair: tuple[str, int] = ("é", 1)


@dataclass(frozen=True)
class Whole:
    parts: tuple[Part, ...] = (Part("{a}"), Part('"b"\n'))
    names: Mapping[str, str] = field(default_factory=lambda: {"x": "y"})
    launchers: tuple[tuple[str, str], ...] = ()
    ratio: float = 0.5
    is_whole: bool = True


def test_a_value_comes_back():
    assert from_word(Whole, to_word(Whole())) == Whole()
    assert from_word(Part, to_word(Part("--then"))) == Part("--then")
    assert to_word(Part("x")).isascii()


HINT = "Such a word is written by the room's own command: run the task with 'doit'."


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("--name=x", f"Part: '--name=x' is not JSON. {HINT}"),
        ("[]", f"Part: [] is not of type Part. {HINT}"),
        ('{"name":"x"}', f"Part: the field 'pair' is missing. {HINT}"),
        ('{"name":"x","pair":["a",1],"z":1}', f"Part: the field 'z' is unknown. {HINT}"),
        ('{"name":1,"pair":["a",1]}', f"Part.name: 1 is not of type str. {HINT}"),
        ('{"name":"x","pair":["a"]}', f"Part.pair: ['a'] is not of type tuple. {HINT}"),
        ('{"name":"x","pair":["a",true]}', f"Part.pair: True is not of type int. {HINT}"),
    ],
)
def test_another_word_is_refused(word, said):
    with pytest.raises(BuildError) as caught:
        from_word(Part, word)
    assert str(caught.value) == said
