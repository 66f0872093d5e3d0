"""Assets are served under the names of their content, and the manifest is followed as it changes."""

import json
import os
from pathlib import Path

import pytest
from webtest import TestApp

from warehouse.assets import Manifest, serve_static
from warehouse.errors import WarehouseError
from warehouse.settings import Settings


def write(path: Path, text: str, age_seconds: int) -> Path:
    """Write a manifest whose time of change is that long ago."""
    path.write_text(text)
    moment = 1_700_000_000 - age_seconds
    os.utime(path, (moment, moment))
    return path


def test_a_missing_manifest_says_to_build_the_assets(tmp_path: Path):
    path = tmp_path / "manifest.json"
    with pytest.raises(WarehouseError) as error:
        Manifest(path, reload=True)
    assert str(error.value) == f"the assets are not built: cannot read '{path}'. Run 'doit assets'."


def test_an_unknown_asset_says_so(tmp_path: Path):
    path = write(tmp_path / "manifest.json", "{}", 0)
    with pytest.raises(WarehouseError) as error:
        Manifest(path, reload=True).url("css/other.css")
    assert str(error.value) == f"'{path}' has no asset 'css/other.css'. Run 'doit assets'."


def test_a_changed_manifest_is_read_again_in_development(tmp_path: Path):
    path = write(tmp_path / "manifest.json", '{"a.css": "a.1.css"}', 10)
    manifest = Manifest(path, reload=True)
    assert manifest.url("a.css") == "/static/a.1.css"
    write(path, '{"a.css": "a.2.css"}', 5)
    assert manifest.url("a.css") == "/static/a.2.css"


@pytest.mark.parametrize("broken", ["", '{"a.css": '])
def test_a_broken_manifest_leaves_the_last_one_in_force(tmp_path: Path, broken: str):
    path = write(tmp_path / "manifest.json", '{"a.css": "a.1.css"}', 10)
    manifest = Manifest(path, reload=True)
    write(path, broken, 5)
    assert manifest.url("a.css") == "/static/a.1.css"
    path.unlink()
    assert manifest.url("a.css") == "/static/a.1.css"
    write(path, '{"a.css": "a.3.css"}', 1)
    assert manifest.url("a.css") == "/static/a.3.css"


def test_production_reads_the_manifest_once(tmp_path: Path):
    path = write(tmp_path / "manifest.json", '{"a.css": "a.1.css"}', 10)
    manifest = Manifest(path, reload=False)
    write(path, '{"a.css": "a.2.css"}', 5)
    assert manifest.url("a.css") == "/static/a.1.css"


def test_a_hashed_asset_may_be_kept_for_ever(app: TestApp):
    response = app.get("/static/css/warehouse.0a1b2c3d.css")
    assert "immutable" in response.headers["Cache-Control"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_production_prepares_the_assets_at_start(settings: Settings, tmp_path: Path):
    (tmp_path / "manifest.json").write_text(json.dumps({}))
    (tmp_path / "a.0a1b2c3d.css").write_text("a")
    production = Settings(settings.database_url, tmp_path, mode="production", assets=tmp_path)
    app = TestApp(serve_static(lambda environ, start_response: [], production))
    assert app.get("/static/a.0a1b2c3d.css").text == "a"
    assert "immutable" not in app.get("/static/manifest.json").headers["Cache-Control"]
