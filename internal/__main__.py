"""`doit internal`: list the commands of this folder, or run one by its name, with the words after it."""

import ast
import runpy
import sys
from difflib import get_close_matches
from pathlib import Path

FOLDER = Path(__file__).parent


def commands() -> dict[str, str]:
    """Return name → first line of its docstring, of each module here; none is imported for it."""
    paths = sorted(path for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
    texts = {path.stem: ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "" for path in paths}
    return {name: text.partition("\n")[0] for name, text in texts.items()}


def main(words: list[str]) -> None:
    """List the commands, or run one as `python -m` does."""
    known = commands()
    if not words or words[0] in ("-h", "--help"):
        width = max(map(len, known))
        print("\n".join(f"{name:{width}}  {line}" for name, line in known.items()))
        return
    name, sys.argv[1:] = words[0], words[1:]
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"Did you mean '{near[0]}'?" if near else "'doit internal' lists them."
        sys.exit(f"error: there is no internal command '{name}'. {hint}")
    runpy.run_module(f"internal.{name}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
