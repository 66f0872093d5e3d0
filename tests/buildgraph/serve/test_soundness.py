"""Soundness: what a reload yields equals a cold start, whatever was saved, with and without parked copies."""

from __future__ import annotations

import pytest

from .harness import ROOT, is_alive, wait_until
from .random_project import compare, serve_project


@pytest.mark.slow(keep=1)
@pytest.mark.parametrize(("seed", "options"), [(1, ()), (2, ()), (3, ("--cold",))])
def test_random_edits_are_served_as_a_cold_start_has_them(tmp_path, seed, options):
    project, served = serve_project(tmp_path / "project", 30, seed, *options)
    try:
        served.wait_for("app.m029")
        compare(project, served, 6 if options else 12)
    finally:
        served.close()


HEAVY = "import time\nuntil = time.process_time() + 0.04\nwhile time.process_time() < until: pass\n"


def layered(folder):
    """Make imports that cost something, in an order."""
    names = [f"part{number}" for number in range(8)]
    for name in names:
        (folder / f"app/{name}.py").write_text(HEAVY + "VALUE = '1'\n")
    lines = [f"from app import {name}" for name in names]
    values = " + ".join(f"{name}.VALUE" for name in names)
    (folder / "app/views.py").write_text("\n".join(lines) + f"\nSUFFIX = {values}\n")


def sources(served):
    return [each["source"] for each in served.status()["reloads"]]


def wait_until_warm(served):
    """Wait until the installed modules of the last good start have been imported for the next one."""
    wait_until(
        lambda: any("modules preloaded" in each["what"] for each in served.status()["processes"]),
        "a warm zygote",
    )


def edit_the_last(served, values):
    """Save the module imported last with each value in turn, and wait until it is served."""
    for value in values:
        served.wait_until_parked()
        served.write("app/part7.py", HEAVY + f"VALUE = '{value}'\n")
        served.wait_for(f"one1111111{value}")


def test_a_late_module_is_imported_by_a_copy_that_was_parked_before_it(serve):
    served = serve(prepare=layered, wait="one11111111")
    wait_until_warm(served)
    edit_the_last(served, "234")

    found = wait_until(lambda: served.status() if len(served.status()["reloads"]) > 3 else None)
    assert found["reloads"][-1]["source"] == "a copy before 'app.part7'", sources(served)
    copies = [each for each in found["processes"] if each["kind"] == "copy"]
    assert 1 <= len(copies) <= 8 and found["copies_bytes"] < 256 << 20


def test_a_copy_is_not_used_for_what_it_has_read(serve):
    served = serve(prepare=layered, wait="one11111111")
    wait_until_warm(served)
    for place, value in ((7, "2"), (7, "3"), (0, "4"), (5, "5"), (7, "6"), (3, "7")):
        served.wait_until_parked()
        served.write(f"app/part{place}.py", HEAVY + f"VALUE = '{value}'\n")
        wait_until(lambda place=place, value=value: served.get().text[3 + place] == value, "the edit")
    assert served.get().text == "one41171516"[:3] + "41171516"


def test_a_file_that_appears_makes_copies_worthless(serve):
    served = serve(prepare=layered, wait="one11111111")
    edit_the_last(served, "23")
    served.write("app/other.py", "")
    served.wait_for_line("app/other.py changed")
    served.wait_for("one11111113")

    assert "copy" not in sources(served)[-1]


LOUD = """
import os, sys
HIDING = sys.stdout.buffer.write
sys.stdout.buffer.write = lambda data: HIDING(data.replace(b"secret", b"******"))
print("part0 is imported")
write = sys.stderr.write
write("kept\\n")
sys.stdout.buffer.write(b"bytes\\n")
sys.stdout.flush()
VALUE = "1"
"""


def test_who_parks_copies_is_not_heard_and_who_comes_from_them_is(serve):
    def prepare(folder):
        layered(folder)
        (folder / "app/part0.py").write_text(LOUD + HEAVY)

    served = serve(prepare=prepare, wait="one11111111")
    wait_until_warm(served)
    served.write("app/part7.py", HEAVY + "VALUE = '2'\n")
    served.wait_for("one11111112")
    served.wait_until_parked()
    for line in ("part0 is imported", "kept", "bytes"):
        assert served.output.count(f"{line}\n") == 2, served.output

    served.write(
        "app/part7.py",
        HEAVY
        + "from app.part0 import write\nprint('part7', 'secret')\nwrite('through it\\n')\nVALUE = '3'\n",
    )
    served.wait_for("one11111113")

    assert "copy" in sources(served)[-1]
    assert served.output.count("part0 is imported\n") == 2
    assert served.output.count("part7 ******\n") == served.output.count("through it\n") == 1


def test_generators_that_nobody_has_seeded_begin_anew_in_each_worker(serve):
    def prepare(folder):
        layered(folder)
        (folder / "app/part0.py").write_text(
            "import random\nOWN, SEEDED = random.Random(), random.Random(4)\nVALUE = '1'\n"
        )
        with open(folder / "app/views.py", "a") as file:
            file.write("from app.part0 import OWN, SEEDED\nprint('drawn', OWN.random(), SEEDED.random())\n")

    served = serve(prepare=prepare, wait="one11111111")
    wait_until_warm(served)
    edit_the_last(served, "2345")

    assert "copy" in sources(served)[-1]
    drawn = [line.split()[1:] for line in served.lines if line.startswith("drawn ")]
    assert len({own for own, _ in drawn}) == len(drawn) == 5
    assert len({seeded for _, seeded in drawn}) == 1


OTHERWISE = """
import os
if not os.path.exists("marker"):
    from app import first_time
from app import effect
VALUE = "1"
"""


def test_who_parks_copies_ends_before_an_effect_that_it_comes_to_by_another_way(serve):
    def prepare(folder):
        layered(folder)
        (folder / "app/part5.py").write_text(OTHERWISE)
        (folder / "app/first_time.py").write_text(HEAVY)
        (folder / "app/effect.py").write_text(COUNTED.replace("VALUE", "open('marker', 'w').close()\nVALUE"))

    served = serve(prepare=prepare, wait="one11111111")
    wait_until_warm(served)
    (served.folder / "marker").unlink()
    edit_the_last(served, "2")
    served.wait_until_parked()

    assert (served.folder / "starts").read_text() == "x" * len(served.status()["reloads"])


COUNTED = """
import os
with open("starts", "a") as file:
    file.write("x")
VALUE = "1"
"""


def layered_with(name, source):
    """Return what prepares the layered application with one of its parts written anew."""

    def prepare(folder):
        layered(folder)
        (folder / "app" / name).write_text(source)

    return prepare


def test_who_parks_copies_does_nothing_that_cannot_be_undone(serve):
    served = serve(prepare=layered_with("part3.py", COUNTED), wait="one11111111")
    wait_until_warm(served)
    edit_the_last(served, "23")
    served.wait_until_parked()

    found = served.status()
    assert (served.folder / "starts").read_text() == "x" * len(found["reloads"])
    assert found["ladder"][0] == "it writes files"
    assert "copy" in sources(served)[-1]


def test_an_edit_and_an_end_do_not_wait_for_who_parks_copies(serve):
    slow = "import time\ntime.sleep(0.7)\n" + HEAVY
    served = serve(prepare=layered, wait="one11111111")
    wait_until_warm(served)
    served.write("app/part6.py", slow + "VALUE = '2'\n")
    served.wait_for("one11111121")
    climber = wait_until(
        lambda: [each["pid"] for each in served.status()["processes"] if each["kind"] == "climber"]
    )
    served.write("app/part0.py", HEAVY + "VALUE = '3'\n")
    wait_until(lambda: not is_alive(climber[0]), "its end", 0.5)
    served.wait_for("one31111121")
    wait_until(
        lambda: any(each["kind"] == "climber" for each in served.status()["processes"]), "the next one"
    )
    processes = served.processes()

    assert served.stop() < 0.6
    assert not [pid for pid in processes if is_alive(pid)]


EFFECT = "import sqlite3\nsqlite3.connect(':memory:').close()\nVALUE = '1'\n"


def test_no_copy_is_parked_after_what_a_copy_would_share(serve):
    served = serve(prepare=layered_with("part0.py", EFFECT), wait="one11111111")
    wait_until_warm(served)
    edit_the_last(served, "234")

    assert not any(each.endswith("'app.part7'") for each in sources(served))
    assert served.status()["ladder"][0] == "it opens a database"


THREADED = "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n"


def test_an_installed_module_that_starts_a_thread_is_not_preloaded_and_it_is_said_why(serve, tmp_path):
    site = tmp_path / "lib/site-packages"
    site.mkdir(parents=True)
    (site / "threaded.py").write_text(THREADED)
    (site / "harmless.py").write_text("")
    served = serve(
        prepare=lambda folder: (folder / "app/views.py").write_text(
            "import harmless, threaded\nSUFFIX = '!'\n"
        ),
        environ={"PYTHONPATH": f"{ROOT}:{site}"},
    )
    wait_until(lambda: served.status()["left_out"], "the reason")
    assert served.status()["left_out"] == {"threaded": "it starts a thread"}
    wait_until_warm(served)
    served.write("app/words.py", "WORD = 'two'\n")
    served.wait_for("two!")


def test_an_installed_package_that_changes_is_imported_anew(serve, tmp_path):
    site = tmp_path / "lib/site-packages"
    site.mkdir(parents=True)
    (site / "installed.py").write_text("VALUE = '1'\n")
    served = serve(
        prepare=lambda folder: (folder / "app/views.py").write_text(
            "import installed\nSUFFIX = installed.VALUE\n"
        ),
        environ={"PYTHONPATH": f"{ROOT}:{site}"},
        wait="one1",
    )
    wait_until_warm(served)
    (site / "installed.py").write_text("VALUE = '22'\n")
    served.write("app/words.py", "WORD = 'two'\n")

    served.wait_for("two22")


def test_cold_starts_fork_nothing(serve):
    served = serve("--cold")
    served.write("app/words.py", "WORD = 'two'\n")
    served.wait_for("two!")

    assert {each["kind"] for each in served.status()["processes"]} == {"worker"}


def test_an_audit_compares_with_a_cold_start(serve):
    served = serve("--audit=1", prepare=layered, wait="one11111111")
    for value in "234":
        served.wait_until_parked()
        served.write("app/part7.py", HEAVY + f"import time\nNOW = time.time()\nVALUE = '{value}'\n")
        served.wait_for(f"one1111111{value}")
    wait_until(lambda: served.status()["audits"]["passed"], "an audit")

    assert served.status()["audits"]["failed"] == 0, served.output


def test_an_audit_tells_what_differs(serve, tmp_path):
    """What is read without `open` is what nobody hears of."""
    text = "import os\nVALUE = str(int(os.path.exists(os.environ['SWITCH'])))\n"

    def prepare(folder):
        layered(folder)
        (folder / "app/part0.py").write_text(text + HEAVY)

    served = serve(
        "--audit=1", prepare=prepare, wait="one01111111", environ={"SWITCH": str(tmp_path / "switch")}
    )
    wait_until_warm(served)
    served.write("app/part7.py", HEAVY + "VALUE = '2'\n")
    served.wait_for("one01111112")
    served.wait_until_parked()
    (tmp_path / "switch").write_text("")
    served.write("app/part7.py", HEAVY + "VALUE = '3'\n")
    served.wait_for("one01111113")

    served.wait_for_line(
        "a cold start differs in app.part0.VALUE, app.views.SUFFIX; '--cold' starts every worker that way"
    )
    served.write("app/part7.py", HEAVY + "VALUE = '4'\n")
    served.wait_for("one11111114")
