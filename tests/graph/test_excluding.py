"""An exclusion in a real graph: edges, staleness, certificate, and what people are told."""

import re

DODO = """
def task_dist():
    return rule(inputs=["src/a.py"], outputs=["src/dist/"], command=["python", "copy.py", "src/a.py", "src/dist/"])
def task_look():
    return rule(inputs=["src/**/*.py"{more}], outputs=["seen"], command=["python", "see.py", "seen"])
"""
COPY = (
    "import pathlib, sys; pathlib.Path(sys.argv[2], 'b.py').write_text(pathlib.Path(sys.argv[1]).read_text())"
)
SEE = """
import pathlib, sys
found = sorted(path for path in pathlib.Path("src").rglob("*.py") if "dist" not in path.parts)
pathlib.Path(sys.argv[1]).write_text("".join(path.read_text() for path in found))
"""


def begin(checkout, more: str = ', "!src/dist/"') -> None:
    checkout.dodo(DODO.replace("{more}", more))
    checkout.write("src/a.py", "1")
    checkout.write("copy.py", COPY)
    checkout.write("see.py", SEE)


def test_what_makes_only_what_is_excluded_is_not_waited_for(checkout):
    begin(checkout, more="")
    assert checkout.build("look") == ["dist", "look"]
    begin(checkout)
    assert checkout.build("look") == ["look"]  # Its declared inputs are others.
    assert checkout.build("look") == []


def test_an_excluded_file_makes_nothing_stale_and_another_does(checkout):
    begin(checkout)
    assert checkout.build("dist", "look") == ["dist", "look"]
    checkout.write("src/dist/c.py", "2")
    assert checkout.build("look") == []
    checkout.write("src/c.py", "3")
    assert checkout.build("look") == ["look"]
    assert checkout.read("seen") == "13"


def test_a_certificate_does_not_rely_on_what_is_excluded(checkout):
    begin(checkout)
    for _ in range(3):
        checkout.run("look")
    checkout.write("src/dist/new.py", "2")  # Its folder is new in a folder that was listed.
    for _ in range(3):
        checkout.run("look")
    before = (checkout.folder / ".buildgraph/ledger").read_bytes()
    assert any((checkout.folder / ".buildgraph/certificates").iterdir())
    checkout.write("src/dist/newer.py", "2")
    run = checkout.run("look")
    assert (run.code, run.text) == (0, "look: up to date\n")
    assert (checkout.folder / ".buildgraph/ledger").read_bytes() == before
    checkout.write("src/c.py", "3")
    assert checkout.build("look") == ["look"]


def test_people_read_the_pattern_with_its_exclusions(checkout):
    begin(checkout)
    assert "src/**/*.py without src/dist/\n" in checkout.run("inputs", "look").text
    checkout.run("look")
    begin(checkout, more=', "!src/a*"')
    assert "its declared inputs changed from src/**/*.py without src/dist/ to src/**/*.py without src/a*" in (
        checkout.run("why", "look").text
    )
    run = checkout.run("look")
    assert "the input 'src/**/*.py without src/a*' matches no file" not in run.text  # `dist` makes one.
    checkout.run("graph", "--output=page.html")
    assert re.search(r"src/\*\*/\*\.py without src/a\*", checkout.read("page.html"))


def test_what_leaves_nothing_over_is_told(checkout):
    begin(checkout, more=', "!src/"')
    told = "the input 'src/**/*.py without src/' matches no file that its exclusions leave over\n"
    assert told in checkout.run("look").text


def test_an_exclusion_that_reaches_nothing_is_told_with_its_line(checkout):
    begin(checkout, more=', "!sources/dist/"')
    run = checkout.run("look")
    assert run.code == 1
    assert run.text == (
        "error: dodo.py, line 6: the exclusion '!sources/dist/' takes nothing out: inputs has no pattern or tree there. "
        "Correct it, or remove it.\n"
    )


def test_a_check_that_writes_among_its_inputs_is_told_how_to_exclude_it(checkout):
    checkout.dodo(
        """
        def task_t(): return check(inputs=["src/"], foreground=True, command=["python", "compile.py"])
        def task_u(): return check(inputs=["src/b.mo"], foreground=True, command=["python", "compile.py"])
        def task_v(): return check(inputs=["src/", "!src/b.mo"], foreground=True, command=["python", "compile.py"])
        """
    )
    checkout.write("src/b.mo", "1")
    checkout.write("compile.py", "import os; open('src/b.mo', 'w').write(str(os.getpid()))")
    said = "'src/b.mo' changed while 't' ran: the result is not recorded; if 't' writes it itself, exclude it from its inputs: '!src/b.mo'\n"
    assert said in checkout.run("t").text
    assert "'src/b.mo' changed while 'u' ran: the result is not recorded\n" in checkout.run("u").text
    assert "not recorded" not in checkout.run("v").text
    assert checkout.run("v").text == "v: up to date\n"
