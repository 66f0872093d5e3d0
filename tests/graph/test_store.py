"""Results of cached rules are shared by checkouts: what comes from the store is what the command would have made."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import stat
from hashlib import sha256

import pytest
from conftest import Checkout
from terminals import on_a_terminal

from buildgraph.record.ledger import Ledger

DODO = """
def task_both(): return rule(
    inputs=["a"], outputs=["out/one", "tree/", "pat/*.x"], cached=True, command=["bin/tool", "a", "out/one", "tree/"])
def task_after(): return rule(inputs=["out/one"], outputs=["after"], command=["bin/copy", "out/one", "after"])
"""
TOOL = """#!/bin/sh
echo ran >> ran
mkdir -p "$3/deep" pat
cp "$1" "$2"
echo "$1" > "$3/plain"
printf '#!/bin/sh\\n' > "$3/deep/program"
chmod 755 "$3/deep/program"
echo secret > "$3/closed"
chmod 600 "$3/closed"
cp "$1" pat/1.x
"""


def prepare(checkout, cache: pathlib.Path):
    checkout.environ["XDG_CACHE_HOME"] = str(cache)
    checkout.dodo(DODO)
    checkout.write("bin/tool", TOOL).chmod(0o755)
    checkout.write("bin/copy", '#!/bin/sh\ncp "$1" "$2"\n').chmod(0o755)
    checkout.write("a", "hello\n")
    return checkout


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def store(cache):
    return cache / "buildgraph/store/1"


@pytest.fixture
def first(checkout, cache):
    """A checkout that has kept its results."""
    prepare(checkout, cache)
    assert checkout.build() == ["both", "after"]
    return checkout


@pytest.fixture
def second(another, tmp_path, cache):
    """Another one, deeper, with the same sources."""
    return prepare(another(tmp_path / "a/deeper/checkout"), cache)


def files(checkout) -> dict[str, tuple[int, bytes]]:
    """Return path → mode and content of all but the build's own state and the note of who ran."""
    found = {}
    for path in sorted(checkout.folder.rglob("*")):
        name = path.relative_to(checkout.folder).as_posix()
        if path.is_file() and not name.startswith(".buildgraph/") and name != "ran":
            found[name] = (stat.S_IMODE(path.stat().st_mode), path.read_bytes())
    return found


def cached(run) -> list[str]:
    assert run.code == 0, run
    return [event["task"] for event in run.events if event["event"] == "succeeded" and event["is_cached"]]


def take(checkout, *argv: str) -> list[str]:
    """Run, and return what came from the store; `ran` says that no command of it ran."""
    return cached(checkout.run("-r", "json", *argv))


def blobs(store) -> list[pathlib.Path]:
    return sorted(path for path in (store / "blobs").rglob("*") if not path.is_dir())


def entries(store) -> list[pathlib.Path]:
    return sorted(path for path in (store / "entries").rglob("*") if path.is_file())


def test_another_checkout_takes_what_the_first_has_made_byte_for_byte_and_mode_for_mode(first, second):
    assert take(second) == ["both"]
    assert not second.exists("ran")
    assert files(second) == files(first)
    assert stat.S_IMODE((second.folder / "tree/closed").stat().st_mode) == 0o600
    assert os.access(second.folder / "tree/deep/program", os.X_OK)


def test_after_a_hit_nothing_is_to_be_done_and_what_is_recorded_is_what_a_command_would_have_left(
    first, second
):
    take(second)
    assert second.build() == []
    assert second.run("why", "both").text == "both: up to date\n"
    assert traces(second) == traces(first)
    second.write("a", "other\n")
    assert second.build() == ["both", "after"]
    assert second.read("ran") == "ran\n"


def traces(checkout) -> dict:
    ledger = Ledger(str(checkout.folder / ".buildgraph/ledger"))
    ledger.load()
    return {name: (ledger.trace(name), ledger.owned[name]) for name in ("both", "after")}


def test_outputs_in_the_state_folder_are_shared(first, second):
    for each in (first, second):
        each.dodo(DODO.replace("out/one", ".buildgraph/made/one").replace("tree/", ".buildgraph/made/tree/"))
    first.build()
    assert take(second) == ["both"]
    assert second.read(".buildgraph/made/tree/plain") == first.read(".buildgraph/made/tree/plain")
    assert second.build() == []


def test_a_reverted_edit_comes_from_the_store(first):
    first.write("a", "other\n")
    first.build()
    first.write("a", "hello\n")
    assert take(first) == ["both"]
    assert first.read("ran") == "ran\n" * 2
    assert first.read("after") == "hello\n"


def test_the_words_of_a_run_tell_what_ran_and_what_did_not(first, second):
    said = re.sub(r"\d+\.\d\d s", "0.00 s", second.run().text)
    assert said == (
        "cached  both  0.00 s\nmade    after  0.00 s\n"
        "both, after: 1 ran, 1 from the cache, 0 reused in 0.00 s\n"
    )
    table = second.run("trace").text.splitlines()[1]
    assert re.search(r" doit +1 +1 ", table)
    told = second.run("trace", "1").text
    assert "1 ran, 1 from the cache, 0 reused in" in told
    assert "from the cache: its command did not run" in told
    assert ", from the cache</li>" in second.read(".buildgraph/trace.html")
    second.write("out/one", "tampered")
    second.build()
    assert second.run("why").text == "both: up to date\nafter: up to date\n"


def test_a_tampered_output_comes_from_the_store(first):
    first.write("out/one", "tampered")
    assert take(first) == ["both"]
    assert first.read("out/one") == "hello\n"


def test_an_edited_output_does_not_damage_the_store(first, second, store):
    for path in ("out/one", "tree/plain", "tree/closed"):
        (first.folder / path).write_text("edited")
    assert not any(path.read_bytes() == b"edited" for path in blobs(store))
    assert all(path.stat().st_nlink == 1 for path in blobs(store))
    assert take(second) == ["both"]
    assert second.read("out/one") == "hello\n"


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it.write("a", "other\n"),
        lambda it: it.write("bin/tool", TOOL + ":\n"),
        lambda it: it.dodo(
            DODO.replace('command=["bin/tool"', 'environment={"X": "1"}, command=["bin/tool"')
        ),
        lambda it: it.dodo(DODO.replace('command=["bin/tool"', 'inherit=["X"], command=["bin/tool"')),
        lambda it: it.dodo(DODO.replace('command=["bin/tool"', 'tools=["a"], command=["bin/tool"')),
        lambda it: it.dodo(DODO.replace('inputs=["a"]', 'inputs=["a", "bin/copy"]')),
        lambda it: it.dodo(DODO.replace('"pat/*.x"]', '"pat/*.x"], may_be_empty=["out/one"]')),
        lambda it: it.dodo(
            DODO.replace('command=["bin/tool"', 'environment={"X": "{root}"}, command=["bin/tool"')
        ),
    ],
    ids=["input", "program", "environment", "inherited", "tool", "inputs", "may be empty", "root"],
)
def test_whatever_decides_another_result_misses(first, second, change):
    change(second)
    (second.folder / "bin/tool").chmod(0o755)
    assert take(second) == []
    assert second.read("ran") == "ran\n"


def test_another_value_of_an_inherited_variable_misses(first, second):
    for each in (first, second):
        each.dodo(DODO.replace('command=["bin/tool"', 'inherit=["FLAVOUR"], command=["bin/tool"'))
    first.build(environ={"FLAVOUR": "sweet"})
    assert cached(second.run("-r", "json", environ={"FLAVOUR": "sour"})) == []
    assert cached(second.run("-r", "json", environ={"FLAVOUR": "sweet"})) == ["both"]


def test_another_umask_misses_so_that_modes_are_as_a_command_would_have_left_them(first, second):
    before = os.umask(0o077)
    os.umask(before)
    second.dodo(DODO + "import os\nos.umask(0o077)\n")
    assert take(second) == []
    assert stat.S_IMODE((second.folder / "tree/plain").stat().st_mode) == 0o600


def test_no_cache_takes_and_keeps_nothing(first, second, store):
    before = entries(store)
    second.write("a", "other\n")
    assert second.build("--no-cache") == ["both", "after"]
    second.write("a", "hello\n")
    assert take(second, "--no-cache") == []
    assert second.read("ran") == "ran\n" * 2
    assert entries(store) == before


@pytest.mark.parametrize("place", ["dodo.py", "pyproject.toml"])
def test_settings_can_leave_the_store_out(first, second, place):
    if place == "dodo.py":
        second.dodo("DOIT_CONFIG = {'cache': False}\n" + DODO)
    else:
        second.write("pyproject.toml", "[tool.doit.commands.run]\ncache = false\n")
    for _ in range(3):  # Then with a certificate, and from a stored graph.
        assert second.run("both").code == 0
    second.write("out/one", "tampered")
    assert cached(second.run("-r", "json", "both")) == []
    second.write("out/one", "tampered")
    assert "cached" not in second.run("both").text
    assert second.read("ran") == "ran\n" * 3


def test_a_forced_run_runs_commands_and_keeps_what_they_make(first, second, store):
    for path in entries(store):
        path.unlink()
    assert take(second, "--always-execute") == []
    assert len(entries(store)) == 1
    assert take(second, "--always-execute") == []
    assert second.read("ran") == "ran\n" * 2


def test_a_rule_that_does_not_say_so_is_neither_kept_nor_taken(first, store):
    assert len(entries(store)) == 1
    first.dodo(DODO.replace("cached=True, ", ""))
    first.write("a", "other\n")
    first.build()
    assert len(entries(store)) == 1


def test_being_cached_is_not_part_of_what_is_compared(first):
    first.dodo(DODO.replace("cached=True, ", ""))
    assert first.build() == []


def test_a_command_carries_that_it_is_cached(checkout, cache, store):
    prepare(checkout, cache)
    checkout.dodo("""
from buildgraph.rules.command import Command
def task_t(): return rule(inputs=["a"], outputs=["b"], command=Command(["bin/copy", "a", "b"], cached=True))
""")
    checkout.build()
    assert len(entries(store)) == 1


@pytest.mark.parametrize("question", ["verify", "audit"])
def test_what_judges_a_rule_runs_its_command(first, second, cache, question):
    """Neither takes a result from the store nor keeps one: after it there is no store."""
    take(second)
    shutil.rmtree(cache)
    run = second.run(question, "both")
    assert run.code in (0, 1), run
    assert "both: " in run.text
    assert not cache.exists()
    if question == "audit":
        assert second.read("ran") == "ran\n"


def test_a_terminal_is_told_where_a_result_came_from(first, second):
    take(second)
    said = on_a_terminal(second, "why", "both", columns=120, environ=second.environ)[1]
    assert re.search(
        r"up to date; it came from the cache on \d{4}-\d\d-\d\d \d\d:\d\d: it has no recorded success", said
    )
    said = on_a_terminal(first, "why", "both", columns=120, environ=first.environ)[1]
    assert "up to date; it ran last on" in said
    second.dodo(
        DODO
        + "def task_next(): return rule(inputs=['out/one'], outputs=['next'], command=['bin/copy', 'out/one', 'next'])"
    )
    second.build()
    first.write("a", "other\n")
    first.build()
    second.write("a", "other\n")
    assert take(second, "both") == ["both"]
    told = second.run("why", "next").text
    assert "; 'both' came from the cache because the input 'a' changed" in told


# What is not kept


def test_a_failure_is_not_kept(checkout, cache, store):
    prepare(checkout, cache)
    checkout.write("bin/tool", TOOL + "exit 3\n").chmod(0o755)
    assert checkout.run("both").code == 1
    assert entries(store) == []
    assert checkout.run("both").code == 1
    assert checkout.read("ran") == "ran\n" * 2


def test_a_result_whose_input_changed_while_the_command_ran_is_not_kept(checkout, cache, store):
    prepare(checkout, cache)
    checkout.write("bin/tool", TOOL + "echo more >> a\n").chmod(0o755)
    run = checkout.run("both")
    assert "'a' changed while 'both' ran: the result is not recorded" in run.text
    assert entries(store) == []


def test_a_run_with_arguments_is_not_kept_and_one_with_options_has_a_result_of_its_own(
    checkout, cache, store
):
    prepare(checkout, cache)
    checkout.dodo("""
from buildgraph.rules.verbs import option
def task_t(): return rule(inputs=["a"], outputs=["b"], cached=True, arguments=True, options=[option("level", 1)], command=["bin/copy", "a", "b"])
""")
    checkout.build("t", "word")
    assert entries(store) == []
    checkout.build("t", "--level=2")
    checkout.build("t", "--level=3")
    assert len(entries(store)) == 2
    assert take(checkout, "t", "--level=2") == ["t"]


def test_links_are_not_kept(checkout, cache, store):
    prepare(checkout, cache)
    checkout.dodo(
        'def task_t(): return rule(inputs=["a"], outputs=["b/"], cached=True, command=["bin/link", "b/"])'
    )
    checkout.write("bin/link", '#!/bin/sh\ncp a "$1/a"\nln -s a "$1/link"\n').chmod(0o755)
    checkout.build()
    assert entries(store) == []
    assert checkout.build() == []


def test_what_goes_outside_through_a_link_is_neither_kept_nor_taken(first, second, store, tmp_path):
    (tmp_path / "outside").mkdir()
    (second.folder / "out").symlink_to(tmp_path / "outside")
    before = entries(store)
    assert take(second) == []
    assert entries(store) == before
    assert (tmp_path / "outside/one").read_text() == "hello\n"


def test_files_of_others_in_a_tree_stay_and_are_not_kept(checkout, cache, store):
    prepare(checkout, cache)
    checkout.dodo(
        'def task_t(): return rule(inputs=["a"], outputs=["pat/*.x"], cached=True, command=["bin/pat"])'
    )
    checkout.write("bin/pat", "#!/bin/sh\nmkdir -p pat; cp a pat/1.x\n").chmod(0o755)
    checkout.write("pat/others.x", "others")
    checkout.build()
    assert entries(store) == []
    assert checkout.read("pat/others.x") == "others"


SECRET = "hunter2-in-plain-sight"


def test_no_value_of_a_variable_and_no_word_is_in_the_store(checkout, cache):
    prepare(checkout, cache)
    checkout.dodo(f"""
from buildgraph.rules.verbs import option
def task_t(): return rule(inputs=["a"], outputs=["b"], cached=True, inherit=["PLAIN"], environment={{"FIXED": "{SECRET}"}}, options=[option("word", "")], command=["bin/copy", "a", "b"])
""")
    checkout.build("t", f"--word={SECRET}", environ={"PLAIN": SECRET})
    found = [path for path in cache.rglob("*") if path.is_file()]
    assert found
    assert not [path for path in found if SECRET.encode() in path.read_bytes() or SECRET in path.name]


REFUSED = {
    "always=True": "a rule with 'always' depends on outside state, so its result is never kept",
    "network=True": "a rule with 'network' reaches the network, so its result is never kept",
    "fills=['x/']": "a rule with 'fills' fills folders beyond its outputs, of which nothing is kept",
    "inherit=['API_TOKEN']": (
        "the variable 'API_TOKEN' is a secret by its name, so a result that may contain it is never kept"
    ),
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_cannot_be_kept_is_refused(checkout, said):
    checkout.dodo(f"def task_t(): return rule(outputs=['b'], cached=True, {said}, command=['python'])")
    run = checkout.run()
    assert run.text == f"error: dodo.py, line 2: {REFUSED[said]}. Leave out cached=True.\n"
    assert run.code == 1


@pytest.mark.parametrize("verb", ["check", "run", "service"])
def test_only_a_rule_is_cached(checkout, verb):
    checkout.dodo(f"from buildgraph import run\ndef task_t(): return {verb}(cached=True, command=['python'])")
    assert checkout.run().text == (
        f"error: dodo.py, line 3: {verb}() has no 'cached'. Only what a rule() makes is kept.\n"
    )


# Discovered inputs


DISCOVERING = """
def task_t(): return rule(inputs=["main"], outputs=["out"], discovers="found.json", cached=True, command=["bin/join", "main", "out", "found.json"])
"""
JOIN = """#!/bin/sh
echo ran >> ran
if [ -e lib/_part ]; then part=lib/_part; else part=lib/part; fi
cat "$1" "$part" > "$2"
ls other >> "$2"
printf '{"inputs": ["main", "lib/_part", "%s"], "folders": ["other"]}' "$part" > "$3"
"""


def discovering(checkout, cache):
    checkout.environ["XDG_CACHE_HOME"] = str(cache)
    checkout.dodo(DISCOVERING)
    checkout.write("bin/join", JOIN).chmod(0o755)
    for path in ("main", "lib/part", "other/1"):
        checkout.write(path, f"{path}\n")
    return checkout


@pytest.fixture
def pair(checkout, another, tmp_path, cache):
    """Two checkouts, the first of which has kept its result."""
    discovering(checkout, cache)
    assert checkout.build() == ["t"]
    return checkout, discovering(another(tmp_path / "x/y/second"), cache)


def test_what_was_discovered_is_compared_as_freshness_does(pair):
    first, second = pair
    assert take(second) == ["t"]
    assert second.read("out") == first.read("out")
    assert second.build() == []
    second.write("lib/part", "changed\n")
    assert take(second) == []
    assert second.read("out") == "main\nchanged\n1\n"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("lib/part", "main\nnew\n1\n"),
        ("lib/_part", "main\nnew\n1\n"),
        ("other/2", "main\nlib/part\n1\n2\n"),
        ("main", "new\nlib/part\n1\n"),
    ],
    ids=["changed", "one that wins now", "folder lists another", "declared"],
)
def test_a_file_that_would_make_another_result_misses(pair, path, expected):
    _, second = pair
    second.write(path, "new\n")
    assert take(second) == []
    assert second.read("out") == expected


def test_results_of_several_states_are_all_found_again(pair):
    first, second = pair
    states = [("lib/part", "1"), ("lib/part", "2"), ("lib/_part", "3"), ("lib/part", "4"), ("other/2", "")]
    for path, text in states:
        first.write(path, text)
        first.build()
    made = first.read("out")
    for path, text in states:
        second.write(path, text)
    assert take(second) == ["t"]
    assert second.read("out") == made
    (second.folder / "lib/_part").unlink()
    (second.folder / "other/2").unlink()
    second.write("lib/part", "2")
    assert take(second) == ["t"]
    assert second.read("out") == "main\n21\n"


# What is damaged, hostile or closed

NOTE = "note: the kept result of 'both' was damaged; it is removed, and the command runs"


def damage(path: pathlib.Path, how: str) -> None:
    if how == "byte":
        data = bytearray(path.read_bytes())
        data[0] ^= 1
        path.write_bytes(data)
    elif how == "shorter":
        os.truncate(path, path.stat().st_size - 1)
    elif how == "longer":
        path.write_bytes(path.read_bytes() + b"x")
    elif how == "empty":
        os.truncate(path, 0)
    else:
        path.unlink()
        if how == "pipe":
            os.mkfifo(path)
        elif how == "link":
            path.symlink_to("/etc/passwd")
        elif how == "folder":
            path.mkdir()


@pytest.mark.parametrize("how", ["byte", "shorter", "longer", "empty", "pipe", "link", "folder"])
def test_a_damaged_blob_is_a_miss_that_is_said_once_and_mended(first, second, store, how):
    for path in blobs(store):
        damage(path, how)
    run = second.run()
    assert run.code == 0
    assert run.text.count(NOTE) == 1
    assert second.read("ran") == "ran\n"
    assert files(second) == files(first)
    (second.folder / "out/one").unlink()
    run = second.run()
    assert NOTE not in run.text
    assert second.read("ran") == "ran\n"


def test_a_blob_that_has_gone_is_a_miss(first, second, store):
    blobs(store)[0].unlink()
    run = second.run()
    assert "note:" not in run.text
    assert second.read("ran") == "ran\n"
    (second.folder / "out/one").unlink()
    assert take(second) == ["both"]


@pytest.mark.parametrize("how", ["byte", "shorter", "longer", "empty", "pipe", "link", "gone"])
def test_a_damaged_entry_is_a_miss_and_replaced(first, second, store, how):
    for path in entries(store):
        damage(path, how)
    assert take(second) == []
    assert files(second) == files(first)
    (second.folder / "out/one").unlink()
    assert take(second) == ["both"]


def rewritten(path: pathlib.Path, change) -> None:
    """Let an entry say something else, with a right check sum."""
    said = json.loads(path.read_bytes().partition(b"\n")[2])
    change(said["files"])
    text = json.dumps(said).encode()
    path.write_bytes(sha256(text).hexdigest().encode() + b"\n" + text)


PATHS = (
    "../x",
    "/tmp/x",
    "tree/../../x",
    "dodo.py",
    "tree/",
    "other",
    "tree/__pycache__/x",
    "",
    "a\0b",
    "tree//x",
    "./after",
)


@pytest.mark.parametrize("path", PATHS)
def test_an_entry_that_names_another_place_is_not_used(first, second, store, path, tmp_path):
    rewritten(entries(store)[0], lambda files: files.update({path: files["out/one"]}))
    before = {each for each in tmp_path.rglob("*") if second.folder not in each.parents}
    assert take(second) == []
    assert second.read("ran") == "ran\n"
    assert files(second) == files(first)
    assert {each for each in tmp_path.rglob("*") if second.folder not in each.parents} - before <= {
        each for each in tmp_path.rglob("*") if "cache" in each.parts or "checkout-output" in each.parts
    }


def test_an_entry_without_an_output_is_not_used(first, second, store):
    rewritten(entries(store)[0], lambda files: files.pop("out/one"))
    assert take(second) == []


def test_nothing_is_written_through_a_link_in_a_tree(first, second, store, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    second.write("pat/.keep", "")
    (second.folder / "pat/sub").symlink_to(outside)
    rewritten(entries(store)[0], lambda files: files.update({"pat/sub/evil.x": files["out/one"]}))
    assert take(second) == []
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("kind", ["blobs", "entries", "new"])
def test_a_store_with_links_in_the_place_of_folders_is_not_used(first, second, store, kind, tmp_path):
    (store / kind).rename(tmp_path / "elsewhere")
    (store / kind).symlink_to(tmp_path / "elsewhere")
    run = second.run()
    assert f"note: the store of results is not used: '{store / kind}' is a link. Remove it.\n" in run.text
    assert second.read("ran") == "ran\n"


def test_a_store_that_others_can_write_is_not_used(first, second, store):
    store.chmod(0o777)
    run = second.run()
    assert run.text.startswith(
        f"note: the store of results is not used: '{store}' can be written by others. Remove it, or run 'chmod 700 {store}'.\n"
    )
    assert second.read("ran") == "ran\n"


def test_the_store_is_the_users_alone(first, store):
    assert [stat.S_IMODE(path.stat().st_mode) for path in (store.parent, store)] == [0o700] * 2
    for path in store.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_a_cache_that_cannot_be_made_costs_a_sentence(checkout, cache):
    prepare(checkout, cache)
    cache.write_text("a file")
    run = checkout.run()
    assert run.code == 0
    assert run.text.startswith(
        f"note: the store of results cannot be written '{cache}/buildgraph': Not a directory; this run keeps nothing there\n"
    )
    assert checkout.run().text == "both, after: up to date\n"


def test_an_unwritable_store_is_read_and_costs_a_sentence(ordinary):
    cache = ordinary.folder / "cache"
    prepare(ordinary, cache)
    for path in (ordinary.folder, *ordinary.folder.rglob("*")):
        os.chown(path, 65534, 65534)
    ordinary.build()
    folders = [path for path in cache.rglob("*") if path.is_dir()]
    for folder in folders:
        folder.chmod(0o500)
    try:
        (ordinary.folder / "out/one").unlink()
        assert take(ordinary) == ["both"]
        ordinary.write("a", "other\n")
        run = ordinary.run()
        assert run.code == 0
        assert run.text.count("note: the store of results cannot be written") == 1
    finally:
        for folder in folders:
            folder.chmod(0o700)


@pytest.mark.parametrize("pages", range(0, 40, 3))
def test_a_full_disk_of_the_cache_fails_no_build_and_leaves_nothing_half_written(small_disk, tmp_path, pages):
    engine, seen = small_disk
    for path in seen.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    it = prepare(Checkout(engine, tmp_path / "it"), pathlib.Path("/", *seen.parts[4:]))
    (seen / "filler").write_bytes(b"x" * (os.statvfs(seen).f_bavail - pages) * 4096)
    run = it.run()
    assert run.code == 0, run
    assert run.text.count("No space left on device; this run keeps nothing there") <= 1
    assert it.run().text == "both, after: up to date\n"
    (seen / "filler").unlink()
    store = seen / "buildgraph/store/1"
    assert all(sha256(path.read_bytes()).hexdigest() == path.name for path in blobs(store))
    it.write("a", "other\n")
    assert it.run().code == 0
    assert len(entries(store)) >= 1
    (it.folder / "out/one").unlink()
    assert take(it) == ["both"]


def test_nothing_is_appended_through_a_link(first, second, store, tmp_path):
    (tmp_path / "precious").write_text("precious")
    (store / "size").unlink()
    (store / "size").symlink_to(tmp_path / "precious")
    second.write("a", "other\n")
    run = second.run()
    assert run.code == 0
    assert run.text.count("note: the store of results cannot be written") == 1
    assert (tmp_path / "precious").read_text() == "precious"


def test_an_entry_that_lists_other_discoveries_than_it_was_found_by_is_not_used(pair, store):
    _, second = pair
    listed = b'{"inputs": ["main"], "folders": []}'
    name = sha256(listed).hexdigest()
    (store / "blobs" / name[:2]).mkdir(exist_ok=True)
    (store / "blobs" / name[:2] / name).write_bytes(listed)
    rewritten(entries(store)[0], lambda files: files.update({"found.json": [name, len(listed), 0o644]}))
    assert take(second) == []
    assert second.read("ran") == "ran\n"


PLAIN = """
import time
from buildgraph.store.dealing import Dealing
fetch = Dealing.fetch
def late(dealing):
    time.sleep(0.3)
    return fetch(dealing)
Dealing.fetch = late
def write(path):
    with open(path, "w") as file:
        file.write("news")
def task_z(): return {"actions": [(write, ["WHAT"])]}
"""


@pytest.mark.parametrize("path", ["lib/part", "lib/_part", "other/2"])
def test_what_a_plain_task_changes_while_a_result_is_taken_is_seen(pair, path):
    """The result was found before that, and is fetched after it."""
    _, second = pair
    second.dodo(DISCOVERING + PLAIN.replace("WHAT", path))
    run = second.run("-n2")
    assert run.code == 0, run
    assert "changed while 't' ran: the result is not recorded" in run.text
    second.dodo(DISCOVERING)
    assert take(second) == []
    assert second.read("ran") == "ran\n"
