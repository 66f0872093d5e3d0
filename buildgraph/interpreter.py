"""Interpreter: which Python `.python-version` asks for, and where on this machine one is that really starts.

A name on PATH proves nothing (a shim of pyenv may stand for a version that is not installed, and end with 127), so each
candidate is run and asked. What was found is remembered in the checkout: this costs time once.

Standard library only, and nothing here may need a newer Python than the one that is told it is too old.
"""

# ruff: noqa: UP031, RUF005 (the words of an old Python, as in bootstrap.py)
import os
import re
import sys

PIN = ".python-version"
MEMORY = os.path.join(".buildgraph", "interpreter")
PROBE_SECONDS = 5  # a shim that asks a server, or waits for a terminal, is not an interpreter
QUESTION = "import sys; print('%d.%d %s' % (sys.version_info[:2] + (sys.executable,)))"
# Where version managers keep what they install; {0} is the version.
MANAGED = (
    os.path.join("{pyenv}", "versions", "{0}*", "bin", "python"),
    os.path.join("~", ".local", "share", "uv", "python", "cpython-{0}.*", "bin", "python{0}"),
    os.path.join("~", "AppData", "Roaming", "uv", "python", "cpython-{0}.*", "python.exe"),
)
COMMANDS = (
    "Debian and Ubuntu: 'sudo apt install python{0} python{0}-venv'; Fedora: 'sudo dnf install python{0}'; "
    "macOS: 'brew install python@{0}'; Windows: 'winget install Python.Python.{0}'; anywhere: 'pyenv install {0}'"
)


def pinned(root):
    """Return the minor version (`3.11`) that the checkout's `.python-version` asks for, "" if it asks for none."""
    try:
        with open(os.path.join(root, PIN), encoding="utf-8") as file:
            found = re.search(r"^\s*(?:c?python-?)?(\d+\.\d+)", file.read(), re.MULTILINE)
    except (OSError, UnicodeDecodeError):
        return ""
    return found.group(1) if found else ""


def remembered(root, version):
    """Return the interpreter of that version that was found before, "" if there is none (any more)."""
    try:
        with open(os.path.join(root, MEMORY), encoding="utf-8") as file:
            known, _, path = file.read().strip().partition(" ")
    except (OSError, UnicodeDecodeError):
        return ""
    # What is running and not of that version has been exchanged since it was found.
    is_this = os.path.realpath(path) == os.path.realpath(sys.executable)
    return path if known == version and os.path.isfile(path) and not is_this else ""


def is_missing(root, version):
    """Tell whether that version was looked for before among the same candidates, and was not there."""
    try:
        with open(os.path.join(root, MEMORY), encoding="utf-8") as file:
            return file.read() == "%s %s\n" % (version, _none_of(version))
    except (OSError, UnicodeDecodeError):
        return False


def remember_missing(root, version):
    """Write down that no candidate is of that version."""
    remember(root, version, _none_of(version))


def _none_of(version):
    """Return a text that stands for the candidates as they are now."""
    from zlib import crc32

    facts = [
        (command, os.stat(command[-1]).st_mtime_ns) for command in _candidates(version) if len(command) == 1
    ]
    return "none:%08x" % crc32(repr(facts).encode("utf-8", "surrogateescape"))


def remember(root, version, path):
    """Write down where an interpreter of that version is; a checkout that cannot be written is told about later."""
    file = os.path.join(root, MEMORY)
    try:
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file + ".new", "w", encoding="utf-8") as memory:
            memory.write("%s %s\n" % (version, path))
        os.replace(file + ".new", file)
    except OSError:
        pass


def find(version):
    """Return (the path of an interpreter of that version or "", a phrase for each candidate that was refused)."""
    refused = []
    for command in _candidates(version):
        found, path = _ask(command)
        if found == version:
            return path, refused
        refused.append("%s (%s)" % (" ".join(command), "it is %s" % found if found else path))
    return "", refused


def _candidates(version):
    """Return the commands that may start that version, each once, in the order in which they are tried."""
    import glob

    found = []
    names = ["python" + version, "python3", "python"]
    if os.name == "nt":
        found.append(["py", "-" + version])
        names = [name + ".exe" for name in names]
    folders = [folder for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    paths = [os.path.join(folder, name) for name in names for folder in folders]
    pyenv = os.environ.get("PYENV_ROOT") or os.path.join("~", ".pyenv")
    for pattern in MANAGED:
        paths += sorted(glob.glob(os.path.expanduser(pattern.format(version, pyenv=pyenv))), reverse=True)
    seen = set()
    for path in paths:
        if os.path.isfile(path) and os.access(path, os.X_OK) and os.path.realpath(path) not in seen:
            seen.add(os.path.realpath(path))
            found.append([path])
    return found


def _ask(command):
    """Run a candidate; return its version and its own path, or "" and why it was refused."""
    import subprocess

    try:
        done = subprocess.run(
            command + ["-c", QUESTION],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PROBE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return "", "no answer in %d seconds" % PROBE_SECONDS
    except OSError as error:
        return "", error.strerror
    version, _, path = done.stdout.decode("utf-8", "replace").strip().partition(" ")
    if done.returncode or not path:
        return "", "it ends with code %d" % done.returncode
    return version, path
