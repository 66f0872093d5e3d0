"""Answers: every user's mistake as one sentence and exit code 1; a bug keeps its traceback.

doit tells mistakes with four exceptions of its own; they are translated here, in the one place that all
commands share.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Sequence

from doit.cmdparse import CmdParseError, DefaultUpdate
from doit.exceptions import InvalidCommand, InvalidDodoFile, InvalidTask

from buildgraph.adapter.actions import Actions
from buildgraph.adapter.manager import Manager
from buildgraph.adapter.options import bad_option, options_first
from buildgraph.decide.plan import Plan
from buildgraph.decide.words import select
from buildgraph.errors import BuildError, syntax_error
from buildgraph.outlet import answered
from buildgraph.record.ledger import Ledger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from doit.cmd_base import DoitCmdBase as Command
else:
    Command = object  # doit's class follows in each command's own list

NO_BACKEND = {"backend": "ledger", "dep_file": "", "codec_cls": "json", "check_file_uptodate": "md5"}
"""What doit's base command wants to know of a store of its own, which we do not use."""


class Answering(Command):
    """Mixed into every command, before doit's class."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.ledger = Ledger()
        self.dep_manager = Manager(self.ledger)

    def graph(self) -> Plan:
        """Return the plan, nothing selected yet."""
        return self.loader.plan(self.task_list, Actions(self.task_list))

    def plan(self, words: Sequence[str] | None, default: Sequence[str] | None = None) -> Plan:
        """Return the plan with what the words, or else the default, or else all tasks, select."""
        plan = self.graph()
        select(plan, words, default)
        return plan

    def get_backends(self) -> dict:
        """Return no backend: the ledger is the only one."""
        return {}

    def get_options(self) -> list:
        """Return the command's own options, without those of doit's store."""
        from doit.cmdparse import CmdOption

        return [CmdOption(option) for option in (*self.loader.cmd_options, *self.cmd_options)]

    def arranged(self, words: list[str]) -> list[str]:
        """Return the words with the command's options first, wherever they were typed."""
        return options_first(words, self.cmdparser)

    def parse_execute(self, in_args: list[str]) -> int:
        """Run the command and return the exit code."""
        return answered(lambda: self._parse_execute(in_args))

    def _parse_execute(self, in_args: list[str]) -> int:
        try:
            parsed, args = self.cmdparser.parse(self.arranged(in_args))
            params = parsed if isinstance(parsed, DefaultUpdate) else DefaultUpdate(parsed)
            for name, value in NO_BACKEND.items():
                params.set_default(name, value)
            params.update(self.opt_vals)
            return self.execute(params, args) or 0
        except BuildError:
            raise
        except CmdParseError as error:
            raise bad_option(error, self.cmdparser, command=self.name) from None
        except (InvalidTask, InvalidDodoFile, InvalidCommand) as error:
            raise BuildError(str(error).strip().rstrip("."), "dodo.py") from None
        except SyntaxError as error:
            raise syntax_error(error) from None
        except Exception as error:
            if _is_users(error):
                raise _load_error(error) from None
            raise


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
    if frames and frames[-1].colno is not None:
        where += f", column {frames[-1].colno + 1}"
    return BuildError(f"{type(error).__name__}: {error}", where)
