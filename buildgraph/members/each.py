"""Each: commands one after the other, the first that fails ends them."""

import subprocess
import sys
from collections.abc import Iterator


def run_each(words: list[str]) -> int:
    """Run commands, each given as the number of its words and these; return the first exit code that is not 0."""
    for command in _divided(words):
        sys.stdout.flush()
        if code := subprocess.run(command, check=False).returncode:
            return code
    return 0


def _divided(words: list[str]) -> Iterator[list[str]]:
    while words:
        end = int(words[0]) + 1
        yield words[1:end]
        words = words[end:]
