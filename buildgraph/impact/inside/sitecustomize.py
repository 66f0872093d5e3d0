"""Inside: what a Python that a test starts reads, told to the process that started it.

Python imports `sitecustomize` when it starts, and finds this one since `children` puts its folder on PYTHONPATH, for that process only. It takes itself out of the environment and out of `sys.path`, runs the
`sitecustomize` that would have been found, and listens. What was heard is written when the process ends, once, under the name that it was given. A process that is killed, that ends by `os._exit`, that
becomes another program, or whose threads still run writes nothing; one that starts what nobody sees into says so.

Nothing but `atexit` is imported that the interpreter has not loaded by itself, so that what the process finds in `sys.modules` is what it would find without.
"""

import _thread
import builtins
import os
import sys

RECORD = "BUILDGRAPH_IMPACT_RECORD"
"""Where the record is written."""
PATH = "BUILDGRAPH_IMPACT_PYTHONPATH"
"""What PYTHONPATH was; absent if it was."""
FOLDER = os.path.dirname(os.path.abspath(__file__))
getpid, getcwd, lstat, stat = os.getpid, os.getcwd, os.lstat, os.stat
"""What this file asks the system itself: somebody else may have these replaced as well, to hear who asks."""
IS_ANY, IS_FOLDER, IS_LINK = 0o170000, 0o040000, 0o120000
WRITES = os.O_WRONLY | os.O_RDWR
STARTS = (
    "os.posix_spawn",
    "os.exec",
    "os.system",
    "os.spawn",
    "os.fork",
    "os.forkpty",
    "subprocess.Popen",
    "_posixsubprocess.fork_exec",
)
EXISTENCE = frozenset((
    "exists", "isfile", "isdir", "islink", "ismount", "lexists", "is_file", "is_dir", "is_symlink", "is_mount", "samefile", "realpath", "_joinrealpath", "resolve",
    "which", "_access_check",
))  # fmt: skip
"""Functions of the standard library that ask whether something is there, and what it is."""
MADE = ("os.rename", "os.mkdir", "os.remove", "os.rmdir")
LINKS = ("os.link", "os.symlink")
FLAGS = frozenset(("-B", "-u", "-O", "-OO", "-b", "-bb", "-q", "-s", "-c", "-m", "-P"))
"""Options of Python under which it starts as it does without this file."""
TELLING = (
    "PYTHONVERBOSE",
    "PYTHONPROFILEIMPORTTIME",
    "PYTHONHOME",
    "PYTHONSAFEPATH",
    "PYTHONINSPECT",
)
"""Variables under which a start with this file shows, or goes another way."""


def words_of(arguments, given):
    """Return the arguments of a process that can be listened to; None for any other."""
    if given.get("shell") or given.get("executable") is not None or given.get("preexec_fn") is not None:
        return None
    if isinstance(arguments, (str, bytes)) or not isinstance(arguments, (list, tuple)) or not arguments:
        return None
    words = [os.fsdecode(each) for each in arguments]
    if words[0] != sys.executable:
        return None
    for word in words[1:]:
        if not word.startswith("-") or word == "-":
            break
        if word not in FLAGS:
            return None
        if word in ("-c", "-m"):
            break
    return words


def environment_of(given, record):
    """Return the environment of a process that is to listen; None if it would show."""
    found = dict(os.environ if given.get("env") is None else given["env"])
    if not all(isinstance(each, str) for pair in found.items() for each in pair):
        return None
    if any(name in found for name in (*TELLING, RECORD, PATH)):
        return None
    before = found.get("PYTHONPATH")
    if before is not None:
        found[PATH] = before
    found["PYTHONPATH"] = FOLDER + (os.pathsep + before if before else "")
    found[RECORD] = record
    return found


NAMES = (
    "bufsize", "executable", "stdin", "stdout", "stderr", "preexec_fn", "close_fds", "shell", "cwd", "env",
)  # fmt: skip
"""What `Popen` takes by position after the arguments (its documentation)."""


def named(rest, options):
    """Return the arguments of a `Popen` by name; None if there are more by position than is known."""
    return {**dict(zip(NAMES, rest)), **options} if len(rest) <= len(NAMES) else None  # noqa: B905


class Inside:
    """What this process has read, and what it has started."""

    def __init__(self, record):
        self.record = record
        self.pid = getpid()
        self.is_opaque = False
        self.files = {}  # with size, time and inode as they were when they were read first; None: absent
        self.asked = {"exists": set(), "listing": set(), "link": set()}
        self.variables = set()
        self.has_read_all = False  # of the environment
        self.made = set()
        self.children = []
        self.busy = set()  # threads in which what is heard is our own doing
        self.starting = set()  # threads that start a process which will tell

    def hear(self, event, arguments):
        """Hear an audit event (PEP 578); nothing that goes wrong here may show."""
        if event not in KINDS or _thread.get_ident() in self.busy or getpid() != self.pid:
            return
        self.busy.add(_thread.get_ident())
        try:
            KINDS[event](self, event, arguments)
        except Exception:
            self.is_opaque = True
        finally:
            self.busy.discard(_thread.get_ident())

    def opened(self, event, arguments):
        path, mode, flags = (*arguments, None, None)[:3]
        if isinstance(mode, str):
            is_writing = any(letter in mode for letter in "wax+")
            is_reading = not is_writing or "r" in mode
        else:
            is_writing = isinstance(flags, int) and bool(flags & WRITES)
            is_reading = not is_writing or bool(flags & os.O_RDWR)
        if is_reading:
            self.read(path)
            if mode is None and not isinstance(path, int) and kind_of(path, stat) == IS_FOLDER:
                self.is_opaque = True  # What is opened by way of its descriptor is not heard.
        if is_writing:
            self.made.add(self.absolute(path))

    def read(self, path):
        path = self.absolute(path)
        if path.endswith(".pyc"):
            folder, name = os.path.split(path)
            if os.path.basename(folder) == "__pycache__":
                path = os.path.join(os.path.dirname(folder), name.split(".")[0] + ".py")
        if path and path not in self.files and path not in self.made:
            self.files[path] = state_of(path)
        if path and kind_of(path, lstat) == IS_LINK:
            self.files[os.path.realpath(path)] = state_of(path)

    def absolute(self, path):
        if isinstance(path, int) or path is None:
            return ""
        path = os.fsdecode(path)
        return path if os.path.isabs(path) else os.path.join(getcwd(), path)

    def connected(self, event, arguments):
        if isinstance(arguments[0], (str, bytes)) and os.fsdecode(arguments[0]).startswith("file:"):
            self.is_opaque = True  # a URI, which nothing that is loaded here can read
        self.read(arguments[0])

    def loaded(self, event, arguments):
        if isinstance(arguments[0], str) and os.sep in arguments[0]:
            self.read(arguments[0])

    def linked(self, event, arguments):
        if event == "os.link":
            self.read(arguments[0])
        self.made.add(self.absolute(arguments[1]))

    def listed(self, event, arguments):
        path = arguments[0] if arguments else None
        if isinstance(path, int):
            self.is_opaque = True
        else:
            self.asked["listing"].add(self.absolute("." if path is None else path))

    def started(self, event, arguments):
        if _thread.get_ident() not in self.starting:
            self.is_opaque = True

    def changed(self, event, arguments):
        self.made.update(
            self.absolute(each) for each in arguments[:2] if isinstance(each, (str, bytes, os.PathLike))
        )

    def wrap_questions(self):
        """Hear of `os.stat` and its like, which have no event."""
        for name in ("stat", "lstat", "access", "readlink"):
            setattr(os, name, self._asking(getattr(os, name)))

    def _asking(self, original):
        def asking(path, *rest, **options):
            if _thread.get_ident() not in self.busy and getpid() == self.pid and not isinstance(path, int):
                self.busy.add(_thread.get_ident())
                try:
                    frame = sys._getframe(1)
                    names = {frame.f_code.co_name, frame.f_back.f_code.co_name if frame.f_back else ""}
                    if options.get("dir_fd") is not None:
                        self.is_opaque = True
                    elif original.__name__ == "readlink":
                        self.asked["link"].add(self.absolute(path))
                    elif names.isdisjoint(EXISTENCE):
                        self.read(path)
                    elif self.absolute(path) not in self.made:
                        self.asked["exists"].add(self.absolute(path))
                except Exception:
                    self.is_opaque = True
                finally:
                    self.busy.discard(_thread.get_ident())
            return original(path, *rest, **options)

        asking.__name__ = original.__name__
        asking.__wrapped__ = original
        asking.__code__ = asking.__code__.replace(co_filename=os.__file__)
        for known in ("supports_fd", "supports_dir_fd", "supports_follow_symlinks", "supports_effective_ids"):
            if original in getattr(os, known):
                getattr(os, known).add(asking)
        return asking

    def wrap_environment(self):
        """Hear which variables are read."""
        kind = type(os.environ)
        get, iterate = kind.__getitem__, kind.__iter__

        def read(environment, name):
            if environment is os.environ and isinstance(name, str):
                self.variables.add(name)
            return get(environment, name)

        def names(environment):
            if _thread.get_ident() not in self.busy:
                self.has_read_all = True
            return iterate(environment)

        kind.__getitem__, kind.__iter__ = read, names

    def wrap_popen(self, module):
        """Have a Python that this process starts listen as well."""
        original = module.Popen.__init__

        def starting(popen, args, *rest, **options):
            given = named(rest, options)
            record = f"{self.record}-{len(self.children)}"
            self.busy.add(_thread.get_ident())
            try:
                is_seen = getpid() == self.pid and given is not None and words_of(args, given) is not None
                environment = environment_of(given, record) if is_seen else None
            except Exception:
                environment = None
            finally:
                self.busy.discard(_thread.get_ident())
            if environment is None:
                return original(popen, args, *rest, **options)
            self.children.append(record)
            self.starting.add(_thread.get_ident())
            try:
                return original(popen, args, **{**given, "env": environment})
            finally:
                self.starting.discard(_thread.get_ident())

        starting.__wrapped__ = original
        starting.__code__ = starting.__code__.replace(
            co_filename=module.__file__
        )  # It does not count as a caller.
        module.Popen.__init__ = starting

    def find_spec(self, name, path=None, target=None):
        """Have `subprocess` wrapped as soon as it is imported (PEP 451)."""
        if name != "subprocess":
            return None
        sys.meta_path.remove(self)
        found = (finder.find_spec(name, path, target) for finder in sys.meta_path)
        spec = next((each for each in found if each is not None), None)
        if spec is None:
            return None
        original = spec.loader.exec_module

        def exec_module(module):
            original(module)
            del spec.loader.exec_module
            self.wrap_popen(module)

        spec.loader.exec_module = exec_module
        return spec

    def end(self):
        """Write what was heard, if that is all that there was."""
        if getpid() != self.pid:
            return
        self.busy.add(_thread.get_ident())
        threading = sys.modules.get("threading")
        if threading is not None and threading.active_count() > 1:
            return
        for module in list(sys.modules.values()):
            path = getattr(module, "__file__", None)
            if isinstance(path, str):
                self.read(path)
            for folder in list(getattr(module, "__path__", None) or ()):
                if path is None and isinstance(folder, str):
                    self.asked["listing"].add(self.absolute(folder))
        self.asked["exists"].update(self.absolute(each or ".") for each in sys.path if isinstance(each, str))
        text = repr({
            "opaque": self.is_opaque or any(name.startswith("multiprocessing.popen_") for name in sys.modules),
            "files": self.files,
            "exists": sorted(self.asked["exists"]),
            "listing": sorted(self.asked["listing"]),
            "link": sorted(self.asked["link"]),
            "variables": sorted(self.variables),
            "environ": self.has_read_all,
            "made": sorted(self.made),
            "children": self.children,
        })  # fmt: skip
        with open(self.record + ".new", "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        os.replace(self.record + ".new", self.record)


KINDS = {
    "open": Inside.opened,
    "os.listdir": Inside.listed,
    "os.scandir": Inside.listed,
    "sqlite3.connect": Inside.connected,
    **dict.fromkeys(STARTS, Inside.started),
    **dict.fromkeys(MADE, Inside.changed),
    **dict.fromkeys(LINKS, Inside.linked),
    "ctypes.dlopen": Inside.loaded,
}


def kind_of(path, ask):
    """Return the kind of what is there, as a part of its mode (inode(7)); 0 if there is nothing."""
    try:
        return ask(path).st_mode & IS_ANY
    except (OSError, ValueError):
        return 0


def state_of(path):
    """Return what tells two versions of a file apart; None if there is none."""
    try:
        found = stat(path)
    except (OSError, ValueError):
        return None
    return [found.st_size, found.st_mtime_ns, found.st_ino]


def start():
    """Leave no trace in the environment, and listen."""
    import atexit

    record, before = os.environ.pop(RECORD), os.environ.pop(PATH, None)
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before
    sys.path[:] = [each for each in sys.path if os.path.abspath(each) != FOLDER]
    sys.path_importer_cache.pop(FOLDER, None)
    inside = Inside(record)
    atexit.register(inside.end)  # The first to be registered is the last to run.
    inside.wrap_questions()
    inside.wrap_environment()
    if "subprocess" in sys.modules:
        inside.wrap_popen(sys.modules["subprocess"])
    else:
        sys.meta_path.insert(0, inside)
    sys.addaudithook(inside.hear)
    del sys.modules["sitecustomize"]
    builtins.__import__(
        "sitecustomize"
    )  # If there is none, this says so to `site`, which takes it as an answer.


if __name__ == "sitecustomize" and RECORD in os.environ:
    start()
