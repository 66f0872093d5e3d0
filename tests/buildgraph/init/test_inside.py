"""What lies in the package of an application: its tests, and catalogs that it compiles itself."""

from __future__ import annotations

from .conftest import tasks_of

FILES = {
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = []\n[project.optional-dependencies]\ndev = ["pytest"]\n',
    "shop/__init__.py": "",
    "shop/tests/test_a.py": "",
}


def test_tests_in_a_package_are_found(begin, monkeypatch):
    tasks = tasks_of(begin(FILES), monkeypatch)
    assert tasks["test"]["meta"]["buildgraph"].inputs[1:] == ("shop/", "pyproject.toml")
    assert "upgrade" in tasks


def test_those_at_the_top_come_first(begin, monkeypatch):
    tasks = tasks_of(begin(FILES | {"tests/test_b.py": ""}), monkeypatch)
    assert tasks["test"]["meta"]["buildgraph"].inputs[1:] == ("tests/", "shop/", "pyproject.toml")


def test_compiled_catalogs_are_not_read(begin, monkeypatch):
    folder = begin(FILES | {"shop/translations/de/LC_MESSAGES/messages.po": ""})
    text = (folder / "dodo.py").read_text()
    assert '"shop/", "pyproject.toml", "!**/*.mo"]' in text
    assert (
        '# - Translations (shop/translations): catalogs.Catalogs(domain=…, locale="shop/translations", '
        in text
    )
    assert tasks_of(folder, monkeypatch)["test"]


def test_sources_in_a_folder_of_their_own_are_looked_through(begin, monkeypatch):
    files = {name.replace("shop/", "src/shop/"): text for name, text in FILES.items()}
    tasks = tasks_of(begin(files), monkeypatch)
    assert tasks["test"]["meta"]["buildgraph"].inputs[1:] == ("src/shop/", "pyproject.toml")
