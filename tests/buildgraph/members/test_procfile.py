"""A Procfile names programs; what only a shell understands is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildgraph.errors import BuildError
from buildgraph.members import Member
from buildgraph.members.procfile import application, programs

FOLDER = "services/camo-proxy"
WEB = "web: waitress-serve --listen=0.0.0.0:$PORT --call camo_proxy.app:application\n"
EXAMPLE = f"Write: {WEB.strip()}"


def found() -> dict[str, tuple[str, ...]]:
    return dict(programs(FOLDER, "camo_proxy"))


def served() -> str:
    return application(Member("camo-proxy", "service", FOLDER, programs=programs(FOLDER, "camo_proxy")))


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(text: str | bytes) -> None:
    path = Path(FOLDER, "Procfile")
    path.parent.mkdir(parents=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def test_each_line_is_a_program():
    write(f"# what runs\n\n{WEB}listener: python -m camo_proxy listen '--name=a b' --port=$PORT\r\n")

    assert found() == {
        "web": ("waitress-serve", "--listen=0.0.0.0:$PORT", "--call", "camo_proxy.app:application"),
        "listener": ("python", "-m", "camo_proxy", "listen", "--name=a b", "--port=$PORT"),
    }
    assert served() == "camo_proxy.app:application()"


def test_an_application_that_is_not_made_by_a_call_is_taken_as_it_is():
    write("web: waitress-serve --listen=*:80 camo_proxy.app:application\n".replace("*", "0.0.0.0"))

    assert served() == "camo_proxy.app:application"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", f"services/camo-proxy/Procfile: no line begins with 'web:'. {EXAMPLE}"),
        ("web\n", "services/camo-proxy/Procfile, line 1: 'web' is not a program. Write 'NAME: words'."),
        (
            "web: a:b\nweb: c:d\n",
            "services/camo-proxy/Procfile, line 2: there are two programs 'web'. Rename one.",
        ),
        ("web: 'a\n", "services/camo-proxy/Procfile, line 1: a quotation has no end. Close it."),
        *(
            (
                f"web: {words}\n",
                f"services/camo-proxy/Procfile, line 1: '{syntax}' has a meaning for a shell, and no shell reads this. "
                "Move what it does into the program.",
            )
            for words, syntax in (
                ("a && b", "&"),
                ("a | b", "|"),
                ("a > b", ">"),
                ("a; b", ";"),
                ("a $(b)", "$"),
                ("a `b`", "`"),
                ("a $HOME", "$"),
                ("a $PORTS", "$"),
                ("a ${PORT}", "$"),
                ("a *.py", "*"),
                ("~/a", "~"),
                ("a \\", "\\"),
                ("a # b", "#"),
            )
        ),
    ],
)
def test_what_is_not_a_list_of_programs_is_refused(text, message):
    write(text)

    with pytest.raises(BuildError) as refused:
        found()
    assert str(refused.value) == message


def test_a_service_without_one_has_no_programs():
    assert found() == {}


def test_what_is_not_text_is_refused():
    write(b"web: \xff\n")

    with pytest.raises(BuildError, match="cannot be read"):
        found()


def test_what_ends_without_an_application_cannot_be_served():
    write("web: waitress-serve camo_proxy.app:application --listen=x\n")

    with pytest.raises(BuildError) as refused:
        served()
    assert str(refused.value) == (
        "services/camo-proxy/Procfile: the words of 'web' end with '--listen=x', which is not an application. "
        "Let them end as in '--call camo_proxy.app:application'."
    )
