"""Staging: where a command writes, and how everything is restored if it fails.

A command that is told an output's path (`docs/`, `--out=docs/`, `{root}/docs/`) is given a path in the staging folder instead. A tree or a pattern that no word of the
command names is written in place: what earlier runs left there is moved away before the
command starts, so that it finds what it finds in a new checkout. Files of others stay there, with a copy.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from buildgraph.act.ownership import digest_at, is_own, move, prune, set_aside
from buildgraph.fields import Value, fresh
from buildgraph.layout import STAGING, file_name_of, is_exact, is_pattern, is_tree
from buildgraph.observe import listings
from buildgraph.observe.stamps import Stamp, take
from buildgraph.observe.tracked import tracked
from buildgraph.patterns import matches
from buildgraph.rules.rooted import ROOT, divided, word_for
from buildgraph.rules.values import Rule

BACKUP_LIMIT_BYTES = 64 << 20
"""Larger files that a command writes in place are not copied before it starts."""


class Stage(Value, frozen=False):
    """The staging of one task."""

    folder: str
    words: list[str]
    staged: dict[str, str] = fresh(dict)
    """Output → where it is really written."""
    backups: dict[str, str | None] = fresh(dict)
    """File written in place → its copy, None if there was none."""
    away: dict[str, str] = fresh(dict)
    """File of an earlier run in a tree or pattern written in place → where it was moved."""
    others: dict[str, Stamp] = fresh(dict)
    """File of somebody else there → its stamp."""
    copies: dict[str, str] = fresh(dict)
    """File of somebody else there → its copy."""


def prepare(
    task: str,
    rule: Rule,
    words: Sequence[str],
    owned: Mapping[str, Sequence[str]],
    before: Mapping[str, str],
    say: Callable[[str], None],
) -> Stage:
    """Make the staging folder and return the command's words with staged paths in place of outputs.

    `owned` says what this build wrote at which path, `before` what else was there when the task was first started.
    """
    folder = f"{STAGING}/{file_name_of(task)}"
    _make_empty(folder)
    stage, root = Stage(folder, []), os.getcwd()
    names = {output.rstrip("/"): output for output in rule.outputs if not is_pattern(output)}
    for word in words:
        before_path, value = divided(word)
        output = names.get(value.rstrip("/"))
        if output is not None:
            stage.words.append(before_path.replace(ROOT, root) + _staged(stage, output))
        else:
            stage.words.append(word_for(rule, word, root))
    for output in in_place(rule, words):
        if is_exact(output):
            _back_up(stage, output, owned, say)
        else:
            _move_away(stage, output, owned, before, say)
    return stage


def _move_away(
    stage: Stage,
    output: str,
    owned: Mapping[str, Sequence[str]],
    before: Mapping[str, str],
    say: Callable[[str], None],
) -> None:
    """Move what earlier runs made out of a tree or a pattern; set aside what was edited there or a killed run may have written."""
    unknown = []
    for path in listings.expand(output, follows=False):
        digest = digest_at(path)
        if is_own(path, digest, owned):
            _put_away(stage, path)
        elif before.get(path) == digest:
            _note_others(stage, path)
        else:
            unknown.append(path)
    kept = tracked(unknown, say) if unknown else ()
    for path in unknown:
        if path in kept:
            _note_others(stage, path)
        else:
            set_aside(path, say)
    for path in owned:
        if os.path.isdir(path) and not os.path.islink(path):
            prune(path)  # A folder that was put in a file's place.


def _put_away(stage: Stage, path: str) -> None:
    stage.away[path] = f"{stage.folder}/away-{len(stage.away)}"
    move(path, stage.away[path])


def _note_others(stage: Stage, path: str) -> None:
    """Note what somebody else has there, with a copy in case that the command writes it."""
    found = take(path)
    if found is None:  # It has gone meanwhile.
        return
    stamp, mode = found
    stage.others[path] = stamp
    if stat.S_ISREG(mode) and stamp[2] <= BACKUP_LIMIT_BYTES:
        stage.copies[path] = _copy(stage, path)


def _copy(stage: Stage, path: str) -> str:
    import shutil

    copy = f"{stage.folder}/before-{len(stage.copies) + len(stage.backups)}"
    shutil.copy2(path, copy)
    return copy


def _make_empty(folder: str) -> None:
    try:
        os.mkdir(folder)
    except FileExistsError:
        import shutil

        shutil.rmtree(folder)
        os.mkdir(folder)
    except FileNotFoundError:
        os.makedirs(folder)


def in_place(rule: Rule, words: Iterable[str]) -> list[str]:
    """Return the outputs that the command writes where they are, since no word of it names them."""
    told = {divided(word)[1].rstrip("/") for word in words}
    return [output for output in rule.outputs if output.rstrip("/") not in told]


def found_in_place(
    rule: Rule,
    words: Iterable[str],
    there: Mapping[str, str],
    owned: Mapping[str, Sequence[str]],
    killed: Mapping[str, str],
) -> dict[str, str]:
    """Return what is in place before the command starts and is not ours, path → digest; each tree or pattern is in it, too.

    `there` are the outputs as they were seen, `killed` is what this returned for an attempt that was killed: what has come to a
    tree or a pattern since may be its work.
    """
    found = {}
    for output in in_place(rule, words):
        if is_exact(output):
            found[output] = there[output]
            continue
        found[output] = ""
        others = [path for path in there if matches(output, path)]
        known = killed if output in killed else there
        found |= {path: there[path] for path in others if path in known and not _is_in_place_of(path, owned)}
    return found


def _is_in_place_of(path: str, owned: Mapping[str, object]) -> bool:
    """True if the path, or a folder above it, is where we have put a file."""
    while path:
        if path in owned:
            return True
        path = path.rpartition("/")[0]
    return False


def _staged(stage: Stage, output: str) -> str:
    if output not in stage.staged:
        name = output.rstrip("/").rpartition("/")[2]
        path = f"{stage.folder}/{name}"
        if path in stage.staged.values() or _is_ours(name):
            os.mkdir(f"{stage.folder}/{len(stage.staged)}")
            path = f"{stage.folder}/{len(stage.staged)}/{name}"
        if is_tree(output):
            os.mkdir(path)
        stage.staged[output] = path
    return stage.staged[output]


def _is_ours(name: str) -> bool:
    """Tell whether a name is one that we give to what lies in a staging folder next to outputs: `3`, `away-3`, `before-3`."""
    kind, dash, number = name.rpartition("-")
    return number.isdecimal() and (not dash or kind in ("away", "before"))


def _back_up(
    stage: Stage, output: str, owned: Mapping[str, Sequence[str]], say: Callable[[str], None]
) -> None:
    """Copy a file that is written in place; move a folder or a link out of its way, through which something else would be written."""
    found = take(output)
    if found is not None and not stat.S_ISREG(found[1]):
        if is_own(output, digest_at(output), owned) or (stat.S_ISLNK(found[1]) and tracked([output], say)):
            _put_away(stage, output)
        else:
            set_aside(output, say)
        found = None
    if found is None:
        os.makedirs(os.path.dirname(output) or ".", exist_ok=True)
        stage.backups[output] = None
    elif found[0][2] <= BACKUP_LIMIT_BYTES:
        stage.backups[output] = _copy(stage, output)


def restore(stage: Stage, rule: Rule) -> None:
    """Put back what a failed command changed in place; remove what it left half-written."""
    for output, copy in stage.backups.items():
        with suppress(OSError):  # The task has no success on record, so it runs again whatever is there.
            if copy is not None:
                if digest_at(copy) != digest_at(output):
                    move(copy, output)
            elif os.path.lexists(output) and not os.path.isdir(output):
                os.unlink(output)
    for output in rule.outputs:
        if output not in stage.staged and not is_exact(output):
            for path in listings.expand(output, follows=False):
                if path not in stage.others:
                    with suppress(OSError):
                        os.unlink(path)
    written = {path: copy for path, copy in stage.copies.items() if not is_others(path, stage)}
    for path, copy in (stage.away | written).items():
        with suppress(OSError):
            move(copy, path)


def are_back(before: Mapping[str, str], owned: Mapping[str, Sequence[str]]) -> bool:
    """True if what a command wrote in place is what it was, path by path, before the first of its attempts."""
    for path, digest in before.items():
        if is_exact(path):
            if digest_at(path) != digest:
                return False
        elif not all(found in before or found in owned for found in listings.expand(path, follows=False)):
            return False
    return True


def is_others(path: str, stage: Stage) -> bool:
    """True if a file in place was somebody else's before the command and was not written by it."""
    return path in stage.others and (take(path) or ((),))[0] == stage.others[path]


def remove_folder(folder: str) -> None:
    """Remove a folder of ours with what is in it; `shutil` costs more to import than this to do."""
    with suppress(OSError):
        with os.scandir(folder) as entries:
            for entry in entries:
                remove_folder(entry.path) if entry.is_dir(follow_symlinks=False) else os.unlink(entry.path)
        os.rmdir(folder)


def clear_staging() -> None:
    """Remove what a killed run left in the staging folder."""
    remove_folder(STAGING)
