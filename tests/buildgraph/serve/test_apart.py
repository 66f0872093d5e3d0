"""Services next to the application: each at an address of its own, followed by a supervisor of its own, and all end together."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import sys
from pathlib import Path

import pytest

from buildgraph.act.address import Address
from buildgraph.errors import BuildError
from buildgraph.serve import apart

from .harness import Served, free_port, is_alive, wait_until

MAIN = Address("127.0.0.1", 8000)
KNOWN = {"camo": ("python", "-m", "a"), "inspector": ("/bin/python", "b"), "linehaul": ("python", "c")}
SERVICE = """
import os

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{os.getpid()} NAME {os.environ.get('APP_ADDRESS')} {os.environ.get('OTHER_ADDRESS')}".encode()]
"""


def test_those_that_are_named_run_at_ports_that_follow_the_applications():
    found = apart.chosen(KNOWN, "linehaul, camo,", False, MAIN)

    assert [(each.name, each.address.port) for each in found] == [("camo", 8001), ("linehaul", 8003)]
    assert apart.programs(found) == {
        "camo": (sys.executable, "-m", "a", "--bind=127.0.0.1:8001"),
        "linehaul": (sys.executable, "c", "--bind=127.0.0.1:8003"),
    }


def test_all_of_them_can_be_asked_for():
    found = apart.chosen(KNOWN, "", True, Address("::1", 9000))

    assert [each.name for each in found] == ["camo", "inspector", "linehaul"]
    assert apart.programs(found)["inspector"] == ("/bin/python", "b", "--bind=[::1]:9002")


def test_where_any_port_will_do_each_has_one_that_is_free():
    found = apart.chosen(KNOWN, "", True, Address("127.0.0.1", 0))

    assert all(each.address.port > 1023 for each in found)


@pytest.mark.parametrize(
    ("known", "names", "message"),
    [
        (KNOWN, "cam", "--with: 'cam' is not a service of this repository. Did you mean 'camo'?"),
        (
            KNOWN,
            "camo,zzz",
            "--with: 'zzz' is not a service of this repository. There are camo, inspector, linehaul.",
        ),
    ],
)
def test_a_name_that_is_not_known_is_refused(known, names, message):
    with pytest.raises(BuildError) as refused:
        apart.chosen(known, names, False, MAIN)
    assert str(refused.value) == message


def test_variables_hold_the_addresses_of_those_that_run_and_of_no_others():
    variables = {"SITE_CAMO": "camo", "CAMO_INDEX": "site", "SITE_INSPECTOR": "inspector"}
    found = apart.chosen(KNOWN, "camo", False, Address("0.0.0.0", 8000))

    assert apart.told(variables, "site", Address("0.0.0.0", 8000), found) == {
        "SITE_CAMO": "http://127.0.0.1:8001",
        "CAMO_INDEX": "http://127.0.0.1:8000",
    }


# As real processes


def words(name: str) -> str:
    made = ["python", "-m", "buildgraph.serve", f"--app={name}.main:application", f"--code={name}", "--cold"]
    return f"--apart={name}={json.dumps(made)}"


def write(folder: Path) -> None:
    for name in ("one", "two"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").touch()
        (folder / name / "main.py").write_text(SERVICE.replace("NAME", name))


OPTIONS = (
    *("--code=app", "--told=APP_ADDRESS=app", "--told=OTHER_ADDRESS=two"),
    *(words("one"), words("two")),
)


def three_ports() -> int:
    """Return a port that is free with the two after it."""

    def found() -> int:
        first = free_port()
        return first if all(map(is_closed, (first + 1, first + 2))) else 0

    return int(str(wait_until(found, "three free ports")))


def is_closed(port: int) -> bool:
    try:
        http.client.HTTPConnection("127.0.0.1", port, timeout=2).connect()
    except OSError:
        return True
    return False


def ask(served: Served, place: int) -> list[str]:
    """Return the process, the name and the two addresses that a service answers with."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port + place, timeout=10)
    connection.request("GET", "/")
    answer = connection.getresponse()
    return answer.read().decode().split() if answer.status == 200 else []


def test_each_is_served_told_of_the_others_and_followed_by_itself(serve):
    served = serve(*OPTIONS, "--with=two,one", prepare=write, port=three_ports())
    one = wait_until(lambda: ask(served, 1), "the first answers")
    two = wait_until(lambda: ask(served, 2), "the second answers")
    application = served.get("/pid").text
    assert one[1:] == ["one", f"http://127.0.0.1:{served.port}", f"http://127.0.0.1:{served.port + 2}"]
    served.wait_for_line(f"one | serve: http://127.0.0.1:{served.port + 1} answers after")
    assert f"  one  http://127.0.0.1:{served.port + 1}\n" in served.output
    assert served.output.count("Ctrl-C ends it") == 1

    served.write("one/main.py", SERVICE.replace("NAME", "first"))

    wait_until(lambda: ask(served, 1)[1] == "first", "the edit counts")
    assert (ask(served, 2), served.get("/pid").text) == (two, application)
    served.write("one/main.py", "x = (")
    served.wait_for_line("one | serve: SyntaxError")
    assert (ask(served, 2), served.get("/pid").text) == (two, application)
    served.write("one/main.py", SERVICE.replace("NAME", "mended"))
    wait_until(lambda: ask(served, 1)[1:2] == ["mended"], "the mended one answers")


def test_one_that_is_killed_is_started_again_and_all_end_with_the_application(serve):
    served = serve(*OPTIONS, "--all", prepare=write, port=three_ports())
    wait_until(lambda: ask(served, 1) and ask(served, 2), "both answer")
    before = ask(served, 1)[0]
    programs = {each["kind"]: each["pid"] for each in served.status()["processes"]}

    os.kill(programs["one"], signal.SIGKILL)

    wait_until(lambda: (now := ask(served, 1)) and now[0] != before, "another one answers")
    served.wait_for_line("one | ended with code -9; it is started again")
    assert not is_alive(int(before))
    everyone = served.processes()
    served.stop()
    wait_until(lambda: not any(map(is_alive, everyone)), "all have ended")


def test_those_that_were_not_asked_for_do_not_run(serve):
    served = serve(*OPTIONS, "--with=two", prepare=write, port=three_ports())
    wait_until(lambda: ask(served, 2), "the second answers")

    assert is_closed(served.port + 1)
    assert not re.search(r"^one \|", served.output, re.M)


def test_a_program_is_given_a_port_of_its_own(serve):
    said = json.dumps([sys.executable, "-c", "print('listens at $PORT', flush=True); input()"])

    served = serve(f"--beside=listener={said}")

    served.wait_for_line(f"listener | listens at {served.port + 100}")
