"""A list of inputs takes out of its own patterns what an entry that begins with "!" matches."""

from __future__ import annotations

import itertools
import os
import random
from pathlib import Path

import pytest

from buildgraph import check, glob, rule
from buildgraph.decide.edges import Producers
from buildgraph.errors import BuildError
from buildgraph.layout import is_exact, shown
from buildgraph.observe.facts import Facts
from buildgraph.observe.listings import expand
from buildgraph.patterns import matches, moved_pattern

LOOK = ["python", "-c", "pass"]
FILES = (
    "a.py",
    "s/a.py",
    "s/b.txt",
    "s/.hidden",
    "s/dist/c.py",
    "s/dist/deep/d.py",
    "s/distant.py",
    "t/dist/e.py",
)


def inputs_of(*said: object) -> tuple[str, ...]:
    return check(inputs=said, command=LOOK)["meta"]["buildgraph"].inputs


def files_of(*said: object) -> list[str]:
    return sorted(
        {path for each in inputs_of(*said) for path in ([each] if is_exact(each) else expand(each))}
    )


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in FILES:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text("")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["s/", "!s/dist/"], ["s/.hidden", "s/a.py", "s/b.txt", "s/distant.py"]),
        (["!s/dist/", "s/"], ["s/.hidden", "s/a.py", "s/b.txt", "s/distant.py"]),
        (["s/", "!s/dist"], ["s/.hidden", "s/a.py", "s/b.txt", "s/distant.py"]),
        (["s/", "!s/dist*"], ["s/.hidden", "s/a.py", "s/b.txt"]),
        (["s/", "!s/dist*/"], ["s/.hidden", "s/a.py", "s/b.txt", "s/distant.py"]),
        (["**/*.py", "!**/dist/"], ["a.py", "s/a.py", "s/distant.py"]),
        (["**/*.py", "!**/deep/"], ["a.py", "s/a.py", "s/dist/c.py", "s/distant.py", "t/dist/e.py"]),
        (["**/*.py", "!s/**"], ["a.py", "t/dist/e.py"]),
        (
            ["**/*.py", "!**/[ab].py"],
            ["a.py", "s/a.py", "s/dist/c.py", "s/dist/deep/d.py", "s/distant.py", "t/dist/e.py"],
        ),
        (["**/*.py", glob("!**/[a-d].py")], ["s/distant.py", "t/dist/e.py"]),
        (["**/*.py", "!**"], []),
        (["s/", "!s/"], []),
        (["s/", "!s/b.txt", "!s/dist/", "!s/.hidden"], ["s/a.py", "s/distant.py"]),
        (["s/*.py", "s/dist/", "!s/dist/deep/"], ["s/a.py", "s/dist/c.py", "s/distant.py"]),
        (
            ["s/", "!s/dist/", "s/dist/c.py"],
            ["s/.hidden", "s/a.py", "s/b.txt", "s/dist/c.py", "s/distant.py"],
        ),
    ],
)
def test_a_list_stands_for_what_its_patterns_match_and_its_exclusions_do_not(files, said, expected):
    assert files_of(*said) == expected
    assert [
        path for path in sorted(FILES) if any(matches(each, path) for each in inputs_of(*said))
    ] == expected


def test_disk_and_question_agree_on_random_exclusions(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ["a", "ab", "b.c", ".h"]
    paths = [
        "/".join(parts) + "/f" for depth in (1, 2, 3) for parts in itertools.product(names, repeat=depth)
    ]
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text("")
    chance = random.Random(1)
    parts = ["a", "*", "a*", "?", "**", "[ab]", "*.c", ".*", "[!a]*"]

    def drawn(ends: list[str]) -> str:
        return "/".join(chance.choice(parts) for _ in range(chance.randint(1, 3))) + chance.choice(ends)

    taken = 0
    for _ in range(400):
        kept, out = drawn(["/", "/f", "/*"]), drawn(["/", "", "/f", "/?"])
        try:
            (pattern,) = inputs_of(glob(kept), glob(f"!{out}"))
        except BuildError as error:
            assert "takes nothing out" in error.what
            continue
        plain = [path for path in paths if matches(glob_of(kept), path)]
        left = [path for path in plain if not is_below_match(out, path)]
        assert (
            list(expand(pattern)) == sorted(left) == sorted(path for path in paths if matches(pattern, path))
        ), (kept, out)
        taken += len(left) < len(plain)
    assert taken > 100


def glob_of(text: str) -> str:
    return inputs_of(glob(text))[0]


def is_below_match(out: str, path: str) -> bool:
    """Tell by plain patterns whether an exclusion matches a file or, as a folder, one above it."""
    names = path.split("/")
    above = ["/".join(names[:end]) for end in range(1, len(names))]
    plain = glob_of(out.rstrip("/"))
    return any(matches(plain, folder) for folder in above) or (
        matches(plain, path) and (out[-1] != "/" or out.endswith("**/"))
    )


def test_a_folder_that_is_excluded_is_not_even_listed(files):
    facts = Facts({})
    facts.expand(inputs_of("s/", "!s/dist/")[0])
    assert set(facts.scanned) == {"s"}


def test_a_link_is_judged_by_its_own_name(files):
    os.symlink("../t/dist", "s/link")
    assert "s/link/e.py" in files_of("s/")
    assert "s/link/e.py" in files_of("**/*.py", "!t/")
    assert not any(path.startswith("s/link") for path in files_of("s/", "!s/link/"))
    assert not any(path.startswith("s/link") for path in files_of("s/*", "!s/link/"))
    os.symlink("../t/dist", "s/second")
    assert [path for path in files_of("s/", "!s/link/e.py") if path.endswith("e.py")] == ["s/second/e.py"]


def test_a_search_through_links_that_loop_ends_with_exclusions_as_without(files):
    os.symlink("..", "s/dist/up")
    os.symlink(".", "s/here")
    assert "s/a.py" in files_of("s/", "!**/deep/", "!s/here/here/a.py")


@pytest.mark.parametrize(
    ("output", "excluded", "edge"),
    [
        ("s/dist/", "!s/dist/", False),
        ("s/dist/", "!s/**", False),
        ("s/dist/", "!s/dist/deep/", True),
        ("s/dist/c.py", "!s/dist/", False),
        ("s/dist/c.py", "!**/c.py", False),
        ("s/distant.py", "!s/dist/", True),
        ("s/**/*.mo", "!**/*.mo", True),  # Another text: it is not known to be the same.
        ("s/**/*.mo", "!s/**/*.mo", False),
        ("s/dist/*.mo", "!s/dist/", False),
        ("s/", "!s/dist/", True),
        ("s/dist/deep/", "!s/dist", False),
    ],
)
def test_there_is_an_edge_to_a_task_unless_all_that_it_makes_is_excluded(files, output, excluded, edge):
    made = rule(outputs=[output], command=["python", "-c", "pass"])["meta"]["buildgraph"]
    read = check(inputs=["s/**", excluded], command=LOOK)["meta"]["buildgraph"]
    assert Producers({"make": made, "read": read}).before("read", read) == (["make"] if edge else [])


def test_an_edge_is_judged_where_a_link_names_the_folder(files):
    os.symlink("s", "alias")
    made = rule(outputs=["s/dist/"], command=["python", "-c", "pass"])["meta"]["buildgraph"]
    for excluded, edge in (("!alias/dist/", []), ("!**/dist/", []), ("!alias/dist/deep/", ["make"])):
        read = check(inputs=["alias/**", excluded], command=LOOK)["meta"]["buildgraph"]
        assert Producers({"make": made, "read": read}).before("read", read) == edge, excluded


def test_a_pattern_that_moves_takes_its_exclusions_along():
    (pattern,) = inputs_of("a/**/*.py", "!a/b/", "!**/c.py", "!a/d")
    moved = moved_pattern(pattern, "a", "x[y]/z")
    names = ("e.py", "b/e.py", "c.py", "e/c.py", "d", "d/e.py")
    assert [name for name in names if matches(moved, f"x[y]/z/{name}")] == ["e.py"]


def test_a_name_that_begins_with_an_exclamation_mark_can_be_written(files):
    for name in ("!a", "s/!b", "[!]c"):
        Path(name).write_text("")
    assert inputs_of("[!]a", "./!a", Path("!a"), "s/!b", "./[!]c") == ("!a", "s/!b", "[!]c")
    assert files_of("[!]*") == ["!a"]
    with pytest.raises(BuildError, match="begins with '!'"):
        rule(outputs=["!a"], command=LOOK)
    assert rule(outputs=["./!a"], command=LOOK)["meta"]["buildgraph"].outputs == ("!a",)


THERE = "inputs has no pattern or tree there"
REFUSED = [
    (
        ["s/", "!x/y/"],
        f"the exclusion '!x/y/' takes nothing out: {THERE}",
        "Correct it, or remove it.",
    ),
    (
        ["s/", "!dist/"],
        f"the exclusion '!dist/' takes nothing out: {THERE}",
        "It begins at the top folder: for one below any folder write '!**/dist/'.",
    ),
    (
        ["s/", "!*.txt"],
        f"the exclusion '!*.txt' takes nothing out: {THERE}",
        "It begins at the top folder: for one below any folder write '!**/*.txt'.",
    ),
    (
        ["s/*.py", "!s/*/a.py"],
        f"the exclusion '!s/*/a.py' takes nothing out: {THERE}",
        "Correct it, or remove it.",
    ),
    (["s/*.py", "!**/t/*.py"], None, None),
    (["s/*.py", "!**/*.py"], None, None),
    (["s/*.py", "!s"], None, None),
    (["s/*", "!s/dist/"], None, None),
    (["s/*/*.py", "!s/dist/"], None, None),
    (["s/", "s/a.py", "!s/a.py"], None, None),
    (["s/", "!**/x/"], None, None),
    (
        ["s/a.py", "!s/a.py"],
        "the exclusion '!s/a.py' takes nothing out: 's/a.py' is named as a single file",
        "Remove one of the two: a file that is named always counts.",
    ),
    (["s/a.py", "!s/"], f"the exclusion '!s/' takes nothing out: {THERE}", "Correct it, or remove it."),
    (
        ["!s/"],
        "the exclusion '!s/' takes nothing out: inputs has nothing but exclusions",
        "Name what is read, too: inputs=['src/', '!src/made/'].",
    ),
    (
        ["s/", "! s/dist/"],
        "the exclusion '! s/dist/' takes nothing out: a name does not begin like that",
        "Write '!s/dist/'.",
    ),
    (
        ["s/", "!!s/dist/"],
        "the exclusion '!!s/dist/' takes nothing out: a name does not begin like that",
        "Write '!s/dist/'.",
    ),
    (
        ["s/", "!"],
        "the path '' does not name a file of the checkout",
        "Write a path relative to the top folder.",
    ),
    (["s/", "!../x"], "the path '../x' is outside the checkout", "Write a path relative to the top folder."),
]


@pytest.mark.parametrize(("said", "what", "hint"), [each for each in REFUSED if each[1]])
def test_an_exclusion_that_cannot_be_meant_is_refused_with_what_may_be(said, what, hint):
    with pytest.raises(BuildError) as caught:
        inputs_of(*said)
    assert (caught.value.what, caught.value.hint) == (what, hint)


@pytest.mark.parametrize("said", [each[0] for each in REFUSED if not each[1]])
def test_an_exclusion_that_may_take_something_out_is_accepted(said):
    assert any("without" in shown(each) for each in inputs_of(*said))


@pytest.mark.parametrize("said", [["s/"], ["s/", "!s/a.py"], ["s/", "!s/dist/"]])
def test_what_a_rule_makes_is_not_what_it_reads_even_with_exclusions(said):
    with pytest.raises(BuildError) as caught:
        rule(inputs=said, outputs=["s/"], command=LOOK)
    assert caught.value.what == "'s/' is an input and an output of the same rule"
    assert caught.value.hint == "Write to a folder of its own, such as 's/made/'."


def test_people_are_shown_a_pattern_with_what_it_leaves_out():
    assert list(map(shown, inputs_of("s/", "!s/dist/", "!s/[x].py"))) == ["s/ without s/[x].py, s/dist/"]
    assert inputs_of("t/", "s/", "!s/dist/")[0] == "t/"  # What an exclusion cannot reach stays as it is.
