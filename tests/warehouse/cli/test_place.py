"""Commands have a place of their own: the web application never imports one, the server only the one that starts it."""

import os
import subprocess
import sys

from warehouse.settings import Settings

ANSWER = """
import sys
from pathlib import Path
from webtest import TestApp
from warehouse import settings
settings.BUILT_ASSETS = Path(sys.argv[1])
from warehouse.config import main
app = TestApp(main())
for path in ("/", "/simple/", "/account/login/", "/search/?q=a", "/_mail/"):
    app.get(path, status=200)
"""
SERVE = """
import sys, waitress.server
from pathlib import Path
from types import SimpleNamespace
from warehouse import settings
settings.BUILT_ASSETS = Path(sys.argv[1])
waitress.server.create_server = lambda application, **more: SimpleNamespace(run=lambda: None)
from warehouse.cli import main
main(["serve", "--port=0"])
"""
NAMES = """
print(*sorted(name for name in sys.modules if name.startswith(("warehouse.cli", "warehouse.samples"))))
"""


def loaded(script: str, settings: Settings) -> list[str]:
    """Run a script in a Python of its own; return the modules of commands that it has loaded in the end."""
    url = settings.database_url.render_as_string(hide_password=False)
    environment = os.environ | {"DATABASE_URL": url, "WAREHOUSE_FILES": str(settings.files)}
    command = [sys.executable, "-W", "ignore", "-c", script + NAMES, str(settings.assets)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()


def test_the_application_imports_no_command(settings: Settings):
    assert loaded(ANSWER, settings) == []


def test_the_server_loads_its_own_command_and_no_other(settings: Settings):
    assert loaded(SERVE, settings) == ["warehouse.cli", "warehouse.cli.serve"]
