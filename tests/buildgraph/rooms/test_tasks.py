"""A room hands out its tasks: the same ones that can be written by hand, in the name of the file that asks for them."""

from __future__ import annotations

import pytest

from buildgraph.rooms import assets, catalogs, database, environment, locks, migrations, node, wheels

LOCKS = locks.Locks(("main", "node"), ("3.12",))
ENV = environment.Environment(LOCKS.hashed(without=["node"]))
NODE = node.Node(LOCKS.file("node"))
MODULES = node.Modules(NODE)
ASSETS = assets.Assets(
    "dist/", NODE.program, ("a.scss",), ("b.js",), {"images": "images/"}, released="release/"
)
CATALOGS = catalogs.Catalogs("site", "locale", ("de",), {}, ENV.python, scripts="messages/")


def found(tasks) -> dict[str, object]:
    return {task.get("basename") or task["name"]: task["meta"]["buildgraph"] for task in tasks}


def test_the_locks_are_made_and_judged():
    values = found(locks.tasks(LOCKS, environment={"A": "1"}))
    assert list(values) == ["locks", "locks:adopt", "locks:check", "locks:verify", "locks:oracle", "upgrade"]
    assert values["locks"].outputs == LOCKS.files
    assert values["locks"].environment == (("A", "1"),)
    assert all(set(values[name].judges) == set(LOCKS.all) for name in list(values)[2:5])
    assert [name for name, value in values.items() if value.always] == ["locks:verify", "locks:oracle"]


def test_the_locks_are_upgraded_with_the_tests_that_are_given():
    tests = ENV("pytest", environment={"SETTINGS": "x"}, inherit=["MODE"])
    trial = LOCKS.upgrade(ENV.folder, make=ENV.sync, test=tests)
    task = list(locks.tasks(LOCKS, upgrade=trial))[-1]
    value = task["meta"]["buildgraph"]
    assert (task["basename"], task["task_dep"]) == ("upgrade", ["locks"])
    assert value.command == tuple(trial)
    assert (value.environment, value.inherit) == ((("SETTINGS", "x"),), ("MODE",))
    assert found(locks.tasks(LOCKS))["upgrade"].command == tuple(LOCKS.upgrade())


def test_each_of_two_resolutions_is_upgraded_by_its_own_name():
    assert list(found(locks.tasks(LOCKS, name="old")))[-1] == "old:upgrade"


def test_how_packages_are_found_is_said_to_all_that_ask_for_some():
    values = found(locks.tasks(LOCKS, environment={"A": "1"}, inherit=["B"]))
    told = [
        name
        for name, value in values.items()
        if (value.environment, value.inherit) == ((("A", "1"),), ("B",))
    ]
    assert told == ["locks", "locks:adopt", "locks:verify", "locks:oracle", "upgrade"]


def test_an_environment_is_made_and_repaired():
    values = found(environment.tasks(ENV, name="venv"))
    assert list(values) == ["venv", "venv:repair"]
    assert (values["venv"].inputs, values["venv"].fills) == (ENV.files, (".venv/",))


def test_wheels_are_built_before_the_environment_that_installs_them():
    built = wheels.Wheels(("a",), files=(LOCKS.file("main"),), builders=LOCKS.file("main"), python=ENV.python)
    values = found(wheels.tasks(built, inputs=[ENV.stamp]))
    assert (list(values), values["wheels"].inputs) == (["wheels"], (LOCKS.file("main"), ENV.stamp))
    values = found(environment.tasks(ENV, inputs=built.outputs))
    assert values["env"].inputs == (*ENV.files, *built.outputs)


DATABASE = database.Database("shop")
SCHEMA = migrations.Migrations(ENV.python)


def test_the_embedded_server_is_installed_before_what_runs_beside_it():
    tasks = list(database.tasks(DATABASE, inputs=[MODULES.stamp]))
    values = found(tasks)
    assert list(values) == ["db:server", "db:create", "db:reset"]
    assert values["db:server"].inputs == (MODULES.stamp, *DATABASE.inputs)
    assert values["db:server"].outputs == (DATABASE.stamp,)
    assert [task["task_dep"] for task in tasks[1:]] == [["db:server"]] * 2


@pytest.mark.parametrize(
    ("place", "expected"), [("compose", ["db:create", "db:reset"]), ("given", ["db:create"])]
)
def test_a_server_of_elsewhere_is_not_installed_and_one_that_is_not_ours_not_emptied(place, expected):
    tasks = list(database.tasks(database.Database("shop", services=place)))
    assert list(found(tasks)) == expected
    assert tasks[0]["task_dep"] == []


def test_migrations_are_run_beside_the_database():
    tasks = list(migrations.tasks(SCHEMA, DATABASE.beside, needs=["env", "db:server"], inputs=[ENV.stamp]))
    values = found(tasks)
    assert list(values) == ["db", "db:check", "db:revision", "db:downgrade"]
    assert values["db"].command == tuple(DATABASE.beside(SCHEMA.upgrade))
    assert values["db:check"].always and values["db:check"].inputs == (ENV.stamp,)
    assert [task["task_dep"] for task in tasks] == [["env", "db:server"], [], *[["env", "db:server"]] * 2]


def test_node_is_laid_out_before_its_packages():
    values = found(node.tasks(NODE, MODULES))
    assert list(values) == ["runtime", "modules", "node:repair", "node:lock", "node:pin"]
    assert NODE.stamp in values["runtime"].outputs
    assert NODE.stamp in values["modules"].inputs


def test_each_step_of_the_assets_is_a_task_and_the_last_ones_publish():
    tasks = list(assets.tasks(ASSETS, inputs=[MODULES.stamp]))
    values = found(tasks)
    assert list(values)[:5] == ["style:a", "sheet:a", "script:b", "dist", "assets:release"]
    assert values["style:a"].inputs == (MODULES.stamp, "a.scss")
    assert (values["dist"].outputs, values["assets:release"].outputs) == (("dist/",), ("release/",))
    compressed = [task["name"] for task in tasks if task.get("basename") == "encoded"]
    assert compressed == ["js/b.js", "js/b.js.map", "sheets/a"]


def test_each_language_is_a_step():
    values = found(catalogs.tasks(CATALOGS, inputs=[ENV.stamp]))
    assert list(values) == ["de", "catalogs:update"]
    assert values["de"].inputs == (ENV.stamp, "locale/de/LC_MESSAGES/site.po")


def test_a_task_is_said_to_stand_where_it_was_asked_for():
    for value in found(node.tasks(NODE, MODULES)).values():
        assert value.where.startswith("test_tasks.py, line ")
