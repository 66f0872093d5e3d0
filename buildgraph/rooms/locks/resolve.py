"""Resolve: one run of pip-compile over all groups, repeated until every declared platform is served."""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from buildgraph.errors import BuildError

from . import Locks
from .closure import Pin, closure
from .environments import Environments
from .render import Entry, parse_entries, parse_graph
from .sources import Source

# A pass adds what other platforms need; what that needs in turn is found by the next. Three is one more than ever seen.
PASSES = 5
OPTIONS = (
    "--quiet",
    "--allow-unsafe",
    "--generate-hashes",
    "--strip-extras",
    "--no-emit-options",
    "--no-emit-index-url",
    "--no-emit-trusted-host",
    "--no-emit-find-links",
    "--no-annotate",
    "--no-header",
    "--no-config",
)


@dataclass(frozen=True)
class Resolution:
    """One version for every package of every group."""

    entries: Mapping[str, Entry]
    pins: Mapping[str, Pin]


def resolve(locks: Locks, sources: tuple[Source, ...], old: str) -> Resolution:
    """Pick versions, keeping those of the old constraints where the inputs allow it."""
    extra_roots: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="locks-") as folder:
        work = Path(folder)
        output = work / "constraints.txt"
        output.write_text(old, encoding="utf-8")
        for _ in range(PASSES):
            _run_pip_compile(locks, sources, extra_roots, work)
            entries = parse_entries(output.read_text(encoding="utf-8"))
            raw = parse_graph((work / "graph.jsonl").read_text(encoding="utf-8"))
            pins, unmet = _serve_everywhere(locks, sources, raw)
            if not unmet:
                # What was pinned earlier for a platform that no longer needs it is dropped with the rest.
                return Resolution({name: entries[name] for name in pins}, pins)
            extra_roots.update(unmet)
    raise BuildError(
        f"after {PASSES} passes the resolution still lacks {', '.join(sorted(unmet))}",
        locks.folder,
        "Pin these by hand in the group that needs them.",
    )


def _serve_everywhere(
    locks: Locks, sources: tuple[Source, ...], raw: Mapping[str, Pin]
) -> tuple[dict[str, Pin], dict[str, str]]:
    """Return the pins that some environment needs, their requirements trimmed, and what is still missing."""
    environments = Environments(locks.pythons)
    found = closure([line for source in sources for line in source.requirements], raw, environments)
    asked = {extra for _, extra in found.extras} | {""}
    pins = {
        name: Pin(name, raw[name].version, _that_apply(raw[name].requires, asked, environments))
        for name in found.needed
    }
    return pins, dict(found.unmet)


def _that_apply(requires: tuple[str, ...], extras: set[str], environments: Environments) -> tuple[str, ...]:
    """Drop the requirements that no declared environment with any asked extra takes."""

    def applies(line: str) -> bool:
        marker = Requirement(line).marker
        return marker is None or any(environments.where(str(marker), extra) for extra in extras)

    return tuple(sorted(line for line in requires if applies(line)))


def _run_pip_compile(
    locks: Locks, sources: tuple[Source, ...], extra_roots: Mapping[str, str], work: Path
) -> None:
    """Run the resolver over copies of the parsed inputs, so that its messages name the lines people wrote."""
    paths = []
    for source in sources:
        path = work / f"{source.group}.in"
        # Blank lines keep the numbers of the original file.
        lines = dict(source.lines)
        path.write_text(
            "\n".join(lines.get(n, "") for n in range(1, max(lines, default=0) + 1)) + "\n", encoding="utf-8"
        )
        paths.append(str(path))
    if extra_roots:
        extra = work / "other-platforms.in"
        extra.write_text("\n".join(extra_roots.values()) + "\n", encoding="utf-8")
        paths.append(str(extra))
    arguments = [*OPTIONS, "--output-file", str(work / "constraints.txt"), *paths]
    command = [
        sys.executable,
        "-m",
        f"{__package__}.capture",
        str(work / "graph.jsonl"),
        locks.oldest,
        *arguments,
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise _explain(done.stdout, sources, work)


def _explain(output: str, sources: tuple[Source, ...], work: Path) -> BuildError:
    """Turn what pip-compile said into one sentence in the words of the `.in` files."""
    text = output
    for source in sources:
        text = text.replace(str(work / f"{source.group}.in"), source.path)
    lines = [line.strip() for line in text.splitlines() if line.strip() and "WARNING" not in line]
    asked = [
        line
        for line in lines
        if line.startswith(("The user requested", "Cannot install")) or " depends on " in line
    ]
    if "ResolutionImpossible" in text and asked:
        what = "these requirements contradict each other: " + "; ".join(
            dict.fromkeys(_named(line, sources) for line in asked)
        )
        return BuildError(
            what, "requirements", "Loosen one of them, or move one group into a resolution of its own."
        )
    reason = next(
        (line for line in reversed(lines) if "rror" in line), lines[-1] if lines else "it said nothing"
    )
    return BuildError(
        f"the resolver failed: {reason}",
        "requirements",
        "Check the name and the network, and run 'doit locks' again.",
    )


def _named(line: str, sources: tuple[Source, ...]) -> str:
    """Add file and line to a requirement that pip names alone."""
    for source in sources:
        for number, text in source.lines:
            if line == f"The user requested {text}" or line.endswith(f"requested {text}"):
                return f"'{text}' ({source.path}, line {number})"
    return line.rstrip(".")
