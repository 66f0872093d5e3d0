"""What can go wrong while an environment is made: one sentence, and the next run is right. By uv and by pip."""

import hashlib
import http.server
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from buildgraph import uv
from buildgraph.errors import BuildError
from buildgraph.installers import NOT_TRUSTED, reason
from buildgraph.rooms.environment import Environment
from buildgraph.rooms.environment.facts import damaged, installed
from buildgraph.rooms.environment.sync import sync as sync_environment
from tests.servers import Quiet, distrusted, serving
from tests.wheels import locked, wheel

ROOT = Path(__file__).resolve().parents[4]
ENV = Environment(("lock.txt",))
MODULE = [sys.executable, *ENV.sync[1:]]
IMPATIENT = {"PIP_DEFAULT_TIMEOUT": "1", "PIP_RETRIES": "0", "UV_HTTP_TIMEOUT": "1", "UV_HTTP_RETRIES": "0"}


@pytest.fixture(params=["uv", "pip"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "pip":
        monkeypatch.setattr(uv, "find", lambda: "")
    return request.param


@pytest.fixture
def lock(project: Path, index: Path) -> Path:
    found = wheel(index, "one", "1.0")
    Path("lock.txt").write_text(locked(found))
    return found


def sync() -> dict[str, str]:
    sync_environment(ENV)
    return installed(Path(ENV.python).absolute())


class Registry(Quiet):
    """Answers 503, or nothing at all below /hang."""

    def do_GET(self) -> None:
        if self.path.startswith("/hang"):
            self.server.ended.wait(60)
        self.send_response(503)
        self.end_headers()


@pytest.fixture
def registry() -> Iterator[str]:
    with serving(Registry) as address:
        yield address


@pytest.mark.slow(keep=2)
@pytest.mark.parametrize(
    ("path", "by_uv"),
    [
        ("/simple", "the registry '{host}': HTTP status server error (503 Service Unavailable)"),
        ("/hang/simple", "the registry did not answer in time"),
        ("nowhere", "the registry '{host}': Connection refused (os error 111)"),
    ],
)
def test_a_registry_that_does_not_serve_is_one_sentence(lock, engine, registry, monkeypatch, path, by_uv):
    url = registry + path if path.startswith("/") else "http://127.0.0.1:9/simple"
    with monkeypatch.context() as patched:
        patched.delenv("PIP_NO_INDEX")
        patched.delenv("PIP_FIND_LINKS")
        patched.setenv("PIP_INDEX_URL", url)
        for name, value in IMPATIENT.items():
            patched.setenv(name, value)
        with pytest.raises(BuildError) as error:
            sync()

    also = f" (uv: {by_uv.format(host=urlsplit(url).netloc)})" if engine == "uv" else ""
    assert str(error.value) == (
        ".venv: the locked packages could not be installed: the registry cannot be reached, does not answer, or "
        f"lacks 'one==1.0'{also}. What was installed stays; run the command again."
    )
    assert sync() == {"one": "1.0"}, "the next run is right"


class Index(Quiet):
    """A registry with one wheel, whose pages are to be asked for again each time (RFC 9111, 5.2.2.1)."""

    wheel: Path

    def do_GET(self) -> None:
        name = self.wheel.name
        page = f'<!doctype html><a href="/{name}#sha256={hashlib.sha256(self.wheel.read_bytes()).hexdigest()}">{name}</a>'
        body = self.wheel.read_bytes() if self.path.endswith(".whl") else page.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/zip" if self.path.endswith(".whl") else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=0")
        self.end_headers()
        self.wfile.write(body)


def test_what_uv_has_downloaded_before_is_installed_without_a_registry(lock, tmp_path, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    for name, value in {**IMPATIENT, "UV_CACHE_DIR": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    Index.wheel = lock
    with serving(Index) as address:
        monkeypatch.setenv("PIP_INDEX_URL", f"{address}/simple")
        assert sync() == {"one": "1.0"}
    shutil.rmtree(ENV.folder)

    assert sync() == {"one": "1.0"}

    shutil.rmtree(ENV.folder)
    shutil.rmtree(tmp_path / "cache")
    with pytest.raises(BuildError, match="the registry"):
        sync()


@pytest.mark.slow(keep=1)
def test_a_certificate_that_is_not_trusted_is_told_as_that(lock, engine, monkeypatch):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    url = distrusted(server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", url)
    for name, value in {**IMPATIENT, "PIP_RETRIES": "1"}.items():  # pip says why it tries again
        monkeypatch.setenv(name, value)
    with pytest.raises(BuildError) as error:
        sync()
    server.shutdown()
    server.server_close()
    assert str(error.value) == (
        f".venv: the locked packages could not be installed: {NOT_TRUSTED}. "
        "What was installed stays; run the command again."
    )


def test_a_full_disk_is_one_sentence(lock, index, project):
    """A disk of two megabytes, in a mount namespace of its own."""
    size = 6 << 20
    Path("lock.txt").write_text(locked(wheel(index, "large", "1.0", body="#" * size)))
    small = project / "small"
    small.mkdir()
    shutil.copy("lock.txt", small.with_suffix(".txt"))
    script = (
        'mount -t tmpfs -o size=4m none "$0" && cp lock.txt "$0" && cd "$0" && shift 0 && '
        'if [ "$1" = probe ]; then exit 0; fi && exec "$@"'
    )
    inside = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, str(small)]
    if subprocess.run([*inside, "probe"], capture_output=True, check=False).returncode:
        pytest.skip("this machine allows no mount namespaces, so there is no small disk")

    done = subprocess.run([*inside, *MODULE], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    *before, last = done.stderr.splitlines()
    assert last.startswith("error: ") and "the disk is full" in last
    assert "error" not in " ".join(before)  # uv may have said what it has prepared


def command_of(engine_name: str) -> list[str]:
    """Return what makes the environment in a process of its own, by pip if uv is not to be found."""
    find = "" if engine_name == "uv" else "import buildgraph.uv; buildgraph.uv.find = lambda: ''; "
    start = f"{find}import sys; from buildgraph.rooms.environment.__main__ import main; main(sys.argv[1:])"
    return [sys.executable, "-c", start, *ENV.sync[3:]]


@pytest.mark.slow(keep=1)
@pytest.mark.parametrize("engine_name", ["uv", "pip"])
def test_a_killed_installation_is_completed_by_the_next(project, index, engine_name):
    wheels = [wheel(index, f"p{number}", "1.0", body="#" * 100_000) for number in range(20)]
    Path("lock.txt").write_text("".join(map(locked, wheels)))
    command = command_of(engine_name)
    began = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    whole = time.monotonic() - began
    for part in (0.3, 0.5, 0.7, 0.8, 0.9):
        shutil.rmtree(".venv")
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(part * whole)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

        subprocess.run(command, check=True, capture_output=True)

        python = Path(ENV.python).absolute()
        assert installed(python) == {f"p{number}": "1.0" for number in range(20)}
        assert not damaged(python, deep=True)


@pytest.mark.slow(keep=1)
@pytest.mark.parametrize("engine_name", ["uv", "pip"])
def test_what_a_killed_installer_wrote_halfway_is_installed_again(project, index, engine_name):
    Path("lock.txt").write_text(locked(wheel(index, "one", "1.0")))
    command = command_of(engine_name)
    subprocess.run(command, check=True, capture_output=True)
    (description,) = Path(".venv").glob("lib/*/site-packages/one-1.0.dist-info/METADATA")
    description.write_text("")

    subprocess.run(command, check=True, capture_output=True)

    assert not damaged(Path(ENV.python).absolute(), deep=True)


def test_of_two_runs_at_once_the_second_waits(lock):
    shutil.copytree(ROOT / "buildgraph", "buildgraph", ignore=shutil.ignore_patterns("__pycache__"))
    Path("dodo.py").write_text(
        "from buildgraph import rule\n"
        "from buildgraph.rooms import environment\n"
        "ENV = environment.Environment(('lock.txt',))\n"
        "def task_env():\n"
        "    return rule(inputs=ENV.files, outputs=ENV.outputs, command=ENV.sync)\n"
    )
    command = [sys.executable, "-m", "buildgraph", "env"]
    runs = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]

    said = [run.communicate()[0] for run in runs]

    assert [run.returncode for run in runs] == [0, 0], said
    assert sum("made    env" in text for text in said) == 1
    assert sum("env: up to date" in text for text in said) == 1
    assert installed(Path(ENV.python).absolute()) == {"one": "1.0"}


@pytest.mark.parametrize(
    ("output", "meaning"),
    [
        ("", "it ended without a word"),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES from the file",
            "a downloaded file does not have the digest",
        ),
        ("error: x\n  cause: [Errno 28] No space left on device", "the disk is full"),
        ("error: top\n  cause: server said no for url (https://user:secret@host/x)\n", "server said no"),
        ("ERROR: first.\nERROR: second.\n", "ERROR: second"),
    ],
)
def test_what_installers_say_is_one_phrase_without_addresses(output, meaning):
    assert reason(output).startswith(meaning)
    assert "secret" not in reason(output)


def test_a_release_without_a_wheel_for_this_machine_is_no_fault_of_the_registry(lock, index):
    lock.rename(lock.with_name(lock.name.replace("py3-none-any", "cp27-cp27m-win32")))
    with pytest.raises(BuildError) as caught:
        sync()
    assert str(caught.value) == (
        ".venv: the locked packages could not be installed: a locked release has no wheel for this Python on this machine. "
        "Lock another release, or a wheel of it by its address (docs/manual/locks.md)."
    )
