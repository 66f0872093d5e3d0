"""Record a real upgrade: well-known packages, resolved as of two days, with what each chosen release requires.

    python bench/locks/record_upgrades.py        (in the tools environment: uv resolves and installs into throw-away folders)

Writes recorded_upgrades.json: the roots, and for each day name -> [version, its Requires-Dist lines that apply].
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from buildgraph import uv  # noqa: E402
from buildgraph.rooms.locks import Locks  # noqa: E402
from buildgraph.rooms.locks.closure import Pin  # noqa: E402
from buildgraph.rooms.locks.resolve import serve_everywhere  # noqa: E402
from buildgraph.rooms.locks.sources import Source  # noqa: E402

DAYS = ("2025-08-01", "2026-11-16")
PYTHON = "3.12"
ROOTS = """
aiohttp alembic argon2-cffi black boto3 celery cryptography django djangorestframework fastapi flask furo
google-cloud-storage grpcio-status gunicorn httpx hypothesis ipython jsonschema mkdocs-material mypy pillow pip-audit
pip-tools pre-commit psycopg[binary] pydantic-settings pytest-asyncio pytest-cov pytest-xdist readme-renderer[md] redis
ruff sphinx structlog tox trove-classifiers twine typer uvicorn[standard] watchfiles whitenoise
"""
READ = """
import importlib.metadata, json, sys
print(json.dumps([[d.metadata["Name"], d.version, d.requires or []] for d in importlib.metadata.distributions(path=sys.argv[1:])]))
"""


def main() -> None:
    """Resolve for both days and write what came out."""
    recorded = {day: resolved_as_of(day) for day in DAYS}
    result = {"python": PYTHON, "roots": ROOTS.split(), "days": recorded}
    lines = json.dumps(result).replace('"], "', '"],\n"').replace(': {"', ':\n{"').replace("]], ", "]],\n")
    Path(HERE, "recorded_upgrades.json").write_text(lines + "\n", encoding="utf-8")
    print({day: len(pins) for day, pins in recorded.items()})


def resolved_as_of(day: str) -> dict[str, list[object]]:
    """Return the pins of one day, installed in order to read what they require."""
    common = ["--quiet", "--no-config", "--only-binary=:all:"]
    with tempfile.TemporaryDirectory(prefix="record-") as folder:
        asked, pins = Path(folder, "asked.in"), Path(folder, "pins.txt")
        asked.write_text("\n".join(ROOTS.split()) + "\n", encoding="utf-8")
        until = f"--exclude-newer={day}T00:00:00Z"
        run("compile", *common, f"--python-version={PYTHON}", until, f"--output-file={pins}", str(asked))
        target = ["--no-deps", f"--python-version={PYTHON}", f"--target={folder}/installed"]
        run("install", *common, *target, "-r", str(pins))
        read = subprocess.run(
            [sys.executable, "-I", "-c", READ, f"{folder}/installed"],
            check=True,
            capture_output=True,
            text=True,
        )
    raw = {}
    for name, version, requires in json.loads(read.stdout):
        key = name.lower().replace("_", "-").replace(".", "-")
        raw[key] = Pin(key, version, tuple(requires))
    source = Source("all", "all.in", tuple(enumerate(ROOTS.split(), 1)))
    kept, _ = serve_everywhere(Locks(groups=("all",), pythons=(PYTHON,)), (source,), raw)
    return {name: [pin.version, list(pin.requires)] for name, pin in sorted(kept.items())}


def run(verb: str, *words: str) -> None:
    """Run one of uv's commands that stand for pip's."""
    subprocess.run([uv.find(), "pip", verb, *words], check=True)


if __name__ == "__main__":
    main()
