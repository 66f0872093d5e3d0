"""The environment of a command: what of a person's own reaches it."""

from pathlib import Path

import pytest

from buildgraph.act.environment import FIXED, compose
from buildgraph.rules.values import Check, Rule, Run, Service

FETCHING = Rule(("python",), inputs=("locks/main.in", "/locks/*.txt", "docs/a.md"), network=True)
SECRETS = {"TOKEN": "t", "INDEX_LOGIN": "l", "OWN": "o", "WORD": "w", "OTHER": "x"}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout and a home whose files name variables."""
    for path, text in (
        ("top/.npmrc", "//npm.example/:_authToken=${TOKEN}\n"),
        ("top/locks/main.in", "six @ https://${INDEX_LOGIN}@example.org/six-1.0-py3-none-any.whl\n"),
        ("top/docs/a.md", "${OTHER}\n"),
        ("home/.npmrc", "//own.example/:_authToken=${OWN}\n"),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path / "top")
    return tmp_path


def composed(rule: Rule, checkout: Path, **more: str) -> dict[str, str]:
    return compose(rule, {"HOME": str(checkout / "home"), **SECRETS, **more}, str(checkout / "top"))


def test_variables_that_configuration_and_requirements_name_reach_a_command_of_the_network(checkout):
    found = composed(FETCHING, checkout)

    assert {name: found[name] for name in SECRETS if name in found} == {
        "TOKEN": "t",
        "INDEX_LOGIN": "l",
        "OWN": "o",
    }


def test_variables_of_locked_requirements_reach_it_too(checkout):
    (checkout / "top/locks/main.txt").write_text(
        "six @ https://${WORD}@example.org/six.whl --hash=sha256:0\n"
    )

    assert composed(FETCHING, checkout)["WORD"] == "w"


def test_no_command_without_the_network_gets_them(checkout):
    assert SECRETS.keys().isdisjoint(composed(FETCHING.replaced(network=False), checkout))


def test_a_file_that_names_a_fixed_variable_does_not_change_it(checkout):
    (checkout / "top/.npmrc").write_text("prefix=${PATH}\ncafile=${LC_ALL}\n")

    found = composed(FETCHING, checkout, PATH="/mine", LC_ALL="de_DE")
    assert {name: found[name] for name in ("PATH", "LC_ALL")} == {
        name: FIXED[name] for name in ("PATH", "LC_ALL")
    }


def test_without_such_files_nothing_is_missing(tmp_path):
    assert "TOKEN" not in compose(FETCHING, SECRETS, str(tmp_path))


MINE = {
    "HOME": "/home/me",
    "TZ": "Asia/Tokyo",
    "LANG": "de_DE.UTF-8",
    "LC_TIME": "C",
    "EDITOR": "vi",
    "PYTHONPATH": "/x",
}


def test_what_is_run_on_a_terminal_has_the_person_s_environment_and_nothing_that_is_fixed_for_builds():
    found = compose(Run(("python",)), MINE, "/top")
    assert {name: found.get(name) for name in MINE} == {**MINE, "PYTHONPATH": None}
    assert {"SOURCE_DATE_EPOCH", "PYTHONHASHSEED", "LC_ALL"}.isdisjoint(found)
    assert found["PATH"] == FIXED["PATH"]
    assert compose(Run(("python",)), {}, "/top") | {"PATH": ""} == {
        "PATH": "",
        "HOME": "/top/.buildgraph/home",
        "LC_ALL": "C.UTF-8",
    }


@pytest.mark.parametrize("kind", [Rule, Check, Service])
def test_what_is_made_checked_and_served_has_not(kind):
    found = compose(kind(("python",)), MINE, "/top")
    assert found == {**FIXED, "HOME": "/top/.buildgraph/home"}
