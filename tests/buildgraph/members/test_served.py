"""What `doit serve` starts for a service follows from its folder alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildgraph import members, serve
from buildgraph.errors import BuildError
from buildgraph.rooms.environment import Environment

from .made import member

ENV = Environment(("locks.txt",))


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def service(name: str, procfile: str, own: str = "", uses: tuple[str, ...] = ()) -> None:
    folder = member("service", name, uses)
    (folder / "Procfile").write_text(procfile)
    with (folder / "pyproject.toml").open("a") as file:
        file.write(own)


def services(found: members.Members) -> members.Services:
    return members.Services(found, serve.command, ENV, ("stamp",))


def test_a_service_is_served_from_its_procfile_and_follows_what_it_uses():
    member("internal", "vitals")
    service(
        "line-haul",
        "web: waitress-serve --call line_haul.app:application\nlistener: python -m line_haul --port=$PORT\n",
        'settings = ["LINEHAUL_KEY"]\naddresses = { LINEHAUL_INDEX = "site", SITE_LINEHAUL = "line-haul" }\n',
        ("vitals",),
    )
    found = members.find(services=["site"])

    (command,) = services(found).commands.values()

    assert command[1:] == [
        "-m",
        "buildgraph.serve",
        "--app=line_haul.app:application()",
        f"--python={ENV.python}",
        "--bind=127.0.0.1:0",
        "--code=services/line-haul/src",
        "--code=libs/internal/vitals/src",
        "--ground=stamp",
        f'--beside=listener=["{ENV.python}", "-m", "line_haul", "--port=$PORT"]',
    ]
    assert list(command.inherit) == ["LINEHAUL_KEY"]
    assert found.addresses == {"LINEHAUL_INDEX": "site", "SITE_LINEHAUL": "line-haul"}


def test_each_has_a_task_of_its_own_with_a_port_of_its_own():
    for name in ("a", "b"):
        service(name, f"web: waitress-serve {name}.app:application\n")

    found = list(services(members.find()).tasks(["env"]))

    assert [task["basename"] for task in found] == ["serve:a", "serve:b"]
    ports = [option["default"] for task in found for option in task["params"] if option["name"] == "port"]
    assert ports == [8001, 8002]


def test_another_program_has_to_be_a_module():
    service("a", "web: x a.app:application\nlistener: a-listen\n")

    with pytest.raises(BuildError) as refused:
        print(services(members.find()).commands)
    assert str(refused.value) == (
        "services/a/Procfile, line 2: the program 'listener' does not begin with 'python -m'. "
        "So it is found wherever it is installed."
    )


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (
            'addresses = ["A"]',
            "'addresses' of [tool.buildgraph] is not a table of names. Write: addresses = { VARIABLE = 'NAME' }.",
        ),
        ('addresses = { "A-B" = "site" }', "'A-B' is not the name of a variable. Write it in capitals."),
        (
            'addresses = { A = "sight" }',
            "'A' holds the address of 'sight', which is not a service. Did you mean 'site'?",
        ),
        (
            'addresses = { A = "zz" }',
            "'A' holds the address of 'zz', which is not a service. There are site, a.",
        ),
        (
            'settings = "A"',
            "'settings' of [tool.buildgraph] is not a list of texts. Write: settings = ['…'].",
        ),
        ("adresses = {}", "the table [tool.buildgraph] has no 'adresses'. Did you mean 'addresses'?"),
    ],
)
def test_what_is_said_wrongly_is_refused_with_its_file(own, message):
    service("a", "web: waitress-serve a.app:application\n", own + "\n")

    with pytest.raises(BuildError) as refused:
        members.find(services=["site"])
    assert str(refused.value) == f"services/a/pyproject.toml: {message}"
    assert Path("services/a").is_dir()
