"""Sphinx as `dodo.py` starts it: no cache of its own is believed, and nobody's own settings count."""

import os
import subprocess
import sys
from pathlib import Path

STRICT = ["--fail-on-warning", "--keep-going", "--quiet", "--fresh-env"]
SPHINX = [sys.executable, "-m", "sphinx", *STRICT, "--builder=html", "--doctree-dir=.buildgraph/doctrees"]
TRACE = "[general]\nrecord_dependencies: trace.txt\n"  # docutils writes a file where it reads this


def build() -> None:
    done = subprocess.run([*SPHINX, "docs", "made"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_edit_of_equal_size_and_time_is_built_and_no_own_settings_are_read(project, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    for path in (tmp_path / ".docutils", tmp_path / "docutils.conf", Path("docutils.conf")):
        path.write_text(TRACE)
    Path("docs").mkdir()
    Path("docs/conf.py").write_text('extensions = ["myst_parser"]\nhtml_theme = "basic"\n')
    page = Path("docs/index.md")
    page.write_text("# One\n\nfirst\n")
    build()
    assert "first" in Path("made/index.html").read_text()
    before = page.stat()

    page.write_text("# One\n\nlater\n")
    os.utime(page, ns=(before.st_atime_ns, before.st_mtime_ns))
    build()

    assert page.stat().st_size == before.st_size and page.stat().st_mtime_ns == before.st_mtime_ns
    assert (
        "later" in Path("made/index.html").read_text() and "first" not in Path("made/index.html").read_text()
    )
    assert not list(project.rglob("trace.txt"))
