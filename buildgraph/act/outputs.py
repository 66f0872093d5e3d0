"""Outputs: staged under a temporary name, put in place by renaming, and checked.

A command that is told an output's path is given a path in the staging folder instead; what it writes there
becomes the output only when it has succeeded. A file whose content is what is there already is left alone, so
that nothing downstream, no watcher and no editor sees a change. What somebody else has put in the place of an
output is never destroyed: it is set aside.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from buildgraph.errors import BuildError
from buildgraph.layout import SET_ASIDE, STAGING, file_name_of, is_pattern, is_tree
from buildgraph.observe import digests, listings
from buildgraph.observe.facts import Seen
from buildgraph.observe.stamps import take
from buildgraph.rules import Rule

BACKUP_LIMIT_BYTES = 64 << 20
"""Larger files that a command writes in place are not copied before it starts."""


@dataclass
class Stage:
    """The staging of one task: where each output is really written, and copies of those that are written in place."""

    folder: str
    words: list[str]
    staged: dict[str, str] = field(default_factory=dict)
    backups: dict[str, str | None] = field(default_factory=dict)


def prepare(task: str, rule: Rule, words: Sequence[str]) -> Stage:
    """Make the staging folder and return the command's words with staged paths in place of outputs."""
    folder = f"{STAGING}/{file_name_of(task)}"
    _make_empty(folder)
    stage = Stage(folder, [])
    names = {output.rstrip("/"): output for output in rule.outputs if not is_pattern(output)}
    for word in words:
        option, equals, value = word.rpartition("=") if word.startswith("-") else ("", "", word)
        output = names.get(value.rstrip("/"))
        if output is None:
            stage.words.append(word)
        else:
            stage.words.append(option + equals + _staged(stage, output))
    for output in in_place(rule, words):
        _back_up(stage, output)
    return stage


def _make_empty(folder: str) -> None:
    try:
        os.mkdir(folder)
    except FileExistsError:
        shutil.rmtree(folder)
        os.mkdir(folder)
    except FileNotFoundError:
        os.makedirs(folder)


def in_place(rule: Rule, words: Iterable[str]) -> list[str]:
    """Return the files that the command writes itself, since no word of it names them."""
    told = {
        word.rpartition("=")[2].rstrip("/") if word.startswith("-") else word.rstrip("/") for word in words
    }
    plain = (output for output in rule.outputs if not is_pattern(output) and not is_tree(output))
    return [output for output in plain if output not in told]


def _staged(stage: Stage, output: str) -> str:
    if output not in stage.staged:
        name = output.rstrip("/").rpartition("/")[2]
        path = f"{stage.folder}/{name}"
        if path in stage.staged.values():
            os.mkdir(f"{stage.folder}/{len(stage.staged)}")
            path = f"{stage.folder}/{len(stage.staged)}/{name}"
        if is_tree(output):
            os.mkdir(path)
        stage.staged[output] = path
    return stage.staged[output]


def _back_up(stage: Stage, output: str) -> None:
    try:
        status = os.lstat(output)
    except OSError:
        os.makedirs(os.path.dirname(output) or ".", exist_ok=True)
        stage.backups[output] = None
        return
    if stat.S_ISREG(status.st_mode) and status.st_size <= BACKUP_LIMIT_BYTES:
        copy = f"{stage.folder}/before-{len(stage.backups)}"
        shutil.copy2(output, copy)
        stage.backups[output] = copy


def restore(stage: Stage) -> None:
    """Put back what a failed command changed in place; remove what it left half-written."""
    for output, copy in stage.backups.items():
        try:
            if copy is not None:
                if _digest(copy) != _digest(output):
                    os.replace(copy, output)
            elif os.path.lexists(output) and not os.path.isdir(output):
                os.unlink(output)
        except OSError:
            continue  # The task has no success on record, so it runs again whatever is there.


def are_back(before: Mapping[str, str]) -> bool:
    """True if what a command wrote in place is what it was, path by path, before the first of its attempts."""
    return all(_digest(path) == digest for path, digest in before.items())


def publish(
    rule: Rule,
    stage: Stage,
    owned: dict[str, list[str]],
    own: Callable[[dict[str, str]], None],
    say: Callable[[str], None],
) -> dict[str, Seen]:
    """Put staged outputs in place, check all that the rule declares, and return what is there now.

    `owned` says what this build wrote at which path; `own` is called with path → digest before anything is
    renamed.
    """
    plan = _plan(rule, stage)
    found = {path: _digest(source or path) for path, source in plan.items()}
    own({path: digest for path, digest in found.items() if is_owned(rule, path)})
    for path, source in plan.items():
        if source is not None:
            _put(source, path, found[path], owned.get(path, ()), say)
    for tree, source in stage.staged.items():
        if is_tree(tree):
            _clear_tree(tree, plan, owned, say)
    try:
        os.rmdir(stage.folder)
    except OSError:
        shutil.rmtree(stage.folder, ignore_errors=True)
    return {path: _seen(path, digest) for path, digest in found.items()}


def _plan(rule: Rule, stage: Stage) -> dict[str, str | None]:
    """Return path → staged source (None if in place) of every file that the outputs stand for."""
    plan: dict[str, str | None] = {}
    for output in rule.outputs:
        source = stage.staged.get(output)
        if is_pattern(output):
            files = dict.fromkeys(listings.expand(output))
        elif is_tree(output):
            base = source + "/" if source else output
            files = {output + path[len(base) :]: path if source else None for path in listings.expand(base)}
        else:
            files = {output: source}
            _check_file(output, source or output, output in rule.may_be_empty)
        if not files and output not in rule.may_be_empty:
            raise BuildError(
                f"the command did not make '{output}'", "", "Every declared output must be made."
            )
        plan.update(files)
    return plan


def _check_file(output: str, path: str, may_be_empty: bool) -> None:
    try:
        status = os.stat(path)
    except OSError:
        raise BuildError(
            f"the command did not make '{output}'", "", "Every declared output must be made."
        ) from None
    if stat.S_ISDIR(status.st_mode):
        raise BuildError(f"the output '{output}' is a folder", "", f"Declare it as '{output}/'.")
    if not status.st_size and not may_be_empty:
        hint = f"If that is right, say may_be_empty=['{output}']."
        raise BuildError(f"the command left '{output}' empty", "", hint)


def is_owned(rule: Rule, path: str) -> bool:
    """True if the file is the rule's own; one that a pattern finds is only observed."""
    return path in rule.outputs or any(is_tree(output) and path.startswith(output) for output in rule.outputs)


def clear_staging() -> None:
    """Remove what a killed run left in the staging folder."""
    shutil.rmtree(STAGING, ignore_errors=True)


def _put(source: str, path: str, digest: str, ours: Iterable[str], say: Callable[[str], None]) -> None:
    there = _digest(path)
    if there == digest:
        return
    if there == digests.FOLDER:
        _set_aside_folder(path, say)
    elif there != digests.ABSENT and there not in ours:
        set_aside(path, say, keep=True)
    try:
        try:
            os.replace(source, path)
        except (FileNotFoundError, NotADirectoryError):
            _make_folder(os.path.dirname(path), say)
            os.replace(source, path)
    except OSError as error:
        raise BuildError(
            f"cannot write '{path}': {error.strerror}", "", "Free space or make the folder writable."
        ) from None


def _make_folder(folder: str, say: Callable[[str], None]) -> None:
    try:
        os.makedirs(folder, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        part = folder
        while part and not os.path.lexists(part):
            part = os.path.dirname(part)
        set_aside(part, say)
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise BuildError(
            f"cannot make the folder '{folder}': {error.strerror}", "", "Make its parent writable."
        ) from None


def _clear_tree(
    tree: str, plan: dict[str, str | None], owned: dict[str, list[str]], say: Callable[[str], None]
) -> None:
    """Remove what the tree had before: our own files are deleted, others set aside."""
    for path in listings.expand(tree):
        if path not in plan:
            remove(path, owned.get(path, ()), say)
    prune(tree[:-1])


def remove(path: str, ours: Iterable[str], say: Callable[[str], None]) -> None:
    """Delete a file whose content we wrote; set any other aside."""
    if _digest(path) in ours:
        os.unlink(path)
    else:
        set_aside(path, say)


def state_of(path: str, ours: Iterable[str]) -> str:
    """Return whether what is at `path` is "ours", somebody "other"'s, or "gone"."""
    digest = _digest(path)
    return "gone" if digest == digests.ABSENT else "ours" if digest in ours else "other"


def delete(path: str) -> None:
    """Delete a file and the folders above it that hold nothing then."""
    try:
        os.unlink(path)
    except OSError as error:
        hint = "Make its folder writable."
        raise BuildError(f"cannot delete '{path}': {error.strerror}", "", hint) from None
    folder = os.path.dirname(path)
    while folder:
        try:
            os.rmdir(folder)
        except OSError:
            return
        folder = os.path.dirname(folder)


def set_aside(path: str, say: Callable[[str], None], keep: bool = False) -> None:
    """Move something that is not ours out of an output's place (`keep`: copy it, since it is about to be replaced)."""
    target = f"{SET_ASIDE}/{time.time_ns()}/{path}"
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if keep and not os.path.islink(path):
        shutil.copy2(path, target)
    else:
        os.replace(path, target)
    say(f"'{path}' was not as the build left it; what was there is kept as '{target}'")


def _set_aside_folder(path: str, say: Callable[[str], None]) -> None:
    try:
        os.rmdir(path)
    except OSError:
        set_aside(path, say)


def prune(folder: str) -> None:
    """Remove `folder` and the folders below it that hold nothing."""
    for here, _, _ in os.walk(folder, topdown=False):
        try:
            os.rmdir(here)
        except OSError:
            continue


def _digest(path: str) -> str:
    found = take(path)
    return digests.ABSENT if found is None else digests.of_path(path, found[1])


def _seen(path: str, digest: str) -> Seen:
    """Return the path's stamp with the digest, as not settled: it was written just now."""
    found = take(path)
    return Seen(found[0] if found else (), digest, False)
