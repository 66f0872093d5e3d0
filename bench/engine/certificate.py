"""The certificate's check alone, beside ninja's no-op on the same files: a tree that ninja has built is certified as it stands.

    python bench/engine/certificate.py [N ...]        (default 100000, for which ninja builds some minutes first)

This is what a large no-op costs once Python has started; `noop.py` measures the whole way from a person's command.
"""

from __future__ import annotations

import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

from noop import ROOT, generate, measure, write_ninja

from buildgraph.observe.stamps import take
from buildgraph.proof import contents

ROUNDS = 9


def contest(count: int, folder: pathlib.Path) -> dict[str, float]:
    """Return CPU seconds of both and the median of the paired ratios."""
    if not (folder / "build.ninja").exists():
        generate(folder, count)
        write_ninja(folder, count)
    subprocess.run(["ninja", "-C", folder], stdout=subprocess.DEVNULL, check=True)
    os.chdir(folder)
    files = {}
    for top in ("src", "out", "all"):
        for here, _, names in os.walk(top):
            files.update((f"{here}/{name}", take(f"{here}/{name}")[0]) for name in names)
    state = contents.part(files, [], {}, [], {})
    contents.issue([], "up to date", contents.part({}, [], {}, [], {}), state)
    check = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from buildgraph.proof import certificate; "
    words = [sys.executable, "-I", "-S", "-c", check + "sys.exit(certificate.holds([]) is None)"]
    rounds = []
    for _ in range(ROUNDS):
        rounds.append([measure(each, folder, dict(os.environ))[0] for each in (["ninja"], words)])
    ninja, ours = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(each[1] / each[0] for each in rounds)
    return {
        "files": len(files),
        "ninja": round(ninja, 3),
        "certificate": round(ours, 3),
        "ratio": round(ratio, 2),
    }


def main() -> None:
    file = pathlib.Path(__file__).resolve().with_suffix(".json")
    results: dict = {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    }
    for word in sys.argv[1:] or ["100000"]:
        base = pathlib.Path(tempfile.mkdtemp(prefix="bench-certificate-"))
        try:
            results[word] = contest(int(word), base)
        finally:
            os.chdir("/")
            shutil.rmtree(base)
        print(word, results[word], flush=True)
    file.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
