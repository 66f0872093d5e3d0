"""Bootstrap: from nothing but Python to doit in an environment of its own.

Theory of operation. The graph runs in the tools environment, `.buildgraph/tools/<key>`, where the key is a digest of the
locked build group and of the interpreter: a changed lock makes another folder and never changes one that a running
command uses. The first lines of dodo.py call `hand_over`. Inside the tools environment it returns; anywhere else (a bare
Python, the doit of .venv, of pipx or of the system) it makes the environment if it is missing and continues there, so
`python3 dodo.py TASK` and `doit TASK` are the same command. An environment is built under a temporary name and renamed
when complete; of two builders the second discards its own.

Standard library only, and nothing here may need a newer Python than the one that is told it is too old.
"""

import os
import sys

STATE = ".buildgraph"
OLDEST = (3, 11)
NEWEST = (3, 14)
TICK_SECONDS = 0.25
STEPS = ("Collecting ", "Downloading ", "Using cached ", "Installing collected packages: ")  # of pip
RETRYING = "Retrying ("  # how pip says that a registry gives no answer
BODY = b"# body: "  # before the digest of a lock's other lines, as the room of the locks writes it
LIBRARY = (
    b"buildgraph==",
    b"buildgraph @",
    b"buildgraph[",
)  # how a lock begins to say which release of this library it is
KEPT = 2  # environments of other locks left alone: a command of another branch may still run from one
UNWANTED = ("PYTHONPATH", "PYTHONHOME")  # they would redirect the new environment's Python


class BootstrapError(Exception):
    """One sentence on why the tools environment cannot be had, and what to do."""


def hand_over(dodo, name, lock="requirements/build.txt"):
    """Continue the running command in the tools environment; return only if this is it.

    `dodo` and `name` are `__file__` and `__name__` of dodo.py. An import of dodo.py outside a command returns, too.
    """
    if name != "__main__" and not _is_doit():
        return
    root = os.path.dirname(os.path.abspath(dodo))
    words = sys.argv[1:] if name == "__main__" else _without_place(sys.argv[1:])
    from buildgraph.owner import refuse_root

    refuse_root(root)
    try:
        if _is_supported():
            from buildgraph.proof.certificate import end_if_it_holds

            end_if_it_holds(root, words)
        other = _other_python(root, lock)
        if other:
            _continue_as([other, os.path.abspath(dodo)] + words, root)
        folder = tools_folder(root, lock)
        if os.path.realpath(sys.prefix) == os.path.realpath(folder):
            return
        python = _python_of(folder)
        if not os.path.exists(python):
            _build(root, lock, folder)
    except BootstrapError as error:
        sys.stdout.flush()
        sys.stderr.write("error: %s\n" % error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    _hold_interrupt()
    _continue_as([python, "-E", "-s", "-m", "buildgraph"] + words, root)


def _hold_interrupt():
    """Keep a Ctrl-C back until `__main__` of this package can answer it: an interpreter that starts answers with a traceback."""
    import signal

    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _is_doit():
    """Tell whether the running program is a doit: `doit`, or `python -m doit`."""
    folder, program = os.path.split(sys.argv[0])
    return os.path.splitext(program)[0] == "doit" or (
        program == "__main__.py" and os.path.basename(folder) == "doit"
    )


def _without_place(words):
    """Return a command line of another doit without what has told it where dodo.py is, which is where this one goes on."""
    first = 0 if words and words[0].startswith("-") else 1
    kept, position = words[:first], first
    while position < len(words) and words[position].startswith("-"):
        word = words[position]
        if word in ("-f", "--file", "-d", "--dir"):
            position += 1
        elif word not in ("-k", "--seek-file") and not word.startswith(("--file=", "--dir=")):
            kept = kept + [word]
        position += 1
    return kept + words[position:]


def tools_folder(root, lock="requirements/build.txt"):
    """Return the folder of the tools environment that this lock and this interpreter call for."""
    from buildgraph.observe.digests import of_bytes

    path = os.path.join(root, lock)
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise BootstrapError(
            "cannot read '%s': %s. Bring it back from version control; 'python -m buildgraph init' writes one where there never was one."
            % (lock, error.strerror)
        )
    interpreter = ("%s %s %s" % (sys.version, sys.base_prefix, sys.platform)).encode()
    others, own = _without_library(content)
    key = of_bytes(others + interpreter)[:16]
    return os.path.join(root, STATE, "tools", key + "+" + of_bytes(own)[:16] if own else key)


def _without_library(lock):
    """Return the content of a lock apart from this library, and what it says of the library: its code has an identity of its own."""
    if b"\nbuildgraph" not in b"\n" + lock:
        return lock, b""
    others, own, is_own = b"", b"", False
    for line in lock.splitlines(True):
        if not line.startswith((b" ", b"\t")):
            is_own = line.startswith(LIBRARY)
        if is_own:
            own += line
        elif not line.startswith(b"#"):  # The digest of the whole is in a comment.
            others += line
    return others, own


def tools_python(root, lock="requirements/build.txt"):
    """Return the interpreter of the tools environment."""
    return _python_of(tools_folder(root, lock))


def _python_of(folder):
    return (
        os.path.join(folder, "Scripts", "python.exe")
        if os.name == "nt"
        else os.path.join(folder, "bin", "python")
    )


def _is_supported():
    """Tell whether this Python is one that the locks serve."""
    return OLDEST <= sys.version_info[:2] <= NEWEST


def _other_python(root, lock):
    """Return the interpreter that `.python-version` asks for if this is another one, "" if this one goes on.

    Where there is none of that version, any that the locks serve will do; without one, raise. Candidates are looked for once,
    and again when they are others.
    """
    from buildgraph import interpreter

    here, wanted = "%d.%d" % sys.version_info[:2], interpreter.pinned(root)
    if _is_supported() and wanted in ("", here):
        return ""
    served = ["%d.%d" % (OLDEST[0], minor) for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    wishes = ([wanted] if wanted in served else []) + ([] if _is_supported() else served)
    for version in wishes:
        known = interpreter.remembered(root, version)
        if known:
            return known
    if _is_supported() and os.path.exists(tools_python(root, lock)) and interpreter.is_missing(root, wanted):
        return ""
    refused = []
    for version in wishes:
        path, others = interpreter.find(version)
        if path:
            interpreter.remember(root, version, path)
            return path
        refused += [other for other in others if other not in refused]
    problem = "Python %s is wanted ('%s'%s)" % (
        wanted or served[0], interpreter.PIN, "; %s to %s will do" % (served[-1], served[0])
    )  # fmt: skip
    found = "; ".join(
        ["%s (%s, running)" % (".".join(map(str, sys.version_info[:3])), sys.executable)] + refused
    )
    advice = interpreter.COMMANDS.format(wanted if wanted in served else served[0])
    if not _is_supported():
        raise BootstrapError("%s. Found: %s. Install it. %s." % (problem, found, advice))
    interpreter.remember_missing(root, wanted)
    sys.stderr.write("note: %s; it was not found. Continuing with Python %s.\n" % (problem, here))
    return ""


def _build(root, lock, folder):
    """Make the tools environment: complete under its final name, or not there."""
    import shutil
    import tempfile

    _refuse_edited(root, lock)
    wheel = _pip_wheel()
    parent = os.path.dirname(folder)
    try:
        os.makedirs(parent, exist_ok=True)
        new = tempfile.mkdtemp(prefix="new-", dir=parent)
    except OSError as error:
        raise BootstrapError(
            "cannot write '%s': %s. The checkout has to be writable by you; clone it again into a folder of yours."
            % (os.path.join(STATE, "tools"), error.strerror)
        )
    sys.stderr.write("tools: installing '%s' into '%s/tools' (new, or the lock moved)\n" % (lock, STATE))
    sys.stderr.flush()
    try:
        venv = [sys.executable, "-m", "venv", "--without-pip", new]
        _run(venv, root, "create an environment", "creating an environment")
        pip = [_python_of(new), wheel + os.sep + "pip"]
        _run(
            [
                *pip, "install", "--progress-bar=off", "--no-input", "--no-compile",
                "--disable-pip-version-check", "--no-deps", "--require-hashes", "--only-binary=:all:", *_beside(root, lock), "-r", lock,
            ],
            root,
            "install '%s'" % lock,
            "reading '%s'" % lock,
            pip,
        )  # fmt: skip
        try:
            os.rename(new, folder)
        except OSError:
            if not os.path.exists(_python_of(folder)):
                raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
    _forget_old(parent, folder)


def _beside(root, lock):
    """Return how pip is told of wheels that lie next to the lock, by whose hashes they are verified like any others."""
    folder = os.path.dirname(lock)
    has_wheels = any(name.endswith(".whl") for name in os.listdir(os.path.join(root, folder)))
    return ["--find-links", folder] if has_wheels else []


def _refuse_edited(root, lock):
    """Raise if a lock that says what its body was when it was written has another one: nothing of that is installed."""
    import hashlib

    with open(os.path.join(root, lock), "rb") as file:
        lines = file.read().splitlines(True)
    said = [line.split()[-1].decode("ascii", "replace") for line in lines if line.startswith(BODY)]
    body = b"".join(line for line in lines if not line.startswith(b"#"))
    if said and said != ["sha256:" + hashlib.sha256(body).hexdigest()]:
        raise BootstrapError(
            "'%s' is not what `doit locks` wrote: it was edited by hand. 'git checkout -- %s' brings it back; put the change "
            "into the '.in' file of that group, then run 'doit locks'." % (lock, lock)
        )


def _pip_wheel():
    """Return the pip that comes with this Python; nothing else is needed to install from hashes."""
    import glob
    import sysconfig

    folders = [sysconfig.get_config_var("WHEEL_PKG_DIR")]
    try:
        import ensurepip
        import venv  # noqa: F401

        folders.append(os.path.join(os.path.dirname(ensurepip.__file__), "_bundled"))
    except ImportError:
        folders = []
    wheels = [
        path
        for folder in folders
        if folder
        for path in sorted(glob.glob(os.path.join(glob.escape(folder), "pip-*.whl")))
    ]
    if not wheels:
        raise BootstrapError(
            "this Python (%s) lacks the modules 'venv' and 'ensurepip'. On Debian and Ubuntu: "
            "'sudo apt install python3-venv'; elsewhere install Python from python.org." % sys.executable
        )
    return wheels[-1]


def _environment(pip):
    """Return the environment of a step: of pip's configuration, only what says how a registry is reached."""
    from buildgraph import personal
    from buildgraph.errors import BuildError

    environment = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    try:
        return personal.filtered(environment, personal.pip_settings(pip, environment) if pip else {})
    except BuildError as error:
        raise BootstrapError(str(error))


def _run(command, root, purpose, doing, pip=()):
    """Run a step with its output in a log; raise a sentence that says why it failed. `pip` is the one that it starts.

    `doing` describes it until it prints something itself.
    """
    import subprocess

    log = os.path.join(root, STATE, "logs", "bootstrap.log")
    os.makedirs(os.path.dirname(log), exist_ok=True)
    environment = _environment(pip)
    with open(log, "wb") as file:
        process = subprocess.Popen(command, cwd=root, env=environment, stdout=file, stderr=subprocess.STDOUT)
    try:
        _watch(process, log, doing)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    if process.returncode:
        raise BootstrapError(
            "cannot %s: %s The whole output is in '%s'."
            % (purpose, _reason(_content(log)), os.path.relpath(log, root))
        )


def _watch(process, log, doing):
    """Wait for a step; on a terminal, one line says how long it has taken and what it does."""
    import subprocess
    import time

    is_shown, began = sys.stderr.isatty(), time.monotonic()
    with open(log, "rb") as said:
        while True:
            try:
                process.wait(TICK_SECONDS if is_shown else None)
                break
            except subprocess.TimeoutExpired:
                doing = _step(said, doing)
                _show("tools: %d s  " % (time.monotonic() - began), doing)
    if is_shown:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def _step(said, doing):
    """Return what a step does, of the whole lines that it has said since it was last looked at; what it was doing if they say nothing."""
    for line in iter(said.readline, b""):
        if not line.endswith(b"\n"):
            said.seek(-len(line), os.SEEK_CUR)
            break
        text = line.decode("utf-8", "replace").strip()
        if RETRYING in text:
            doing = "the registry gives no answer, it is asked again"
        elif text.startswith(STEPS[-1]):
            doing = "installing %d packages" % len(text[len(STEPS[-1]) :].split(", "))
        elif text.startswith(STEPS):
            doing = text
    return doing


def _show(start, doing):
    import shutil

    from buildgraph.running.liveline import cut, plain

    text = cut(start + plain(doing), shutil.get_terminal_size().columns - 1)
    sys.stderr.write("\r%s\x1b[K" % text)
    sys.stderr.flush()


def _content(path):
    with open(path, "rb") as file:
        return file.read()


def _reason(output):
    """Say in a sentence what the installer's output means."""
    text = output.decode("utf-8", "replace")
    if "DO NOT MATCH THE HASHES" in text:
        return "a downloaded file does not have the digest that the lock demands, so nothing of it was run."
    if "No space left" in text:
        return "the disk is full. Free space and run the command again."
    lacking = [
        line.partition("found for ")[2] for line in text.splitlines() if "No matching distribution" in line
    ]
    if any(
        sign in text
        for sign in (
            "NewConnectionError",
            "Connection",
            "name resolution",
            "Retrying",
            "(from versions: none)",
        )
    ):
        return (
            "%s could not be reached (or lacks a package), and the cache does not hold it all. Check the network and pip's configuration, then run the command again."
            % _registry(text)
        )
    if lacking:
        return (
            "no registry, and no cache, has '%s' for this Python. If the lock was edited by hand, 'git checkout' brings it back; otherwise check pip's configuration, then run the command again."
            % lacking[0].split(" (from")[0]
        )
    lines = [line for line in text.splitlines() if line.strip()]
    return (lines[-1] if lines else "it ended without a word") + "."


def _registry(text):
    """Name the registries that pip has asked, without the logins of their addresses."""
    import re

    hosts = re.findall(
        r"https?://(?:[^@\s/]*@)?([^\s/,]+)", "".join(re.findall("Looking in indexes: (.*)", text))
    )
    hosts = hosts or re.findall(r"host='([^']+)'", text)
    names = ", ".join("'%s'" % host for host in dict.fromkeys(hosts))
    return "the package registry %s" % names if names else "pip's default package registry"


def _forget_old(parent, current):
    """Remove environments of locks long gone."""
    import shutil

    others = [os.path.join(parent, name) for name in os.listdir(parent)]
    others = [path for path in others if path != current]
    others.sort(key=os.path.getmtime, reverse=True)
    for path in others[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)


def _continue_as(command, root):
    """Replace this process by a command, in the folder of dodo.py."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.chdir(root)
    if os.name != "nt":
        os.execv(command[0], command)
    import subprocess

    # Windows has no exec that keeps the console and the process id: wait, and pass the code on.
    process = subprocess.Popen(command)
    while True:
        try:
            sys.exit(process.wait())
        except KeyboardInterrupt:
            continue
