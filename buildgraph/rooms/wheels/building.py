"""Building: the wheels of a folder, out of the cache or from verified archives."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from packaging.markers import default_environment
from packaging.utils import parse_wheel_filename
from packaging.version import Version

from buildgraph.errors import BuildError

from . import Wheels, cache
from .alone import OPEN
from .archives import Registry, unpack
from .cache import Recipe
from .pins import Pin, read, read_pins

STEPS = 1  # to be raised when a wheel is built in another way: what is cached then counts no more
PATH = os.pathsep.join(("/usr/local/bin", os.defpath)) if os.name != "nt" else os.environ.get("PATH", "")
ALONE = Path(__file__).with_name("alone.py")
PIP = ("--isolated", "--disable-pip-version-check", "--no-input", "--quiet")
WHEEL = ("--no-deps", "--no-index", "--no-cache-dir", "--no-build-isolation", "--check-build-dependencies")
MISSING = re.compile(r"Some build dependencies for .* are missing: (.*)\.")
CONFLICTING = re.compile(r"Some build dependencies for .* conflict with the backend dependencies: (.*)\.")
YEAR_1980 = "315532800"  # seconds since 1970: the oldest time that a wheel's files can have
KEPT = 12  # digits of a recipe that name its wheel's folder


def build(wheels: Wheels, into: Path) -> None:
    """Have the wheel of each pinned package in the folder, and their list."""
    here = {name: str(value) for name, value in default_environment().items()}
    told: dict[str, dict[str, str]] = {}
    built = 0
    with tempfile.TemporaryDirectory(prefix="wheels-") as name:
        registry: Registry | None = None
        for number, pin in enumerate(read_pins(wheels, here)):
            recipe = _recipe(wheels, pin)
            wheel = cache.get(recipe)
            if wheel is None:
                registry = registry or Registry(Path(name, "registry"))
                work = Path(name, str(number))
                work.mkdir()
                wheel = cache.put(recipe, _built(wheels, pin, registry, work))
                built += 1
            file = f"{recipe.key[:KEPT]}/{wheel.name}"
            (into / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(wheel, into / file)
            told[pin.name] = {"version": pin.version, "file": file, "sha256": cache.digest(wheel)}
    into.mkdir(parents=True, exist_ok=True)
    (into / "wheels.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(f"{len(told)} wheels, {built} of them built and {len(told) - built} out of the cache")


def _recipe(wheels: Wheels, pin: Pin) -> Recipe:
    builders = hashlib.sha256(read(wheels.builders).encode()).hexdigest()
    return Recipe(
        tuple(sorted(pin.digests)),
        f"{pin.name} {pin.version}",
        builders,
        sys.version,
        f"{sysconfig.get_platform()} {sysconfig.get_config_var('SOABI') or sysconfig.get_config_var('EXT_SUFFIX')}",
        _compiler(),
        STEPS,
    )


def _compiler() -> str:
    """Return what the compiler of this Python's extensions says of its version, "" if there is none."""
    words = (sysconfig.get_config_var("CC") or "cc").split()
    program = shutil.which(words[0], path=PATH)
    if not program:
        return ""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.partition("\n")[0]


def _built(wheels: Wheels, pin: Pin, registry: Registry, work: Path) -> Path:
    """Return the wheel that the verified archive of a pin makes, without network, with what is locked, and nothing else of this machine."""
    archive, content = registry.fetch(pin)
    print(f"building {pin}", flush=True)
    source, made, home = (work / each for each in ("source", "made", "home"))
    for place in (source, made, home):
        place.mkdir()
    pip = [sys.executable, "-m", "pip", "--python", os.path.abspath(wheels.python), "wheel", *PIP, *WHEEL]
    command = [*pip, f"--wheel-dir={made}", str(unpack(archive, content, source, pin))]
    done = subprocess.run(
        [sys.executable, "-I", str(ALONE), *command],
        env=_environment(home),
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if OPEN in done.stdout:
        print(OPEN, flush=True)
    if done.returncode:
        raise _failure(pin, done.stdout, wheels.builders)
    (wheel,) = made.glob("*.whl")
    name, version, *_ = parse_wheel_filename(wheel.name)
    if (name, version) != (pin.name, Version(pin.version)):
        raise BuildError(f"the archive of {pin} makes '{wheel.name}'", "", "Pin another release of it.")
    return wheel


def _environment(home: Path) -> dict[str, str]:
    """Return the whole environment of a build: nothing of the user's, and the same for all."""
    places = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME"), str(home))
    return {
        **places,
        "PATH": PATH,
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": YEAR_1980,
        **({"SYSTEMROOT": os.environ["SYSTEMROOT"]} if os.name == "nt" else {}),
    }


def _failure(pin: Pin, said: str, builders: str) -> BuildError:
    """Return the error of a build that failed."""
    for sign in (MISSING, CONFLICTING):
        if found := sign.search(said):
            group = builders.removesuffix(".txt") + ".in"
            return BuildError(
                f"building {pin} needs {found[1]}", builders, f"Name it in '{group}' and run 'doit locks'."
            )
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()] or lines
    print(said, flush=True)
    return BuildError(
        f"building {pin} failed: {(errors or ['it said nothing'])[0]}",
        "",
        "The lines above are its own: it may lack a program or a library of the system.",
    )
