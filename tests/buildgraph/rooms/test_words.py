"""What the values of the rooms are as words, and what of a room reads them."""

import dataclasses
import inspect
from importlib import import_module
from pathlib import Path

import pytest

from buildgraph.rooms import (
    assets,
    catalogs,
    database,
    environment,
    locks,
    migrations,
    node,
    services,
    wheels,
)
from buildgraph.rules.word import from_word, to_word

ROOMS = sorted(Path(assets.__file__).parents[1].glob("*/__init__.py"))
LINES = 40
"""So many lines are enough to read words and to ask for the work."""

CATALOGS = catalogs.Catalogs(
    "site", "locale", ("pl", "he"), {"python": "app/**.py"}, "python", scripts="messages/"
)
ASSETS = assets.Assets("dist/", "node", ("a.scss",), ("a.js", "b.js"), {"images": "pictures/"})
NODE = node.Node("node.txt")
VALUES = (
    ASSETS,
    assets.Shelf(
        "out", ("out/css/a.css",), (assets.Tree("css", "sheets/", True, (".svg",)),), ("names.json",)
    ),
    assets.Compression({".js": {"gz": 9}}),
    assets.Checks("node", ("static/",), rules={"scripts": ("rules.mjs",)}),
    assets.Settings(("sass",), {"@": "./js"}, {"A": "1"}, ("a.js",), {".html": "text"}),
    CATALOGS,
    CATALOGS.language("pl"),
    database.Database("a database", tcp=True),
    database.Compose("db", "app", "secret"),
    environment.Environment(("lock.txt",), launchers={"doit": "dodo.py"}, paths=("libs/{x}",)),
    locks.Locks(("main",), ("3.11", "3.14"), libraries=("libs/thing",)),
    locks.Trial(".venv", ("python", "make.py"), ("python", "--", "--then", '{"a": "é"}')),
    migrations.Migrations("python"),
    NODE,
    node.Modules(NODE),
    services.Service(
        "redis", ("redis-server", "--port", "{port}"), {"REDIS_URL": "{host}"}, "PING\r\n", "+PONG"
    ),
    wheels.Wheels(("six",), ("main.txt",), "builders.txt", "python"),
)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_comes_back_from_its_word(value):
    assert from_word(type(value), to_word(value)) == value


def test_no_option_of_a_task_takes_the_place_of_a_name_in_a_value():
    word = to_word(services.Service("redis", ("redis-server", "{port}"), {}))

    assert "{port}" not in word


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: path.parent.name)
def test_every_value_of_a_room_is_among_them(path):
    room = import_module(f"buildgraph.rooms.{path.parent.name}")
    own = [
        each
        for _, each in inspect.getmembers(room, dataclasses.is_dataclass)
        if each.__module__ == room.__name__
    ]
    assert [each for each in own if each not in map(type, VALUES)] == []


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: path.parent.name)
def test_the_command_line_of_a_room_reads_and_does_nothing_else(path):
    assert len((path.parent / "__main__.py").read_text("utf-8").splitlines()) <= LINES
