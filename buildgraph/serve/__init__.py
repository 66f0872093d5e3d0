"""Serve: a supervisor that keeps an application running over changed, broken and mended sources.

Theory of operation. `machine` is a table: in this state, on this event, do these things. `changes` turns changed paths into
events. The loop in `__main__` is all that touches files, processes and signals: it watches (watchfiles), feeds the table
and carries out what it says. A Python file that does not compile never reaches the running application. What has a task of
its own (assets, locks, migrations) is rebuilt by running that task, as a person would.
"""

from collections.abc import Mapping, Sequence

from buildgraph.rules.command import Command, around

MODULE = "buildgraph.serve"
PORT = "@port@"  # in the application's words: the port that is listened at, which for port 0 the supervisor chooses


def command(
    application: Sequence[str],
    code: Sequence[str],
    built: Mapping[str, Sequence[str]],
    ground: Mapping[str, Sequence[str]],
) -> Command:
    """Return the command that supervises an application.

    A changed Python file below `code` restarts it. `built` and `ground` say which tasks a change below a path asks for;
    what is built is picked up by the running application, new ground (packages, tables) needs a restart as well.
    The options `host` and `port` of the task have their places in here.
    """
    words = [
        "python", "-m", MODULE, "--host={host}", "--port={port}",
        *(f"--code={path}" for path in code),
        *(f"--built={path}={','.join(tasks)}" for path, tasks in built.items()),
        *(f"--ground={path}={','.join(tasks)}" for path, tasks in ground.items()),
        "--", *(word.replace("{port}", PORT) for word in application),
    ]  # fmt: skip
    return around(words, application)
