"""Lines of an access log are read as what they are; what no file server writes counts for nothing."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from linehaul.agents import Agent, agent_of
from linehaul.counting import downloads
from linehaul.lines import Request, request_of

NOW = datetime.now(UTC)
PIP = json.dumps({"ci": None, "installer": {"name": "pip", "version": "24.0"}, "python": "3.12.1"})


def line(
    path: str = "/packages/ab/cd/x-1.0-py3-none-any.whl",
    agent: str = "pip/24.0",
    status: int = 200,
    method: str = "GET",
    when: datetime = NOW,
    head: str = "192.0.2.1 - -",
) -> str:
    time = when.strftime("%d/%b/%Y:%H:%M:%S %z")
    return f'{head} [{time}] "{method} {path} HTTP/1.1" {status} 1234 "-" "{agent}"'


@pytest.mark.parametrize(
    ("text", "agent"),
    [
        (f"pip/24.0 {PIP}", Agent("pip", "24.0")),
        ("pip/1.5.4 CPython/2.7.6 Linux/3.13.0-37-generic", Agent("pip", "1.5.4")),
        (f"uv/0.5.1 {PIP}", Agent("uv", "0.5.1")),
        ("poetry/1.8.3 CPython/3.12.1 Linux/6.5.0", Agent("poetry", "1.8.3")),
        ("pdm/2.12.3 unearth/0.14 httpx/0.26", Agent("pdm", "2.12.3")),
        ("unearth/0.14.0", Agent("pdm", "0.14.0")),
        ("hatch/1.12 cpython/3.12", Agent("hatch", "1.12")),
        ("pex/2.1.159", Agent("pex", "2.1.159")),
        ("conda/23.1.0 requests/2.28.1 CPython/3.10.9", Agent("conda", "23.1.0")),
        ("Bazel/release 6.4.0", Agent("bazel", "6.4.0")),
        ("setuptools/69.0 Python-urllib/3.12", Agent("setuptools", "69.0")),
        ("Python-urllib/3.8 setuptools/49.2", Agent("setuptools", "49.2")),
        ("Python-urllib/3.8", Agent("urllib", "3.8")),
        ("twine/5.0.0 requests/2.31.0 CPython/3.12.1", Agent("twine", "5.0.0")),
        ("python-requests/2.31.0", Agent("requests", "2.31.0")),
        (
            "bandersnatch/6.5.0 (cpython 3.11.4-final0, Linux x86_64) (aiohttp 3.8.5)",
            Agent("bandersnatch", "6.5.0"),
        ),
        ("devpi-server/6.9.2 (py3.11.4; linux)", Agent("devpi", "6.9.2")),
        ("Sonatype-Nexus/3.18", Agent("nexus", "3.18")),
        ("Mozilla/5.0 (X11; Linux x86_64)", Agent("browser", "5.0")),
        ("curl/8.5.0", Agent("curl", "8.5.0")),
        ("pip/", Agent("pip")),
        ("pip/unknown", Agent("pip")),
        ("pipx/1.0", Agent("other")),
        ("not pip/24.0", Agent("other")),
        ("", Agent("other")),
    ],
)
def test_a_user_agent_is_the_installer_that_it_begins_with(text, agent):
    assert agent_of(text) == agent


@pytest.mark.parametrize(
    "head",
    [
        "192.0.2.1 - -",
        "2001:db8::1 - ann",
        "<134>Nov 29 10:00:00 files nginx: 192.0.2.1 - -",
        "<134>1 2026-11-29T10:00:00Z files nginx 12 - - 192.0.2.1 - -",
    ],
)
def test_a_line_is_read_with_and_without_the_head_of_syslog(head):
    when = datetime(2026, 11, 30, 1, 30, tzinfo=UTC).astimezone(
        tz=datetime.fromisoformat("2026-01-01T00:00+03:00").tzinfo
    )
    found = request_of(
        line("/packages/a%2Bb.whl?x=1", f"pip/24.0 {PIP}".replace('"', r"\x22"), when=when, head=head)
    )

    assert found == Request(date(2026, 11, 29 + 1), "GET", "/packages/a+b.whl", 200, f"pip/24.0 {PIP}")


def test_quotes_of_both_kinds_are_read():
    assert request_of(line(agent=r"a\"b\\c")).agent == r'a"b\c'
    assert request_of(line(agent=r"a\x22b\x5Cc")).agent == r'a"b\c'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "GET /packages/x HTTP/1.1",
        line().replace("Nov", "Nvo").replace("Dec", "Dce").replace("Jan", "Jna"),
        '1 - - [99/Nov/2026:10:00:00 +0000] "GET /packages/x HTTP/1.1" 200 1',
        '1 - - [29/Nov/2026:10:00:00 +9999] "GET /packages/x HTTP/1.1" 200 1',
        '1 - - [29/Nov/0000:10:00:00 +0000] "GET /packages/x HTTP/1.1" 200 1',
        '1 - - [01/Jan/0001:00:00:00 +2300] "GET /packages/x HTTP/1.1" 200 1',
        '1 - - [٢٩/Nov/2026:10:00:00 +0000] "GET /packages/x HTTP/1.1" 200 1',
        '1 - - [29/Nov/2026:10:00:00 +0000] "GET" 400 0',
        "\x00\xff\ufffd" * 100,
    ],
)
def test_what_is_not_such_a_line_is_nothing(text):
    assert request_of(text) is None


def test_a_name_that_a_client_gives_itself_is_not_taken_for_a_request():
    fake = r"[29/Nov/2026:10:00:00 +0000] \x22GET /packages/fake.whl HTTP/1.1\x22 200 1"

    assert request_of(line(head=f"192.0.2.1 - {fake}")).path == "/packages/ab/cd/x-1.0-py3-none-any.whl"
    assert request_of(line(agent=fake)).path == "/packages/ab/cd/x-1.0-py3-none-any.whl"


def test_a_line_of_many_quotes_is_read_in_time_that_grows_with_its_length():
    hostile = line(agent=r"\x" * 8000)[:-1]
    began = datetime.now(UTC)
    for _ in range(20):
        request_of(hostile)
    assert datetime.now(UTC) - began < timedelta(seconds=2)


def test_whole_files_that_were_taken_are_counted_by_day_and_installer():
    day, path = NOW.date(), "ab/cd/x-1.0-py3-none-any.whl"
    lines = [
        *[line()] * 3,
        line(agent="uv/0.5.1"),
        line(when=NOW - timedelta(2)),
        line("/packages/other.tar.gz"),
    ]

    assert downloads(lines, "/packages/") == Counter(
        {
            (path, day, "pip"): 3,
            (path, day, "uv"): 1,
            (path, day - timedelta(2), "pip"): 1,
            ("other.tar.gz", day, "pip"): 1,
        }
    )


@pytest.mark.parametrize(
    "text",
    [
        line(method="HEAD"),
        line(method="POST"),
        line(status=206),
        line(status=304),
        line(status=404),
        line("/simple/x/"),
        line("/packages/x.whl.metadata"),
        line("/packages/x.whl.asc"),
        line("/packages/" + "x" * 600),
        line("/packages/a%00b"),
        line("/packages/a%0Ab"),
        line(agent="bandersnatch/6.5.0"),
        line(agent="Artifactory/6.8"),
        line(when=NOW + timedelta(3)),
        line(when=NOW - timedelta(500)),
        line("/packages/%C3%A9"),
        "nothing",
    ],
    ids=itertools.count(),  # a time in a test's name would be another one in each process
)
def test_what_is_not_a_download_is_not_counted(text):
    assert downloads([text], "/packages/") == Counter()
