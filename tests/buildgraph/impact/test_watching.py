"""Saves are followed: each runs what it affects, a mend rings, and Ctrl-C ends it, also while pytest starts."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .harness import IMPACT, Project
from .test_runs import FILES

SECONDS = 60.0


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT of one process")
def test_a_save_runs_what_it_affects_and_a_mend_rings(tmp_path: Path):
    project = Project(tmp_path / "project")
    project.write(FILES)
    told = tmp_path / "output"
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *IMPACT, "--watch"]
    with told.open("w") as file:
        process = subprocess.Popen(
            words, cwd=project.root, env=project.environment(), stdout=file, stderr=file
        )

    def runs() -> list[str]:
        return told.read_text().split("waiting for a save; Ctrl-C ends")

    try:
        wait_until(lambda: len(runs()) == 2)
        assert "impact: 6 ran, 0 reused" in runs()[0]
        time.sleep(0.5)  # until the folders are watched

        project.write({"app/words.py": FILES["app/words.py"].replace("== '!'", "!= '!'")})
        wait_until(lambda: len(runs()) == 3)
        assert "impact: 2 ran, 4 reused" in runs()[1] and "FAILED" in runs()[1]
        assert not runs()[1].endswith("\a")

        project.write({"app/words.py": FILES["app/words.py"]})
        wait_until(lambda: len(runs()) == 4)
        assert runs()[2].endswith("\a")
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(SECONDS)

    assert code == 0
    assert "Traceback" not in told.read_text()


LOADING = "import pathlib, time\npathlib.Path('begun').touch()\ntime.sleep(60)\n"


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT of one process")
@pytest.mark.parametrize(
    ("name", "code", "said"), [("conftest.py", 130, ""), ("test_it.py", 2, "KeyboardInterrupt")]
)
def test_a_ctrl_c_is_no_traceback_of_python_s_start(tmp_path: Path, name: str, code: int, said: str):
    project = Project(tmp_path / "project")
    project.write({name: LOADING})
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *IMPACT]
    process = subprocess.Popen(
        words,
        cwd=project.root,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    wait_until((project.root / "begun").exists)
    process.send_signal(signal.SIGINT)
    output = process.communicate(timeout=SECONDS)[0]
    assert process.returncode == code
    assert said in output
    assert "Traceback" not in output
    assert "runpy" not in output
