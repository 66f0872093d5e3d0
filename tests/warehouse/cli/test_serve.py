"""The server takes its port first, says what is wrong in one sentence, and ends quietly."""

import signal
import socket
import sys
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
import waitress.server

from tests.warehouse.serving import serving
from warehouse.cli import main, serve
from warehouse.cli.serve import WORKER, beside, listen
from warehouse.settings import Settings


@pytest.fixture(autouse=True)
def handlers(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Any:
    """Settings in the environment, built assets in their place, and this process's handler of SIGTERM kept."""
    monkeypatch.setenv("DATABASE_URL", settings.database_url.render_as_string(hide_password=False))
    monkeypatch.setenv("WAREHOUSE_FILES", str(settings.files))
    monkeypatch.setattr("warehouse.settings.BUILT_ASSETS", settings.assets)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What waitress was asked to serve; it is terminated at once."""
    calls: list[dict[str, Any]] = []

    def create_server(application: Any, **options: Any) -> SimpleNamespace:
        calls.append({"application": application, **options})
        return SimpleNamespace(run=lambda: signal.raise_signal(signal.SIGTERM))

    monkeypatch.setattr(waitress.server, "create_server", create_server)
    return calls


def test_the_application_is_served_and_ends_on_a_signal(served: list[dict[str, Any]], capsys: Any):
    assert main(["serve", "--port", "0"]) == 0
    assert len(served) == 1
    assert served[0]["max_request_body_size"] > 100_000_000
    assert capsys.readouterr().out.startswith("Serving on http://127.0.0.1:")


def test_an_ipv6_address_is_written_in_brackets(served: list[dict[str, Any]], capsys: Any):
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        listen("::1", 0).close()
    except Exception:
        pytest.skip("this machine has no IPv6")
    assert main(["serve", "--host", "::1", "--port", "0"]) == 0
    assert capsys.readouterr().out.startswith("Serving on http://[::1]:")


def test_a_port_in_use_is_one_sentence(served: list[dict[str, Any]], capsys: Any):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 1
    assert capsys.readouterr().err == (
        f"warehouse: cannot listen at 127.0.0.1 port {port}: Address already in use. "
        "Choose another with '--port', or end what uses it.\n"
    )
    assert served == []


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1"])
def test_a_bad_address_is_one_sentence(served: list[dict[str, Any]], capsys: Any, host: str):
    assert main(["serve", "--host", host]) == 1
    assert capsys.readouterr().err.startswith(f"warehouse: cannot listen at {host} port 8000: ")
    assert served == []


@pytest.mark.parametrize("port", ["65536", "-1", "http", "²"])
def test_a_bad_port_shows_the_usage(capsys: Any, port: str):
    with pytest.raises(SystemExit) as error:
        main(["serve", f"--port={port}"])
    assert error.value.code == 2
    assert f"'{port}' is not a port; ports are 0 to 65535" in capsys.readouterr().err


def test_missing_assets_are_one_sentence(
    served: list[dict[str, Any]],
    capsys: Any,
    settings: Settings,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("warehouse.settings.BUILT_ASSETS", tmp_path)
    assert main(["serve", "--port", "0"]) == 1
    assert capsys.readouterr().err.startswith("warehouse: the assets are not built: cannot read ")


def test_a_worker_runs_beside_the_web_process(
    served: list[dict[str, Any]], capsys: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
):
    script = f"import sys, pathlib; sys.stdin.read(); pathlib.Path({str(tmp_path / 'ended')!r}).touch()"
    monkeypatch.setattr("warehouse.cli.serve.WORKER", [sys.executable, "-c", script])
    assert main(["serve", "--port", "0", "--worker"]) == 0
    assert (tmp_path / "ended").exists()


def test_the_worker_ends_when_its_input_is_closed(settings: Settings):
    with beside(WORKER) as worker:
        pass
    assert worker.returncode in (0, -signal.SIGTERM)  # the latter before it has begun


@pytest.mark.parametrize(
    ("soft", "hard", "raised", "expected"),
    [(1024, 1_048_576, 4200, 4000), (1024, -1, 4200, 4000), (1024, 2048, 2048, 1848), (8192, 8192, 8192, 4000), (64, 256, 256, 200)],
)  # fmt: skip
def test_there_are_as_many_connections_as_descriptors_allow(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, raised: int, expected: int
):
    limits: list[tuple[int, int]] = []
    system = SimpleNamespace(
        RLIMIT_NOFILE=7,
        RLIM_INFINITY=-1,
        getrlimit=lambda _: (soft, hard),
        setrlimit=lambda _, limit: limits.append(limit),
    )
    monkeypatch.setattr(serve, "resource", system)
    assert serve.connections() == expected
    assert limits == [(raised, hard)]
    monkeypatch.setattr(serve, "resource", None)
    assert serve.connections() == 400


def test_silent_clients_cost_a_connection_and_not_the_site(served: list[dict[str, Any]], settings: Settings):
    main(["serve", "--port", "0"])
    options = {name: served[0][name] for name in ("connection_limit", "asyncore_use_poll", "channel_timeout")}
    with serving(settings, **options) as address, ExitStack() as silent:
        parts = urlsplit(address)
        for _ in range(150):
            client = socket.create_connection((parts.hostname, parts.port), timeout=10)
            silent.enter_context(client)
            client.sendall(b"POST /legacy/ HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n")
        with urlopen(f"{address}/_health/", timeout=10) as answer:
            assert answer.read() == b"OK"
