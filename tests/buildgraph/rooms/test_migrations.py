"""Migrations of a small project of their own, asked of a real database."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from buildgraph.errors import BuildError
from buildgraph.rooms.migrations import Migrations, head
from buildgraph.rooms.migrations.__main__ import main
from buildgraph.rooms.migrations.address import current

ROOT = Path(__file__).parents[3]
SETTINGS = '[tool.alembic]\nscript_location = "%(here)s/migrations"\nprepend_sys_path = ["."]\n'
ENVIRONMENT = """\
import os
import sqlalchemy as sa
from alembic import context

METADATA = sa.MetaData()
exec(open("models.py").read(), {"sa": sa, "metadata": METADATA})
with sa.create_engine(os.environ["DATABASE_URL"]).connect() as connection:
    context.configure(connection=connection, target_metadata=METADATA)
    with context.begin_transaction():
        context.run_migrations()
"""
TEMPLATE = """\
'''${message}'''
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
import sqlalchemy as sa
from alembic import op
def upgrade():
    ${upgrades if upgrades else "pass"}
def downgrade():
    ${downgrades if downgrades else "pass"}
"""
FIRST = "revision = 'one'\ndown_revision = None\nimport sqlalchemy as sa\nfrom alembic import op\ndef upgrade():\n    op.create_table('thing', sa.Column('id', sa.Integer, primary_key=True))\ndef downgrade():\n    op.drop_table('thing')\n"
ADD = """\
'''Add {0}.'''
import sqlalchemy as sa
from alembic import op
revision = {0!r}; down_revision: str | None = {1!r}
def upgrade():
    op.add_column('thing', sa.Column({0!r}, sa.String))
def downgrade():
    op.drop_column('thing', {0!r})
"""
NEXT = "revision = {!r}\ndown_revision = {!r}\ndef upgrade():\n    pass\n"
MODEL = "sa.Table('thing', metadata, sa.Column('id', sa.Integer, primary_key=True){})\n"
LATER = "sa.Column('name', sa.String)"


@pytest.fixture
def versions(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with one migration and an empty database."""
    name = f"migrations_{os.getpid()}"
    server = os.environ.get("PGHOST")
    if not server:
        pytest.exit(
            "There is no database server. Run the tests with 'doit test', which starts one.", returncode=1
        )
    with psycopg.connect(dbname="postgres", autocommit=True) as connection:
        connection.execute(f"drop database if exists {name}")
        connection.execute(f"create database {name} template template0")
    monkeypatch.setenv(
        "DATABASE_URL", f"postgresql+psycopg://postgres@/{name}?host={server}&port={os.environ['PGPORT']}"
    )
    Path("pyproject.toml").write_text(SETTINGS)
    Path("models.py").write_text(MODEL.format(""))
    folder = Path("migrations/versions")
    folder.mkdir(parents=True)
    Path("migrations/env.py").write_text(ENVIRONMENT)
    Path("migrations/script.py.mako").write_text(TEMPLATE)
    (folder / "one.py").write_text(FIRST)
    yield folder
    with psycopg.connect(dbname="postgres", autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


def columns() -> list[str]:
    """Return the columns of the table, as the database has them."""
    address = os.environ["DATABASE_URL"].replace("postgresql+psycopg:", "postgresql:")
    asked = "select column_name from information_schema.columns where table_name = 'thing' order by 1"
    with psycopg.connect(address) as connection:
        return [name for (name,) in connection.execute(asked)]


def column(revision: str, parent: str) -> str:
    """Return a migration that adds a column of its own name."""
    return ADD.format(revision, parent)


def test_an_upgrade_asks_the_database_and_goes_to_the_head(versions, capsys):
    main(["upgrade"])
    assert capsys.readouterr().out == "upgraded the database from 'nothing' to 'one'\n"

    main(["upgrade"])
    assert capsys.readouterr().out == "the database is at 'one'\n"


def test_of_two_upgrades_at_once_the_second_finds_it_done(versions):
    slow = FIRST.replace(
        "    op.create_table", "    op.execute('select pg_sleep(1)')\n    op.create_table", 1
    )
    (versions / "one.py").write_text(slow)
    command = [sys.executable, "-m", "buildgraph.rooms.migrations", "upgrade"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    both = [
        subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for _ in range(2)
    ]

    said = sorted(each.communicate(timeout=60)[0] for each in both)

    assert said == ["the database is at 'one'\n", "upgraded the database from 'nothing' to 'one'\n"]


def test_equal_models_and_migrations_pass_the_check(versions, capsys):
    main(["check"])

    assert capsys.readouterr().out == "models and migrations agree\n"


def databases() -> list[str]:
    with psycopg.connect(dbname="postgres") as connection:
        asked = "select datname from pg_database where datname like %s"
        return [name for (name,) in connection.execute(asked, [f"migrations_{os.getpid()}%"])]


@pytest.mark.parametrize("models", [MODEL.format(", " + LATER), MODEL.format("")], ids=["equal", "different"])
def test_a_check_leaves_the_database_where_it_is(versions, models):
    main(["upgrade"])
    (versions / "name.py").write_text(column("name", "one"))
    Path("models.py").write_text(models)
    there, copies, found = databases(), sorted(Path(".buildgraph/revisions").iterdir()), columns()

    if LATER in models:
        main(["check"])
    else:
        with pytest.raises(BuildError, match="models and migrations differ"):
            main(["check"])

    assert (current("DATABASE_URL"), columns()) == ("one", found)
    assert databases() == there, "what was made for the question is gone"
    assert sorted(Path(".buildgraph/revisions").iterdir()) == copies, "nothing is kept as if it was applied"


def test_a_check_of_an_empty_database_leaves_it_empty(versions):
    main(["check"])
    assert current("DATABASE_URL") == ""


def test_a_check_that_breaks_drops_what_it_made(versions):
    there = databases()
    (versions / "two.py").write_text("revision = 'two'\ndown_revision = 'one'\ndef upgrade():\n    1 / 0\n")
    with pytest.raises(BuildError, match=r"two\.py, line 4: ZeroDivisionError"):
        main(["check"])
    assert databases() == there == [f"migrations_{os.getpid()}"]


def test_a_column_without_a_migration_is_named(versions):
    Path("models.py").write_text(MODEL.format(f", {LATER}"))

    with pytest.raises(BuildError) as caught:
        main(["check"])
    assert (
        str(caught.value)
        == "models and migrations differ: add_column thing.name. Run 'doit db:revision -m \"what changed\"'."
    )


def test_a_revision_is_written_from_what_differs(versions, capsys):
    Path("models.py").write_text(MODEL.format(f", {LATER}"))

    main(["revision", "-m", "add a name"])

    [written] = set(versions.glob("*.py")) - {versions / "one.py"}
    assert "add_column('thing'" in written.read_text()
    assert written.stat().st_uid == os.getuid()
    assert capsys.readouterr().out == f"wrote '{written}': read it before you commit it\n"
    main(["check"])


def test_a_revision_without_a_message_is_one_sentence(versions):
    with pytest.raises(
        BuildError, match=r"a revision needs a message\. Run 'doit db:revision -m \"what changed\"'\."
    ):
        main(["revision"])


def test_a_revision_of_nothing_is_not_written(versions):
    with pytest.raises(BuildError) as caught:
        main(["revision", "-m", "nothing"])

    message = (
        "models and migrations agree, so there is nothing to write a revision for. Change a model first."
    )
    assert str(caught.value) == message
    assert [path.name for path in versions.glob("*.py")] == ["one.py"]


def test_two_heads_are_named(versions):
    (versions / "two.py").write_text(NEXT.format("two", "one"))
    (versions / "three.py").write_text(NEXT.format("three", "one"))

    with pytest.raises(BuildError) as caught:
        main(["upgrade"])
    message = str(caught.value)
    assert message.startswith("the migrations have 2 heads: ") and "'migrations/versions/two.py'" in message
    assert message.endswith("Set 'down_revision' of the newer to the other's revision.")


def test_a_migration_that_follows_a_missing_one_is_one_sentence(versions):
    (versions / "three.py").write_text(NEXT.format("three", "two"))

    with pytest.raises(BuildError, match=r"a migration follows the revision 'two', which no file has\."):
        main(["upgrade"])


def test_a_database_of_another_branch_is_one_sentence(versions):
    main(["upgrade"])
    (versions / "one.py").write_text(FIRST.replace("'one'", "'another'"))

    for verb in ("upgrade", "check"):
        with pytest.raises(BuildError) as caught:
            main([verb])
        assert str(caught.value) == (
            "migrations/versions: the database is at revision 'one', which no migration has. "
            "Undo it with 'doit db:downgrade', or switch to the branch that has it."
        )


@pytest.mark.parametrize("verb", ["upgrade", "check", "downgrade"])
def test_without_a_copy_there_is_no_way_down(versions, verb):
    main(["upgrade"])
    (versions / "one.py").write_text(FIRST.replace("'one'", "'another'"))
    shutil.rmtree(".buildgraph/revisions")

    with pytest.raises(BuildError) as caught:
        main([verb])
    assert str(caught.value) == (
        "migrations/versions: the database is at revision 'one', which no migration has. "
        "Switch to the branch that has it, or empty the database with 'doit db:reset'."
    )


def test_a_revision_is_undone_after_its_file_is_gone(versions, capsys):
    Path("models.py").write_text(MODEL.format(f", {LATER}"))
    main(["revision", "-m", "add a name"])
    main(["upgrade"])
    [written] = set(versions.glob("*.py")) - {versions / "one.py"}
    written.unlink()
    Path("models.py").write_text(MODEL.format(""))
    capsys.readouterr()

    main(["downgrade"])

    undone = written.name.removesuffix("_add_a_name.py")
    assert capsys.readouterr().out == f"the database is at 'one', undone: '{undone}' (add a name)\n"
    main(["check"])
    assert columns() == ["id"]
    assert [path.suffix for path in Path(".buildgraph/revisions").iterdir()] == [".py", ".py"]


def test_all_revisions_whose_files_are_gone_are_undone(versions, capsys):
    for revision, parent in (("two", "one"), ("three", "two")):
        (versions / f"{revision}.py").write_text(column(revision, parent))
    main(["upgrade"])
    for revision in ("two", "three"):
        (versions / f"{revision}.py").unlink()
    (versions / "other.py").write_text(column("other", "one"))
    capsys.readouterr()

    main(["downgrade"])

    said = "the database is at 'one', undone: 'three' (Add three.), 'two' (Add two.)\n"
    assert capsys.readouterr().out == said
    main(["upgrade"])
    assert columns() == ["id", "other"]


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ([], "two"),
        (["one"], "one"),
        (["on"], "one"),
        (["-2"], "one"),
        (["base"], "nothing"),
        (["-9"], "nothing"),
    ],
)
def test_a_downgrade_undoes_the_last_revision_or_all_after_a_named_one(versions, capsys, words, left):
    for revision, parent in (("two", "one"), ("three", "two")):
        (versions / f"{revision}.py").write_text(column(revision, parent))
    main(["upgrade"])
    capsys.readouterr()

    main(["downgrade", *words])

    assert capsys.readouterr().out.startswith(f"the database is at '{left}', undone: 'three' (Add three.)")
    assert columns() == {"two": ["id", "two"], "one": ["id"], "nothing": []}[left]


def test_one_of_two_heads_can_be_undone(versions):
    (versions / "two.py").write_text(column("two", "one"))
    main(["upgrade"])
    (versions / "three.py").write_text(column("three", "one"))

    main(["downgrade"])

    assert columns() == ["id"]


@pytest.mark.parametrize("wanted", ["three", "nowhere", "-0", ""])
def test_a_revision_that_is_not_below_is_one_sentence(versions, wanted):
    (versions / "two.py").write_text(column("two", "one"))
    (versions / "three.py").write_text(column("three", "two"))
    if not wanted:
        with pytest.raises(BuildError) as caught:
            main(["downgrade"])
        assert str(caught.value) == "the database is at no revision, so there is nothing to undo."
        return
    main(["upgrade"])

    with pytest.raises(BuildError) as caught:
        main(["downgrade", wanted])
    assert str(caught.value) == (
        f"'{wanted}' is not a revision before 'three', the revision of the database. Choose one of two, one, base."
    )


def test_a_way_down_that_fails_is_one_sentence_with_its_line(versions):
    two = column("two", "one").replace("op.drop_column('thing', 'two')", "op.drop_column('thing', 'too')")
    (versions / "two.py").write_text(two)
    main(["upgrade"])
    said = 'line 8: ProgrammingError: (psycopg.errors.UndefinedColumn) column "too" of relation "thing" does not exist.'

    with pytest.raises(BuildError) as caught:
        main(["downgrade"])
    assert str(caught.value) == f"migrations/versions/two.py, {said}"

    (versions / "two.py").write_text(two + "\n")
    with pytest.raises(BuildError) as caught:
        main(["downgrade"])
    hint = "It was edited after it was applied: '.buildgraph/revisions/two.py' is what was applied."
    assert str(caught.value) == f"migrations/versions/two.py, {said} {hint}"

    (versions / "two.py").unlink()
    with pytest.raises(BuildError) as caught:
        main(["downgrade"])
    assert str(caught.value) == f".buildgraph/revisions/two.py, {said}"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("def upgrade():", "def upgrade(:", "line 5, column 13: invalid syntax."),
        (
            "import sqlalchemy as sa",
            "import sqlalchemi as sa",
            "line 3: ModuleNotFoundError: No module named 'sqlalchemi'.",
        ),
        ("sa.Integer", "sa.Integr", "line 6: AttributeError: module 'sqlalchemy' has no attribute 'Integr'."),
        (
            "op.create_table(",
            "op.execute('nonsense'); op.create_table(",
            'line 6: ProgrammingError: (psycopg.errors.SyntaxError) syntax error at or near "nonsense".',
        ),
    ],
)
@pytest.mark.parametrize("verb", ["upgrade", "check"])
def test_a_migration_that_raises_is_one_sentence_with_its_line(versions, verb, old, new, said):
    (versions / "one.py").write_text(FIRST.replace(old, new, 1))

    with pytest.raises(BuildError) as caught:
        main([verb])
    assert str(caught.value) == f"migrations/versions/one.py, {said}"


WITHOUT = "import sys; sys.modules['alembic'] = sys.modules['sqlalchemy'] = None; from buildgraph.rooms.migrations.__main__ import main; main(['upgrade'])"


def upgraded_without_alembic() -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", WITHOUT], env=environment, capture_output=True, text=True, check=False
    )


def test_a_database_at_the_head_is_known_without_alembic_and_the_models(versions):
    (versions / "two.py").write_text(column("two", "one"))
    assert upgraded_without_alembic().returncode != 0, "it has something to do"
    main(["upgrade"])
    shutil.rmtree(".buildgraph/revisions")

    done = upgraded_without_alembic()

    assert (done.stdout, done.stderr) == ("the database is at 'two'\n", "")
    assert sorted(path.name for path in Path(".buildgraph/revisions").iterdir()) == ["one.py", "two.py"]


@pytest.mark.parametrize(
    "text",
    [
        "revision = 'two'\ndown_revision = None\n",
        "revision = 'two'\ndown_revision = 'gone'\n",
        "revision = str('two')\ndown_revision = 'one'\n",
        "revision = 'two'\ndown_revision = 'one'\ndepends_on = 'x'\n",
        "revision = 'one'\ndown_revision = None\n",
        "revision = \n",
    ],
    ids=["two heads", "a missing one", "computed", "depending", "twice", "broken"],
)
def test_what_is_not_plain_is_left_to_alembic(versions, text):
    assert head.read("pyproject.toml").head == "one"
    (versions / "two.py").write_text(text)

    assert head.read("pyproject.toml") is None


@pytest.mark.parametrize("more", ["version_locations = ['elsewhere']", "recursive_version_locations = true"])
def test_versions_in_other_folders_are_left_to_alembic(versions, more):
    Path("pyproject.toml").write_text(f"{SETTINGS}{more}\n")

    assert head.read("pyproject.toml") is None


def test_settings_of_an_ini_file_and_any_variable_are_taken(versions, monkeypatch, capsys):
    Path("pyproject.toml").unlink()
    Path("alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\nprepend_sys_path = .\n")
    env = Path("migrations/env.py")
    env.write_text(env.read_text().replace("DATABASE_URL", "SHOP_DATABASE"))
    monkeypatch.setenv("SHOP_DATABASE", os.environ["DATABASE_URL"])
    monkeypatch.delenv("DATABASE_URL")
    words = Migrations("python", "alembic.ini", "SHOP_DATABASE").upgrade[4:]

    main(["upgrade", *words])
    main(["upgrade", *words])
    main(["check", *words])

    assert capsys.readouterr().out == (
        "upgraded the database from 'nothing' to 'one'\nthe database is at 'one'\nmodels and migrations agree\n"
    )
    monkeypatch.setenv("DATABASE_URL", os.environ["SHOP_DATABASE"])
