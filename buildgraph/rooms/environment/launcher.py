"""Launcher: a program of the environment that runs a script of the checkout, and starts quickly.

An installed console script imports its package before it can know that nothing has to be done; this one starts Python
without `site`, and does what can be done without doit (`launch.py`); only then it runs the script. On Windows the installed program stays.
"""

import os
import sys
from pathlib import Path

from buildgraph.files import write_text

SHEBANG_BYTES = 127  # the shortest limit on Linux (execve(2), before 5.1)
QUICK = "-IS"  # isolated, without site-packages: the script finds its own way


def write(python: Path, name: str, script: str) -> None:
    """Write the launcher next to the environment's interpreter, unless it is there already."""
    if os.name == "nt":
        return
    path = python.with_name(name)
    target = os.path.abspath(script)
    root = os.path.dirname(target)
    # Without `site` an installed library is found by its place alone.
    places = [root] if Path(root, "buildgraph").is_dir() else [root, str(_packages(python))]
    body = (
        "import sys\n"
        f"sys.path[:0] = {places!r}\n"
        f"sys.argv[0] = __file__ = {target!r}\n"
        "try:\n"
        "    from buildgraph.launch import launch\n"
        f"    launch({root!r})\n"
        "    with open(__file__, 'rb') as file:\n"
        "        source = file.read()\n"
        "    try:\n"
        "        script = compile(source, __file__, 'exec')\n"
        "    except SyntaxError as error:\n"
        "        from buildgraph.errors import syntax_error\n"
        "        from buildgraph.outlet import tell\n"
        "        sys.exit(tell(syntax_error(error)))\n"
        "    exec(script)\n"
        "except KeyboardInterrupt:\n"
        "    sys.exit(130)\n"
    )
    write_text(path, _head(python) + body)
    path.chmod(0o755)


def _packages(python: Path) -> Path:
    """Return the folder of the packages of the environment that an interpreter belongs to."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return python.parent.parent / "lib" / version / "site-packages"


def _head(python: Path) -> str:
    """Return the first lines: a shebang, or where that cannot hold the path, a shell line that Python reads as a string."""
    line = f"#!{python} {QUICK}\n"
    if " " not in str(python) and len(os.fsencode(line)) <= SHEBANG_BYTES:
        return line
    quoted = str(python).replace("'", "'\"'\"'")
    return f"#!/bin/sh\n'''exec' '{quoted}' {QUICK} \"$0\" \"$@\"\n' '''\n"
