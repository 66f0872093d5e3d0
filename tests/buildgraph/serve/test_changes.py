from pathlib import Path

import pytest

from buildgraph.serve.changes import Change, Watched, classify, first_syntax_error

WATCHED = Watched(
    ("app",),
    {"static": ("assets",)},
    {"app/migrations": ("db",), "locks": ("env", "db"), "one.json": ("env",)},
)


@pytest.mark.parametrize(
    ("paths", "change"),
    [
        (["app/views.py"], Change(("app/views.py",), (), True)),
        (["app/page.html"], Change()),
        (["static/a.scss"], Change(("static/a.scss",), ("assets",), False)),
        (["app/migrations/1.py"], Change(("app/migrations/1.py",), ("db",), True)),
        (["locks/a.in", "static/a.js"], Change(("locks/a.in", "static/a.js"), ("env", "db", "assets"), True)),
        (["one.json"], Change(("one.json",), ("env",), True)),
        (["application/x.py"], Change()),
        (["app/__pycache__/x.pyc", "app/.views.py.swp", "app/views.py~", "app/.#views.py"], Change()),
    ],
)
def test_a_changed_path_asks_for_what_its_most_specific_folder_says(paths, change):
    assert classify(paths, WATCHED) == change


def test_what_could_not_be_done_is_asked_for_again_with_the_next_change():
    failed = Change(("locks/a.in",), ("env",), True)

    assert failed.and_then(Change(("static/a.scss",), ("assets",), False)) == Change(
        ("locks/a.in", "static/a.scss"), ("env", "assets"), True
    )


def test_the_first_file_that_does_not_compile_is_named(tmp_path: Path):
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text("x = 1\n")
    bad.write_text("\nx = (\n")

    assert first_syntax_error([str(good), str(tmp_path / "gone.py")]) == ""
    assert first_syntax_error([str(good), str(bad)]) == f"{bad}, line 2: '(' was never closed"
