"""`python -m buildgraph init` looks at a repository and writes a graph for it; the graphs of tests/adoption run in tests/e2e and bench/."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.init import found, starting, written

ROOT = Path(__file__).parents[2]
FIXTURES = sorted(path.name for path in (ROOT / "tests/adoption").iterdir())


@pytest.fixture
def begin(tmp_path, monkeypatch):
    """Return a function that copies a fixture and starts there with a wheel that is as good as any."""
    wheel = tmp_path / "buildgraph-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    monkeypatch.setattr(starting, "wheel", lambda: wheel)

    def begin(name: str) -> Path:
        folder = tmp_path / name
        shutil.copytree(ROOT / "tests/adoption" / name, folder)
        starting.start(folder)
        return folder

    return begin


def test_there_are_seven_repositories_that_differ():
    assert FIXTURES == ["django", "flat", "folder", "gulp", "pyproject", "src", "two"]


@pytest.mark.parametrize("name", FIXTURES)
def test_a_graph_is_short_valid_and_touches_no_file_of_the_repository(begin, name):
    folder = begin(name)
    text = (folder / "dodo.py").read_text()
    compile(text, "dodo.py", "exec")
    assert len(text.splitlines()) <= 60
    for path in (ROOT / "tests/adoption" / name).rglob("*"):
        if path.is_file():
            assert (
                folder / path.relative_to(ROOT / "tests/adoption" / name)
            ).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("flat", 'serve.command("flatsite:app"'),
        ("flat", 'locks.Locks(("main", "tests", "serve", "build")'),
        ("src", 'serve.command("desk:create_app()"'),
        ("src", 'paths=("src",)'),
        ("pyproject", 'libraries=(".",)'),
        ("pyproject", 'serve.command("shelf.web:app"'),
        ("django", '"DJANGO_SETTINGS_MODULE": "notice.settings"'),
        ("django", 'APP("migrate", "--no-input")'),
        ("folder", 'folder="deps"'),
        ("folder", "# - compose (cache, mail): "),
        ("pyproject", "# - Makefile (test, deploy): "),
        ("gulp", 'outputs=["garden/static/dist/"], command=[NODE.program, "node_modules/gulp/bin/gulp.js"]'),
        ("two", "# - theme/package.json: a second one"),
        ("two", 'styles=("site/static/scss/main.scss",)'),
    ],
)
def test_what_a_repository_says_is_in_its_graph(begin, name, said):
    assert said in (begin(name) / "dodo.py").read_text()


def test_requirements_of_other_files_are_copied_without_options(begin):
    folder = begin("src")
    assert (folder / "requirements/main.in").read_text().splitlines()[1:] == ["flask>=3"]
    assert (folder / "requirements/dev.in").read_text().splitlines()[1:] == [
        "-r main.in",
        "pytest",
    ]


def test_the_lock_of_the_tools_has_the_library_by_its_hash_and_is_not_taken_for_an_edited_one(begin):
    from buildgraph.bootstrap import _refuse_edited

    folder = begin("flat")
    text = (folder / "requirements/build.txt").read_text()
    assert "\nbuildgraph==0.1.0 \\\n    --hash=sha256:" in text
    assert "\ndoit==" in text
    _refuse_edited(str(folder), "requirements/build.txt")


@pytest.mark.parametrize("there", ["dodo.py", "requirements/build.txt"])
def test_nothing_is_overwritten_and_nothing_is_written_then(tmp_path, monkeypatch, capsys, there):
    monkeypatch.setattr(starting, "wheel", lambda: Path(tmp_path.parent, "buildgraph-0.1.0-py3-none-any.whl"))
    (tmp_path.parent / "buildgraph-0.1.0-py3-none-any.whl").write_bytes(b"wheel")
    monkeypatch.chdir(tmp_path)
    (tmp_path / there).parent.mkdir(exist_ok=True)
    (tmp_path / there).write_text("mine")
    assert starting.main(["init"]) == 1
    assert capsys.readouterr().err == (
        f"error: there is already '{there}', and nothing is overwritten. "
        "Move away what is there, or write what you need by hand: docs/adopting.md.\n"
    )
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / there]
    assert (tmp_path / there).read_text() == "mine"


def test_all_that_is_there_after_a_half_finished_start_is_told_at_once(tmp_path, monkeypatch, capsys):
    folder = started(tmp_path, monkeypatch, {"requirements.txt": "six\n"})
    (folder / "dodo.py").unlink()
    assert starting.main(["init", str(folder)]) == 1
    assert capsys.readouterr().err == (
        "error: there is already 'requirements/build.txt', 'requirements/buildgraph-0.1.0-py3-none-any.whl', and nothing is overwritten. "
        "Move away what is there, or write what you need by hand: docs/adopting.md.\n"
    )


def test_a_file_that_may_not_be_read_is_told(monkeypatch, capsys, tmp_path):
    def refuse(path):
        raise PermissionError(13, "Permission denied", "mine/pyproject.toml")

    monkeypatch.setattr(starting, "wheel", lambda: tmp_path / "buildgraph-0.1.0-py3-none-any.whl")
    monkeypatch.setattr(found, "look", refuse)
    assert starting.main(["init", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        "error: cannot read 'mine/pyproject.toml': Permission denied. Nothing was written. Mend it, then run the command again.\n"
    )


def test_the_library_is_found_in_a_checkout_of_any_name(tmp_path, monkeypatch):
    wheel, folder = tmp_path / "buildgraph-0.1.0-py3-none-any.whl", tmp_path / "it's mine [1] %41"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("buildgraph/__init__.py", "")
        archive.writestr("buildgraph/bootstrap.py", "def hand_over(*words): raise SystemExit(words[2])")
    monkeypatch.setattr(starting, "wheel", lambda: wheel)
    folder.mkdir()
    starting.start(folder)
    command = [sys.executable, "-I", "-S", "dodo.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.stderr == "requirements/build.txt\n"
    # pip takes what follows a blank in it for another place.
    assert 'WHEELS = {"PIP_FIND_LINKS": "requirements"}' in (folder / "dodo.py").read_text()


def test_every_file_ends_with_its_line(begin):
    folder = begin("src")
    for path in (folder / "requirements").glob("*.in"):
        assert path.read_text().endswith("\n") and not path.read_text().endswith("\n\n")


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help_says_what_init_does(capsys, word):
    assert starting.main(["init", word]) == 0
    assert capsys.readouterr().out.startswith(
        "usage: python -m buildgraph init [FOLDER]\n\nLook at a repository"
    )


def test_lines_are_added_to_what_git_ignores_once(tmp_path):
    (tmp_path / ".gitignore").write_text("*.log\n.venv")
    plan = written.decided(found.look(tmp_path), tmp_path)
    text = written._ignored(plan, tmp_path)
    assert text == "*.log\n.venv\n# What `python3 dodo.py` makes; all of it can be deleted.\n/.buildgraph/\n"
    (tmp_path / ".gitignore").write_text(text)
    assert written._ignored(plan, tmp_path) == text


def test_an_empty_folder_gets_a_graph_that_says_what_is_left(begin, tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    starting.start(folder)
    assert "# - Serve: no application was found." in (folder / "dodo.py").read_text()


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("pyproject.toml", "[project\n", "error: pyproject.toml: it cannot be read: "),
        ("package.json", "{", "error: package.json: it cannot be read: "),
        ("package.json", "[" * 100_000, "error: package.json: it cannot be read: "),
        ("pyproject.toml", "x = " + "[" * 100_000, "error: pyproject.toml: it cannot be read: "),
        (
            "pyproject.toml",
            "[project]\nname = 'a'\nrequires-python = '<3.9'\n",
            "error: pyproject.toml: requires-python is '<3.9', and ",
        ),
    ],
)
def test_a_file_that_says_nothing_is_told(tmp_path, monkeypatch, capsys, path, text, said):
    monkeypatch.setattr(starting, "wheel", lambda: tmp_path / "buildgraph-0.1.0-py3-none-any.whl")
    monkeypatch.chdir(tmp_path)
    (tmp_path / path).write_text(text)
    assert starting.main(["init"]) == 1
    assert capsys.readouterr().err.startswith(said)
    assert [each.name for each in tmp_path.iterdir()] == [path]


def test_what_a_repository_begins_with_is_what_this_one_has_locked():
    for name in written.SEEDS:
        here, ours = ROOT / "buildgraph/init" / name, ROOT / "requirements" / name
        assert here.read_bytes() == ours.read_bytes(), "run 'python3 dodo.py library'"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "error: init takes the folder of a repository, and 'nowhere' is not one. "),
        (["a", "b"], "error: init takes the folder of a repository, and 'a b' is not one. "),
    ],
)
def test_words_that_mean_nothing_are_told(capsys, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    assert starting.main(["init", *words]) == 1
    assert (
        capsys.readouterr().err
        == said + "Run 'python -m buildgraph init FOLDER', or without it in the repository.\n"
    )


def test_a_checkout_without_a_wheel_says_how_to_get_one(tmp_path):
    shutil.copytree(
        ROOT / "buildgraph", tmp_path / "library/buildgraph", ignore=shutil.ignore_patterns("__pycache__")
    )
    (tmp_path / "mine").mkdir()
    command = [sys.executable, "-m", "buildgraph", "init"]
    environment = {"PYTHONPATH": str(tmp_path / "library"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=tmp_path / "mine", env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == (
        f"error: {tmp_path / 'library'}: a repository takes the library as a wheel, and this is a checkout that has not built one. "
        "Run 'python3 dodo.py library' there, then this command again.\n"
    )


def started(tmp_path, monkeypatch, files: dict[str, str | bytes]) -> Path:
    """Start in a repository of these files."""
    wheel = tmp_path / "buildgraph-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    monkeypatch.setattr(starting, "wheel", lambda: wheel)
    folder = tmp_path / "mine"
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    starting.start(folder)
    return folder


HOSTILE = 'x"+str(__import__("os").getcwd())+"'


@pytest.mark.parametrize(
    "files",
    [
        {f"{HOSTILE}/main.in": "six\n"},
        {'it"s/main.in': "six\n"},
        {"a\nimport os; os.getcwd()\n#/package.json": "{}"},
        {"static/a\nimport os\n#.scss": "a {}"},
        {"package.json": "{}", "a\rimport os\r#/package.json": "{}"},
    ],
)
def test_names_of_files_are_texts_and_no_code_of_the_graph(tmp_path, monkeypatch, files):
    text = (started(tmp_path, monkeypatch, files) / "dodo.py").read_text()

    tree = ast.parse(text)
    imported = {name.name for each in ast.walk(tree) if isinstance(each, ast.Import) for name in each.names}
    called = {
        each.func.id
        for each in ast.walk(tree)
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)
    }
    assert imported == {"glob", "os", "sys"}
    assert called <= {"ENV", "check", "rule", "option", "service", "run"}


@pytest.mark.parametrize("extra", ["../../escaped", "a/b", "constraints", ""])
def test_an_extra_that_is_no_name_of_a_file_is_told(tmp_path, monkeypatch, extra):
    said = f'[project]\nname = "x"\n[project.optional-dependencies]\n"{extra}" = ["six"]\n'

    with pytest.raises(BuildError, match="cannot be a group of the locks"):
        started(tmp_path, monkeypatch, {"pyproject.toml": said})
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == ["pyproject.toml"]


@pytest.mark.parametrize("name", ["dodo.py", ".gitignore", "requirements"])
def test_nothing_is_written_through_a_link(tmp_path, monkeypatch, name):
    (tmp_path / "mine").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "mine" / name).symlink_to(
        tmp_path / "elsewhere" / ("" if name == "requirements" else "victim")
    )

    with pytest.raises(BuildError):
        started(tmp_path, monkeypatch, {"README": "x"})
    assert not list((tmp_path / "elsewhere").iterdir())
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == sorted(["README", name])


@pytest.mark.parametrize("name", ["requirements", ".gitignore/x"])
def test_what_is_in_the_way_is_told_before_anything_is_written(tmp_path, monkeypatch, name):
    with pytest.raises(BuildError, match="cannot be written"):
        started(tmp_path, monkeypatch, {name: "a file"})
    assert not (tmp_path / "mine/dodo.py").exists()


def test_a_file_that_cannot_be_written_is_named_and_leaves_nothing(tmp_path, monkeypatch):
    def write(path, data):
        if path.endswith("build.txt"):
            raise PermissionError(13, "Permission denied", f"{path}.temporary")
        Path(path).write_bytes(data)

    monkeypatch.setattr(starting, "write_bytes", write)
    with pytest.raises(BuildError) as caught:
        started(tmp_path, monkeypatch, {"README": "x"})
    place = tmp_path / "mine/requirements/build.txt"
    assert str(caught.value) == (
        f"cannot write '{place}': Permission denied. Nothing was written. Mend it, then run the command again."
    )
    assert [path.name for path in (tmp_path / "mine").rglob("*") if path.is_file()] == ["README"]


def test_an_interrupt_leaves_nothing(tmp_path, monkeypatch):
    real, left = starting.write_bytes, [4]

    def write(path, data):
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return real(path, data)

    monkeypatch.setattr(starting, "write_bytes", write)
    with pytest.raises(KeyboardInterrupt):
        started(tmp_path, monkeypatch, {".gitignore": "x\r\n"})
    assert [path.name for path in (tmp_path / "mine").rglob("*") if path.is_file()] == [".gitignore"]
    assert (tmp_path / "mine/.gitignore").read_bytes() == b"x\r\n"


def test_ends_of_lines_stay_in_what_git_ignores(tmp_path, monkeypatch):
    folder = started(tmp_path, monkeypatch, {".gitignore": b"a\r\n\xe9"})

    lines = (folder / ".gitignore").read_bytes()
    assert lines.startswith(b"a\r\n\xe9\r\n#") and lines.count(b"\n") == lines.count(b"\r\n")


@pytest.mark.parametrize(
    "files",
    [
        {"package.json": "[]"},
        {"package.json": '{"dependencies": null, "scripts": []}', "package-lock.json": "{}"},
        {"pyproject.toml": 'project = "x"\n'},
        {"pyproject.toml": '[project]\nname = "x"\ndependencies = [1]\noptional-dependencies = []\n'},
        {".python-version": b"\xff\xfe"},
        {"pkg/__init__.py": "", "pkg/x.py/y": "", "requirements.txt/z": ""},
        {"manage.py": "import os\n", "tests/test_a.py": ""},
        {"requirements/constraints.txt": "six==1\n", "requirements/main.in": "six\n"},
        {"requirements/constraints.in": "six==1\n", "requirements/main.in": "six\n"},
        {"requirements-node.txt": "six\n", "requirements-build.txt": "wheel\n"},
        {"!x/__init__.py": "", "a[1]/__init__.py": "", "{b}.py": "", "tests/test_a.py": ""},
        {
            "scss/a.scss": "a {}",
            "package.json": '{"dependencies": {"sass": "1", "esbuild": "1"}}',
            "package-lock.json": "{}",
        },
    ],
)
def test_odd_repositories_get_a_graph_that_is_valid(tmp_path, monkeypatch, files):
    text = (started(tmp_path, monkeypatch, files) / "dodo.py").read_text()

    compile(text, "dodo.py", "exec")
    groups = re.search(r"locks\.Locks\(\((.*?)\)", text)[1]
    assert '"constraints"' not in groups and '"/dist/"' not in text
    assert ('"node"' in groups) == ("package-lock.json" in files)
    assert "APP" not in text or "APP = " in text


def test_a_bundler_that_writes_among_its_sources_is_left_to_a_person(tmp_path, monkeypatch):
    gulp = 'src("static/a.js"); dest("static")'
    files = {"gulpfile.js": gulp, "package.json": "{}", "package-lock.json": "{}", "static/a.js": ""}

    folder = started(tmp_path, monkeypatch, files)

    assert "where gulp writes is not said plainly" in (folder / "dodo.py").read_text()
    assert "static" not in (folder / ".gitignore").read_text()


def test_requirements_are_copied_whole(tmp_path, monkeypatch):
    said = b"\xef\xbb\xbfsix\r\nidna==3.7 \\\r\n  ; python_version > '3' --hash=sha256:1 --hash=sha256:2  # why\r\n-r base.txt\r\n"

    text = (started(tmp_path, monkeypatch, {"requirements.txt": said}) / "requirements/main.in").read_text()

    assert text.splitlines()[1:] == ["six", "idna==3.7    ; python_version > '3'", "# Left out: -r base.txt"]


def test_files_that_take_in_one_another_are_groups_that_do(tmp_path, monkeypatch):
    files = {
        "requirements/base.txt": "six\n",
        "requirements/dev.txt": "-r base.txt\n--constraint=./base.txt  # held\n-c other.txt\n-r dev.txt\npytest\n",
    }

    text = (started(tmp_path, monkeypatch, files) / "requirements/dev.in").read_text()

    assert text.splitlines()[1:] == [
        "-r base.in",
        "-c base.in",
        "# Left out: -c other.txt",
        "# Left out: -r dev.txt",
        "pytest",
    ]
