"""Answers: every user's mistake as one sentence and exit code 1; a bug keeps its traceback.

doit tells mistakes with four exceptions of its own; they are translated here, in the one place that all
commands share.
"""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import suppress

from doit.cmdparse import CmdParseError, DefaultUpdate
from doit.exceptions import InvalidCommand, InvalidDodoFile, InvalidTask

from buildgraph.adapter.manager import Manager
from buildgraph.adapter.options import bad_option
from buildgraph.errors import FULL, BuildError, Interrupted
from buildgraph.outlet import UNREAD, Outlet
from buildgraph.record.ledger import Ledger

NO_BACKEND = {"backend": "ledger", "dep_file": "", "codec_cls": "json", "check_file_uptodate": "md5"}
"""What doit's base command wants to know of a store of its own, which we do not use."""


class Answering:
    """Mixed into every command, before doit's class."""

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        self.ledger = Ledger()
        self.dep_manager = Manager(self.ledger)

    def get_backends(self) -> dict:
        """Return no backend: the ledger is the only one."""
        return {}

    def get_options(self) -> list:
        """Return the command's own options, without those of doit's store."""
        from doit.cmdparse import CmdOption

        return [CmdOption(option) for option in (*self.loader.cmd_options, *self.cmd_options)]

    def parse_execute(self, in_args: list[str]) -> int:
        """Run the command and return the exit code."""
        try:
            parsed, args = self.cmdparser.parse(in_args)
            params = parsed if isinstance(parsed, DefaultUpdate) else DefaultUpdate(parsed)
            for name, value in NO_BACKEND.items():
                params.set_default(name, value)
            params.update(self.opt_vals)
            return self.execute(params, args) or 0
        except BuildError as error:
            return tell(error)
        except CmdParseError as error:
            return tell(bad_option(error, self.cmdparser, command=self.name))
        except (InvalidTask, InvalidDodoFile, InvalidCommand) as error:
            return tell(BuildError(str(error).strip().rstrip("."), "dodo.py"))
        except (KeyboardInterrupt, Interrupted):
            return 130
        except BrokenPipeError:
            return UNREAD
        except SyntaxError as error:
            return tell(_syntax_error(error))
        except Exception as error:
            if _is_users(error):
                return tell(_load_error(error))
            if isinstance(error, OSError) and (error.filename or error.errno in FULL):
                what = f"'{error.filename}'" if error.filename else "what the output is written to"
                hint = "Is there space, and is it yours to read and to write?"
                return tell(BuildError(f"cannot use {what}: {error.strerror}", "", hint))
            raise


def tell(error: BuildError) -> int:
    """Write the sentence and return the exit code of a user's mistake."""
    with suppress(OSError):  # What cannot be written there is told here.
        Outlet(sys.stdout).flush()
    Outlet(sys.stderr).write(f"error: {error}\n")
    return 1


def _syntax_error(error: SyntaxError) -> BuildError:
    where = os.path.relpath(error.filename) if error.filename else "dodo.py"
    where += f", line {error.lineno}" if error.lineno else ""
    return BuildError(f"{error.msg}, in '{error.text.strip()}'" if error.text else error.msg, where)


def _is_users(error: Exception) -> bool:
    """True if the error was raised by the user's own dodo.py, not by this library or doit."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and (
        os.path.basename(frames[-1].filename) == "dodo.py" or isinstance(error, ImportError)
    )


def _load_error(error: Exception) -> BuildError:
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if os.path.basename(frame.filename) == "dodo.py"
    ]
    where = f"dodo.py, line {frames[-1].lineno}" if frames else "dodo.py"
    return BuildError(f"{type(error).__name__}: {error}", where)
