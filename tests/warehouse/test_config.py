"""The application is put together from settings, or from the environment."""

import pytest
from webtest import TestApp

from warehouse.config import main
from warehouse.errors import WarehouseError
from warehouse.settings import Settings


def test_main_serves_pages_and_assets(settings: Settings):
    app = TestApp(main(settings))
    assert app.get("/_health/").text == "OK"
    assert app.get("/static/css/print.0a1b2c3d.css").text == "/* css/print.css */"


def test_a_missing_setting_ends_in_a_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(WarehouseError, match="DATABASE_URL is not set"):
        main()
