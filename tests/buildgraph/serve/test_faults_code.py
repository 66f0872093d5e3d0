"""Code that is broken in any way, at the start and in mid-life: the supervisor shows it and recovers by the mend alone."""

from __future__ import annotations

import json

import pytest

from .harness import is_alive, wait_until

GOOD = "SUFFIX = '?'\n"
BROKEN = {
    "syntax": ("x = (\n", "SyntaxError", "was never closed"),
    "indent": ("def f():\nreturn 1\n", "IndentationError", "expected an indented block"),
    "nul_bytes": (b"x = 1\nSUFFIX = '\0'\n", "Error", "null byte"),
    "bad_encoding": (b"x = 1\ny = '\xff\xfe'\n", "SyntaxError", "utf-8"),
    "import_error": ("import does_not_exist_anywhere\n", "ModuleNotFoundError", "does_not_exist_anywhere"),
    "name_error": ("SUFFIX = nothing\n", "NameError", "nothing"),
    "missing_name": ("pass\n", "AttributeError", "SUFFIX"),
    "recursion": ("def f(): f()\nf()\n", "RecursionError", "recursion"),
    "base_exception": ("class Odd(BaseException): pass\nraise Odd('odd')\n", "Odd", "odd"),
    "keyboard_interrupt": ("raise KeyboardInterrupt\n", "KeyboardInterrupt", ""),
    "sys_exit_1": ("import sys\nsys.exit(1)\n", "SystemExit", "sys.exit(1)"),
    "sys_exit_0": ("import sys\nsys.exit(0)\n", "SystemExit", "sys.exit(0)"),
    "os_exit": ("import os\nos._exit(3)\n", "os._exit", "3"),
    "sigkill": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", "SIGKILL", "SIGKILL"),
    "sigterm": ("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n", "SIGTERM", "SIGTERM"),
    "segfault": ("import ctypes\nctypes.string_at(0)\n", "SIGSEGV", "SIGSEGV"),
    "abort": ("import os\nos.abort()\n", "SIGABRT", "SIGABRT"),
    "hang_sleep": ("import time\ntime.sleep(1000)\n", "still starting", "here"),
    "hang_busy": ("while True: pass\n", "still starting", "here"),
    "unprintable": ("class E(Exception):\n def __str__(self): raise ValueError\nraise E\n", "E", "cannot be had"),
    "markup": ("raise ValueError('<script>alert(1)</script>\\x1b[31m')\n", "ValueError", "alert(1)"),
    "surrogate": ("raise ValueError('\\ud800')\n", "ValueError", ""),
}  # fmt: skip
LATE = {"missing_name"}  # what fails when a view is called, not when the module is imported


def shown(served, name):
    """Check that what is wrong is shown to a program, a person and on the console."""
    _, title, message = BROKEN[name]
    found = served.wait_for(title, status=500)
    assert "views.py" in found.text
    page = served.get(Accept="text/html,application/xhtml+xml;q=0.9")
    assert page.status == 500 and "<!doctype html>" in page.text and "views.py" in page.text
    assert "<script>alert" not in page.text
    program = json.loads(served.get(Accept="application/json").body)["error"]
    assert title in program["title"] and message in program["message"]
    assert program["file"].endswith("views.py") and program["line"] >= 1
    assert any(each["lines"] for each in program["frames"])
    served.wait_for_line("waiting for a changed file")
    assert served.output.count("waiting for a changed file") == 1, served.output
    assert "\x1b" not in served.output


@pytest.mark.parametrize("name", sorted(set(BROKEN) - LATE))
def test_code_that_breaks_in_mid_life_is_shown_and_mended_by_a_save(serve, name):
    served = serve()

    served.write("app/views.py", BROKEN[name][0])
    shown(served, name)
    served.write("app/views.py", GOOD)

    served.wait_for("one?")
    assert is_alive(served.process.pid)


@pytest.mark.parametrize("name", sorted(set(BROKEN) - LATE))
def test_code_that_is_broken_at_the_start_is_shown_and_mended_by_a_save(serve, name):
    served = serve(
        wait="", prepare=lambda folder: (folder / "app/views.py").write_bytes(_bytes(BROKEN[name][0]))
    )

    shown(served, name)
    served.write("app/views.py", GOOD)

    served.wait_for("one?")


def _bytes(text):
    return text.encode() if isinstance(text, str) else text


def test_an_error_in_a_view_is_the_same_page_and_the_application_goes_on(serve):
    served = serve()

    found = served.get("/error", Accept="text/html")

    assert found.status == 500 and "ValueError" in found.text and "main.py" in found.text
    assert "&lt;b&gt;from a view" in found.text and "<b>from" not in found.text
    assert served.get("/").text == "one!"


def test_the_page_of_an_error_in_a_view_has_the_request_and_what_names_hold_without_secrets(serve):
    served = serve()

    found = served.get("/error?page=2", Accept="text/html", Cookie="session=abc123")

    assert "<p class=asked>GET /error?page=2</p>" in found.text
    assert "<tr><th>Cookie<td>•••" in found.text and "abc123" not in found.text
    assert "<tr><th>path<td>&#x27;/error&#x27;" in found.text
    as_data = served.get("/error?page=2", Accept="application/json", Cookie="session=abc123")
    assert "abc123" not in as_data.text and '"values": []' in as_data.text


def test_an_error_that_comes_again_is_said_in_full_once(serve):
    served = serve()
    for path in ("/error", "/error?again", "/error"):
        served.get(path)

    repeat = "serve: ValueError: <b>from a view</b>, as before: GET /error\n"
    wait_until(lambda: served.output.count(repeat) == 2, "two repetitions")
    block = served.output[served.output.index("serve: ValueError") :]
    assert block.startswith("serve: ValueError: <b>from a view</b>\n  GET /error\n  app/main.py:")
    assert block.count("<b>from a view</b>\n") == 1
    assert "again" not in served.output


def test_a_start_that_does_not_get_on_and_then_fails_is_shown_as_what_it_is(serve):
    served = serve()
    served.write("app/views.py", "import time\ntime.sleep(3)\nraise LookupError('late')\n")
    served.wait_for("still starting", status=500)
    served.wait_for("LookupError", status=500)
    served.write("app/views.py", "import time\ntime.sleep(3)\nSUFFIX = '?'\n")
    served.wait_for("still starting", status=500)

    served.wait_for("one?")


def test_one_fault_after_the_other_is_shown_and_the_last_mend_serves(serve):
    served = serve()
    for name in ("syntax", "import_error", "sys_exit_1", "segfault", "name_error"):
        served.write("app/views.py", BROKEN[name][0])
        served.wait_for(BROKEN[name][1], status=500)
    served.write("app/views.py", GOOD)

    served.wait_for("one?")


def test_a_fault_in_a_new_file_is_shown_and_mended(serve):
    served = serve()
    served.write("app/new.py", "x = (\n")
    served.write("app/views.py", "from app import new\nSUFFIX = new.SUFFIX\n")
    served.wait_for("new.py", status=500)

    served.write("app/new.py", "SUFFIX = ' new'\n")

    served.wait_for("one new")


def test_an_application_that_is_not_there_is_told_and_found_when_it_is(serve):
    served = serve(wait="", app="app.other:application")
    served.wait_for("No module named 'app.other'", status=500)

    served.write("app/other.py", "from app.main import application\n")

    served.wait_for("one!")


def test_what_cannot_be_called_is_told(serve):
    served = serve(wait="", app="app.words:WORD")

    served.wait_for("is a str, which cannot be called", status=500)


def test_a_retry_starts_again_without_a_change(serve, tmp_path):
    switch = tmp_path / "switch"
    served = serve(
        wait="",
        prepare=lambda folder: (folder / "app/views.py").write_text(
            f"import os\nassert os.path.exists({str(switch)!r})\nSUFFIX = '?'\n"
        ),
    )
    served.wait_for("AssertionError", status=500)
    switch.write_text("")
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    connection.request("POST", "/__serve__/retry")
    assert connection.getresponse().status == 303

    served.wait_for("one?")
