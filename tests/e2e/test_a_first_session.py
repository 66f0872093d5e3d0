"""What a person does on the first day: serve, change things, publish and install a package, stop."""

import os
import re
import subprocess
import sys
import urllib.error
from pathlib import Path

import pytest

from tests.buildgraph.serve.browsing import NEEDS_BROWSER, Browser, browser
from tests.wheels import wheel

from .checkout import Checkout, Served, edited

__all__ = ["browser"]  # a fixture
MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{last}"
branch_labels = None
depends_on = None

def upgrade():
    op.add_column("projects", sa.Column("probed", sa.Text))

def downgrade():
    op.drop_column("projects", "probed")
"""


@pytest.fixture(scope="module")
def served(checkout: Checkout):
    """The application of a fresh checkout, served by the README's command."""
    with checkout.serving() as served:
        yield served


def test_a_fresh_checkout_serves_the_application(served: Served):
    page = served.read("/")

    assert "<title>" in page and "Warehouse" in page
    assert f"  mailbox      {served.url}/_mail/\n" in served.output
    assert "  doit         'source .venv/bin/activate' brings it onto the path;" in served.output
    assert served.status("/_mail/") == 200
    assert "body" in served.stylesheet()


def test_a_saved_python_file_is_served_after_a_restart(served: Served, checkout: Checkout):
    module = checkout.folder / "warehouse/headers.py"
    text = module.read_text()

    for saved in (text + "\n# touched\n", text):
        with served.expecting("warehouse/headers.py changed"), served.expecting("answers after"):
            module.write_text(saved)
        assert served.status("/") == 200


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ("x = (\n", "SyntaxError: '(' was never closed"),
        ("raise RuntimeError('on purpose')\n", "RuntimeError: on purpose"),
    ],
)
def test_code_that_cannot_start_is_shown_until_it_is_mended(
    served: Served, checkout: Checkout, broken: str, named: str
):
    module = checkout.folder / "warehouse/headers.py"

    with served.expecting("answers after"), edited(module, broken + module.read_text()):
        served.wait_for(lambda: f"serve: {named}" in served.output, "the mistake is named")
        served.wait_for(lambda: served.status("/") == 500, "it is shown")
        assert "  warehouse/headers.py:1" in served.output
    assert served.status("/") == 200


def test_a_bug_in_a_view_is_a_page_with_its_place(served: Served, checkout: Checkout):
    view = checkout.folder / "warehouse/pages/views.py"
    text = view.read_text("utf-8")
    first = '    """Show what is new and how much there is."""\n'
    line = text[: text.index(first)].count("\n") + 2

    with edited(view, text.replace(first, f"{first}    1 / 0\n", 1)):
        served.wait_for(lambda: served.status("/") == 500, "the bug is met")
        with pytest.raises(urllib.error.HTTPError) as answer:
            served.read("/")
        page = answer.value.read().decode()
        assert "ZeroDivisionError" in page and f"  warehouse/pages/views.py:{line}\n" in page
        assert "site-packages" not in page, "libraries are counted only"
    served.wait_for(lambda: served.status("/") == 200, "the page is there again")


def test_a_saved_stylesheet_is_rebuilt_and_served(served: Served, checkout: Checkout):
    sheet = checkout.folder / "static/sass/_base.scss"
    before = len(served.output)

    sheet.write_text(sheet.read_text() + "\n.probe { color: #123456; }\n")

    served.wait_for(lambda: "#123456" in served.stylesheet(), "the new sheet is served")
    served.wait_for(lambda: "_base.scss saved: 3 tasks, " in served.output[before:], "it is told")
    ran = set(re.findall(r"^ +[\d.]+ s  (\S+)$", checkout.run("doit trace 1 --serve"), re.MULTILINE))
    assert ran == {"assets:style:warehouse", "assets:sheet:warehouse", "assets:dist"}, (
        "no script, and no sheet that does not use the file"
    )


def test_a_stylesheet_with_a_missing_import_is_named_with_file_and_line(served: Served, checkout: Checkout):
    sheet = checkout.folder / "static/sass/warehouse.scss"
    named = "static/sass/warehouse.scss:1:1: Can't find stylesheet to import 'nowhere'"

    with served.expecting("saved: 1 task, "), edited(sheet, '@use "nowhere";\n' + sheet.read_text()):
        served.wait_for(lambda: named in served.output, "the mistake is named")
        assert served.status("/") == 200


def test_a_saved_translation_is_served(served: Served, checkout: Checkout):
    catalog = checkout.folder / "warehouse/locale/de/LC_MESSAGES/warehouse.po"

    with edited(catalog, catalog.read_text("utf-8").replace('"Anmelden"', '"Eintreten"')):
        served.wait_for(lambda: "Eintreten" in served.read("/account/login/", "de"), "the new text is served")
    served.wait_for(lambda: "Anmelden" in served.read("/account/login/", "de"), "the old text is served")


def test_a_saved_migration_is_applied_and_can_be_undone_after_its_file_is_gone(
    served: Served, checkout: Checkout
):
    versions = checkout.folder / "warehouse/migrations/versions"
    last = max(versions.glob("0*.py")).name.split("_")[0]
    migration = versions / "9999_probe.py"

    try:
        with (
            served.expecting("migrations/versions/9999_probe.py changed, db done"),
            served.expecting("answers after"),
        ):
            migration.write_text(MIGRATION.format(last=last))
        assert served.status("/") == 200
        with served.expecting("which no migration has. Undo it with 'doit db:downgrade'"):
            migration.unlink()
        with served.expecting("postgresql-development/tables changed"), served.expecting("answers after"):
            assert f"the database is at '{last}', undone: '9999'" in checkout.run("doit db:downgrade")
        assert served.status("/") == 200
    finally:
        migration.unlink(missing_ok=True)


def test_an_application_that_waits_for_its_tables_starts_when_they_are_made(
    served: Served, checkout: Checkout
):
    with served.expecting("the database 'warehouse' has no tables. Run 'doit db' to migrate it, or"):
        checkout.run("doit db:reset")
    assert served.status("/") == 500

    with served.expecting("answers after"):
        checkout.run("doit db")
    assert served.status("/") == 200


def test_a_model_without_its_migration_is_told_before_a_page_breaks(served: Served, checkout: Checkout):
    models = checkout.folder / "warehouse/projects/models.py"
    text = models.read_text("utf-8")
    column = "    latest_version: Mapped[str | None]\n"
    said = "models and tables differ: no table has projects.nickname. Run 'doit db:revision -m \"what changed\"'."

    with edited(models, text.replace(column, f"{column}    nickname: Mapped[str | None]\n", 1)):
        served.wait_for(lambda: said in served.output, "the difference is told")
    served.wait_for(lambda: served.status("/") == 200, "the page is there again")


@pytest.mark.skipif(*NEEDS_BROWSER[1].args, **NEEDS_BROWSER[1].kwargs)
def test_a_browser_shows_a_saved_sheet_and_what_is_wrong_with_it(
    served: Served, checkout: Checkout, browser: Browser
):
    sheet = checkout.folder / "static/sass/_base.scss"
    text = sheet.read_text()
    browser.tell(goto=f"{served.url}/")
    browser.tell(set="this load")

    sheet.write_text(text + "\nbody { color: rgb(1 2 3) !important; }\n")
    browser.tell(color="rgb(1, 2, 3)", overlay=None, mark="this load")
    sheet.write_text(text + "\nbody { color: \n")
    browser.tell(overlay="assets:style:warehouse failed", color="rgb(1, 2, 3)", mark="this load")
    sheet.write_text(text + "\nbody { color: rgb(4 5 6) !important; }\n")
    browser.tell(color="rgb(4, 5, 6)", overlay=None, mark="this load")
    sheet.write_text(text)


def test_twine_publishes_and_pip_installs(served: Served, checkout: Checkout, tmp_path: Path):
    token = make_token(checkout)
    path = str(wheel(tmp_path, "e2e-sample", "1.0", body="ANSWER = 42\n", description="A package for a test"))
    twine = [sys.executable, "-m", "twine"]

    checked = subprocess.run([*twine, "check", "--strict", path], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
    upload = [
        *twine,
        "upload",
        "--repository-url",
        f"{served.url}/legacy/",
        "--non-interactive",
        "--username=__token__",
        path,
    ]
    environment = {**os.environ, "TWINE_PASSWORD": token, "HOME": str(tmp_path)}
    done = subprocess.run(upload, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    again = subprocess.run(upload, env=environment, capture_output=True, text=True)
    assert again.returncode == 0, again.stdout + again.stderr  # the identical file is no error

    target = tmp_path / "installed"
    pip = [
        sys.executable, "-m", "pip", "--isolated", "install", "--no-cache-dir", "--index-url", f"{served.url}/simple/",
        "--target", str(target), "e2e-sample",
    ]  # fmt: skip
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    done = subprocess.run(pip, env={**clean, "PIP_CONFIG_FILE": os.devnull}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (target / "e2e_sample.py").read_text() == "ANSWER = 42\n"
    assert "e2e-sample" in served.read("/project/e2e-sample/")


def test_a_port_in_use_names_the_process_that_has_it(served: Served, checkout: Checkout):
    output = checkout.run(f"python3 dodo.py serve --port={served.port}", code=1)

    found = re.search(
        r"^error: port (\d+) is in use by process (\d+) \((.+)\)\. End it, or take another port",
        output,
        re.MULTILINE,
    )
    assert found, output
    assert found[1] == str(served.port) and found[3].startswith("'doit serve' in '")
    assert "made" not in output, "before anything is built"


def make_token(checkout: Checkout) -> str:
    """Add a person and make an API token by the application's own commands."""
    checkout.run("doit manage user add someone someone@example.com")
    output = checkout.run("doit manage token create someone")
    return re.search(r"^(\S{30,})$", output, re.MULTILINE)[1]
