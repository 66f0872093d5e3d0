"""The assets of a small project by the real engine and compilers: after edits and kills they are what a clean build elsewhere gives; mistakes are told once.

`bench/assets/edits.py` and `bench/assets/kills.py` do the same for longer.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.assets import edits, kills, small

pytestmark = pytest.mark.skipif(
    not ((small.ROOT / ".nodeenv").exists() and (small.ROOT / "node_modules/esbuild").exists()),
    reason="needs node and npm's packages ('doit node')",
)


def test_after_edits_the_result_is_that_of_a_clean_build_in_a_folder_of_other_depth(tmp_path: Path):
    assert edits.sequence(tmp_path, 1, 4, is_warm=True)["steps"] == 4


def test_after_a_kill_the_next_build_is_right_and_nothing_runs_on(tmp_path: Path):
    assert kills.series(tmp_path, 1, 5)["builds"] == 5


def test_each_mistake_is_told_once_with_its_place(tmp_path: Path):
    place = edits.Place(tmp_path / "one", tmp_path / "cache", edits.OWN, 0o022)
    place.lay(
        small.sources()
        | {
            "static/sass/parts/_button.scss": b"a { color: \n",
            "static/js/shared.js": b"let x = ;\n",
            "static/images/a.svg": b"<svg><g></svg>",
            "static/images/deep/b.png": b"not a picture",
            "locale/de/LC_MESSAGES/messages.po": b'msgid "open\n',
        }
    )

    done = place.run("--continue")

    assert done.returncode == 1
    for message in (
        "  static/sass/parts/_button.scss:1:12: Expected expression\n",
        '  static/js/shared.js:1:9: Unexpected ";"\n',
        "  static/images/a.svg:1:14: Unexpected close tag\n",
        "static/images/deep/b.png: it cannot be read as a picture: Input file contains unsupported image format\n",
        "  locale/de/LC_MESSAGES/messages.po:1: cannot read the catalog: a string is not within one pair of quotes. Correct it there.\n",
    ):
        assert done.stdout.count(message) == 1, done.stdout
    assert "Traceback" not in done.stdout + done.stderr and "    at " not in done.stdout
