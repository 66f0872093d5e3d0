"""`doit affected` lists what a change since a revision can reach, with the reason, and forgets nothing that would run."""

from __future__ import annotations

import os
import random
import shutil
import time

import pytest
from shelled import git, shelled

RULES = """
from buildgraph import run
def task_lock(): return rule(inputs=["a.in"], outputs=["a.lock"], command=S("cp a.in $1", "a.lock"))
def task_made(): return rule(inputs=["src/"], outputs=["build/made"], command=S("cat src/* > $1", "build/made"))
def task_use(): return check(inputs=["build/made"], command=S("true"))
def task_locked(): return check(inputs=["a.lock"], command=S("true"))
def task_judge(): return check(judges=["a.lock", "a.in"], command=S("true"))
def task_tool(): return check(inputs=["other/*.txt", "!other/not.txt"], command=S("true"), tools=["tool.py"])
def task_go(): return run(needs=["made"], command=S("true"))
def task_all(): return {"actions": None, "task_dep": ["use", "tool"]}
def task_plain(): return {"actions": ["true"], "file_dep": ["a.in"]}
"""
FILES = {"a.in": "1", "src/a b": "1", "src/ü": "1", "other/a.txt": "1", "other/not.txt": "1", "tool.py": ""}


@pytest.fixture
def repository(checkout):
    shelled(checkout, RULES)
    for path, text in FILES.items():
        checkout.write(path, text)
    checkout.write(".gitignore", "build/\n.buildgraph/\n__pycache__/\n")
    checkout.write("a.lock", "1")
    git(checkout, "init", "-q")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "x")
    return checkout


def affected(checkout, *words: str, since: str = "HEAD", **environ: str) -> dict[str, str]:
    """Return task → reason, as they are printed."""
    run = checkout.run("affected", f"--since={since}", *words, environ=environ)
    assert run.code == 0, run
    lines = [line.split("  ", 1) for line in run.text.splitlines()[1:]]
    return {name: reason.strip() for name, reason in (line[1].split(" ", 1) for line in lines)}


def test_without_a_change_nothing_is_affected(repository):
    (repository.folder / "a.in").touch()

    run = repository.run("affected", "--since=HEAD")

    commit = git(repository, "rev-parse", "HEAD")[:10]
    assert run.text == f"0 files changed since 'HEAD' ({commit}): none of 7 tasks can be affected\n"


def test_a_file_reaches_who_reads_it_and_what_that_makes_unless_git_tracks_it(repository):
    repository.write("src/a b", "2")
    repository.write("a.in", "2")

    assert affected(repository) == {
        "lock": "it reads 'a.in'",
        "made": "it reads 'src/a b'",
        "use": "it reads what 'made' makes",
        "judge": "it reads 'a.in'",
        "plain": "it reads 'a.in'",
    }
    repository.write("a.lock", "2")
    found = affected(repository)
    assert (found["locked"], found["judge"]) == ("it reads 'a.lock'", "it reads 'a.lock'")


@pytest.mark.parametrize("state", ["unstaged", "staged", "committed"])
def test_new_gone_and_renamed_files_count_however_far_they_were_taken(repository, state):
    repository.write("other/new.txt", "")
    os.rename(repository.folder / "src/ü", repository.folder / "elsewhere")
    since = git(repository, "rev-parse", "HEAD").strip()
    if state != "unstaged":
        git(repository, "add", "-A")
    if state == "committed":
        git(repository, "commit", "-qm", "y")

    found = affected(repository, since=since)

    assert found == {
        "made": "it reads 'src/ü'",
        "use": "it reads what 'made' makes",
        "tool": "it reads 'other/new.txt'",
    }


def test_a_tool_counts_and_what_is_excluded_does_not(repository):
    repository.write("other/not.txt", "2")
    assert affected(repository) == {}
    repository.write("tool.py", "2")
    assert affected(repository) == {"tool": "it runs 'tool.py'"}


def test_names_alone_are_for_another_command(repository):
    repository.write("src/a b", "2")
    repository.write("other/a.txt", "2")

    assert repository.run("affected", "--since=HEAD", "--quiet", "all").text == "use\ntool\n"
    assert repository.run("affected", "-q", "--since=HEAD", "lock").text == ""


def test_what_defines_the_graph_reaches_all(repository):
    repository.write("dodo.py", repository.read("dodo.py") + "\n# more\n")

    assert set(affected(repository).values()) == {"'dodo.py' defines the graph"}
    git(repository, "commit", "-aqm", "y")
    repository.write("rules.py", "")
    repository.write("dodo.py", "import rules\n" + repository.read("dodo.py"))
    git(repository, "add", "-A")
    git(repository, "commit", "-aqm", "z")
    repository.write("rules.py", "# 2")
    assert set(affected(repository).values()) == {"'rules.py' defines the graph"}


def test_a_checkout_in_a_folder_of_its_repository_has_its_own_paths(checkout, another):
    inner = another(checkout.folder / "inner")
    shelled(inner, RULES)
    inner.write("a.in", "1")
    checkout.write("a.in", "1")
    git(checkout, "init", "-q")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "x")
    checkout.write("a.in", "2")
    assert affected(inner) == {}
    inner.write("a.in", "2")
    assert affected(inner)["lock"] == "it reads 'a.in'"


def test_the_users_settings_change_nothing(repository, tmp_path):
    settings = tmp_path / "settings"
    settings.write_text(
        "[core]\nquotePath = true\nfsmonitor = touch started\n[diff]\nexternal = touch started\nrenames = copies\n"
        "noprefix = true\nrelative = false\norderFile = /nowhere\n[status]\nshowUntrackedFiles = no\n"
    )
    repository.write("src/new ü", "2")
    os.rename(repository.folder / "src/ü", repository.folder / "src/other")

    found = affected(repository, GIT_CONFIG_GLOBAL=str(settings))

    assert set(found) == {"made", "use"}
    assert not repository.exists("started")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--since=nope"],
            "error: --since: git knows no commit 'nope' here. A shallow clone has few: 'git fetch --unshallow' fetches the rest.\n",
        ),
        (
            ["--since=--output=x"],
            "error: --since: '--output=x' is not a revision. Name a commit, a branch or a tag.\n",
        ),
        (
            [],
            "error: 'doit affected' compares with a revision, and none is named. Write: 'doit affected --since=origin/main'.\n",
        ),
        (
            ["--since=HEAD^{tree}"],
            "error: --since: git knows no commit 'HEAD^{tree}' here. A shallow clone has few: 'git fetch --unshallow' fetches the rest.\n",
        ),
    ],
)
def test_a_revision_that_is_none_is_refused(repository, words, message):
    run = repository.run("affected", *words)
    assert (run.code, run.text) == (1, message)


def test_outside_of_a_repository_it_says_so(checkout):
    shelled(checkout, RULES)
    run = checkout.run(
        "affected", "--since=HEAD", environ={"GIT_CEILING_DIRECTORIES": str(checkout.folder.parent)}
    )
    assert run.code == 1
    assert "not a git repository" in run.text
    assert run.text.endswith("Ask in a checkout of git.\n")


ASKED = """
import os
try:
    import extra
except ImportError:
    extra = None
def task_text(): return check(inputs=["a.in"], command=S("true", open("text").read()))
def task_named(): return check(inputs=["a.in"], command=S("true", *sorted(os.listdir("members"))))
def task_there(): return check(inputs=["a.in"], command=S("true", str(os.path.exists("flag"))))
def task_extra(): return check(inputs=["a.in"], command=S("true", str(extra)))
"""


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda top: (top / "text").write_text("2"), "text"),
        (
            lambda top: (top / "members/two").mkdir() or (top / "members/two/page").write_text(""),
            "members/two/page",
        ),
        (lambda top: shutil.rmtree(top / "members/one"), "members/one/page"),
        (lambda top: (top / "flag").unlink(), "flag"),
        (lambda top: (top / "extra.py").unlink(), "extra.py"),
    ],
    ids=["read", "listed-comes", "listed-goes", "asked", "imported"],
)
@pytest.mark.parametrize("is_stored", [False, True])
def test_whatever_loading_reads_lists_or_asks_defines_the_graph(repository, edit, told, is_stored):
    shelled(repository, ASKED)
    for path in ("text", "flag", "extra.py", "members/one/page"):
        repository.write(path, "")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "y")
    edit(repository.folder)
    if is_stored:
        repository.build()

    assert set(affected(repository).values()) == {f"'{told}' defines the graph"}
    repository.build()
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "z")
    repository.write("members/page", "")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "a file is listed, too")
    repository.write("members/page", "2")
    assert affected(repository) == {}
    repository.write("new.py", "")
    assert affected(repository) == {}


def test_a_task_that_runs_every_time_is_reached_by_any_change(repository):
    shelled(
        repository,
        'def task_asks(): return check(inputs=["a.in"], always=True, command=S("true"))\n'
        'def task_plain(): return {"actions": ["true"]}\n',
    )
    git(repository, "commit", "-aqm", "y")
    assert affected(repository) == {}
    repository.write("src/a b", "2")
    assert affected(repository) == {"asks": "it runs every time", "plain": "it runs every time"}


@pytest.mark.parametrize(
    ("reads", "told"),
    [
        ("linked/", "linked/inner/file"),
        ("linked/**/file", "linked/inner/file"),
        ("linked/inner/file", "linked/inner/file"),
        ("tree/", "tree/in/inner/file"),
        ("tree/**/file", "tree/in/inner/file"),
        ("file", "file"),
    ],
)
def test_a_file_is_changed_under_all_names_that_links_give_it(repository, reads, told):
    repository.write("far/inner/file", "1")
    (repository.folder / "linked").symlink_to("far")
    (repository.folder / "tree").mkdir()
    (repository.folder / "tree/in").symlink_to("../linked")
    (repository.folder / "tree/self").symlink_to("../tree")
    (repository.folder / "file").symlink_to("linked/inner/file")
    shelled(repository, f'def task_it(): return check(inputs=["{reads}"], command=S("true"))\n')
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "y")
    repository.write("far/inner/file", "2")

    assert affected(repository).keys() == {"it"}
    git(repository, "checkout", "-q", ".")
    (repository.folder / "linked").unlink()
    (repository.folder / "linked").symlink_to("src")
    assert told == "file" or affected(repository).keys() == {"it"}


def test_whatever_lies_in_a_submodule_or_a_repository_within_counts(repository, another):
    for place in ("far", "other/in", "other/new"):
        inner = another(repository.folder.parent / place if place == "far" else repository.folder / place)
        inner.write("a.txt", "1")
        git(inner, "init", "-q")
        git(inner, "add", "-A")
        git(inner, "commit", "-qm", "x")
        if place == "other/in":  # git takes its commit as that of a submodule
            git(repository, "add", "other/in")
    shelled(repository, 'def task_it(): return check(inputs=["other/**/*.txt"], command=S("true"))\n')
    git(repository, "commit", "-aqm", "y")
    assert affected(repository) == {"it": "it reads 'other/new/'"}
    shutil.rmtree(repository.folder / "other/new")
    assert affected(repository) == {}
    repository.write("other/in/a.txt", "2")
    assert affected(repository) == {"it": "it reads 'other/in/'"}


def test_no_setting_has_git_take_a_file_for_the_same(repository):
    path = repository.folder / "src/a b"
    for setting in ("core.trustctime=false", "core.checkStat=minimal"):
        git(repository, "config", *setting.split("="))
    before = path.stat().st_mtime_ns - 10**10
    os.utime(path, ns=(before, before))
    git(repository, "update-index", "--refresh")
    begun = int(time.time())
    while int(time.time()) == begun:  # git compares whole seconds
        time.sleep(0.01)
    path.write_text("2")
    os.utime(path, ns=(before, before))

    assert affected(repository, GIT_GLOB_PATHSPECS="1").keys() == {"made", "use"}


WORLD = """
def task_step():
    for number in range(6):
        reads = {READS}[number]
        made = [f"made/{{number}}"] if number < 4 else []
        verb = rule if made else check
        outputs = {{"outputs": made}} if made else {{}}
        yield verb(name=str(number), inputs=reads, command=S('cat "$@"; test -z "$1" || true') if not made else S('shift 0; o=$1; shift; cat "$@" > $o', *made, *reads), **outputs)
"""


def test_whatever_runs_after_a_change_was_listed_before(repository):
    """The list of a random graph holds each task that a run then starts; files change, come and go."""
    chance = random.Random(19)
    for _ in range(12):
        sources = [f"in/{number}" for number in range(5)]
        reads = [
            sorted(
                {
                    *chance.sample(sources, 2),
                    *(f"made/{other}" for other in range(min(number, 4)) if chance.random() < 0.4),
                }
            )
            for number in range(6)
        ]
        shelled(repository, WORLD.format(READS=reads))
        for path in sources:
            repository.write(path, str(chance.random()))
        repository.write(".gitignore", "made/\n.buildgraph/\n__pycache__/\n")
        git(repository, "add", "-A")
        git(repository, "commit", "-qm", "world")
        repository.build()
        for path in chance.sample(sources, chance.randint(1, 3)):
            repository.write(path, str(chance.random()))

        listed = set(repository.run("affected", "--since=HEAD", "-q").text.split())
        started = set(repository.build())

        assert started <= listed
        assert started
