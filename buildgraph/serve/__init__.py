"""Serve: a supervisor that keeps an application running over changed, broken and mended sources.

Theory of operation. `machine` is a table: in this state, on this event, do these things. `changes` turns changed paths into
events. The loop in `__main__` is all that touches files, processes and signals: it watches (watchfiles), feeds the table
and carries out what it says. A Python file that does not compile never reaches the running application. What has a task of
its own (assets, locks, migrations) is rebuilt by running that task, as a person would.
"""

from collections.abc import Sequence

MODULE = "buildgraph.serve"


def command(application: Sequence[str], code: Sequence[str], built: Sequence[str], restarting: Sequence[str], tasks: Sequence[str]) -> list[str]:
    """Return the command that supervises an application.

    A change below `code` restarts it; below `built` runs `tasks`; below `restarting` runs `tasks` and restarts it.
    The option `port` of the task has its place in here.
    """
    return [
        "python", "-m", MODULE, "--host={host}", "--port={port}",
        *(f"--code={path}" for path in code), *(f"--built={path}" for path in built),
        *(f"--restarting={path}" for path in restarting), *(f"--task={task}" for task in tasks),
        "--", *application,
    ]  # fmt: skip
