"""The loader: doit's, with the configuration checked."""

from __future__ import annotations

from doit.cmd_base import DodoTaskLoader

from buildgraph.engine.answers import check_config


class Loader(DodoTaskLoader):
    """Loads `dodo.py`."""

    cmd_options = ()

    def setup(self, opt_values: dict) -> None:
        super().setup({"dodoFile": "dodo.py", "cwdPath": None, "seek_file": False})

    def load_doit_config(self) -> dict:
        config = super().load_doit_config()
        check_config(config)
        return config

    def load_tasks(self, cmd, pos_args: list[str]) -> list:
        # doit looks at the first letter of each word; an empty one is for a task that takes arguments.
        return super().load_tasks(cmd, [word for word in pos_args if word])
