"""Outputs: staged under a temporary name, put in place by renaming, and checked.

A command that is told an output's path is given a path in the staging folder instead; what it writes there
becomes the output only when it has succeeded. A file whose content is what is there already is left alone, so
that nothing downstream, no watcher and no editor sees a change. What somebody else has put in the place of an
output is never destroyed: it is set aside, and what git tracks stays where it is.

A tree or a pattern that no word of the command names is written in place. What earlier runs left there is moved away before the
command starts, so that it finds what it finds in a new checkout; what it has not made again is gone afterwards. Files
of others stay there and are theirs, unless the command has written them.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from buildgraph.errors import BuildError
from buildgraph.fields import Fresh, Value
from buildgraph.layout import SET_ASIDE, STAGING, file_name_of, is_exact, is_pattern, is_tree, shown
from buildgraph.observe import digests, listings
from buildgraph.observe.facts import Seen
from buildgraph.observe.places import Places
from buildgraph.observe.stamps import Stamp, take
from buildgraph.observe.tracked import tracked
from buildgraph.patterns import matches
from buildgraph.rules.values import Rule

_OURS = re.compile(r"(away|before)-\d+|\d+").fullmatch
"""Matches the names that we give to what lies in a staging folder beside outputs."""
BACKUP_LIMIT_BYTES = 64 << 20
"""Larger files that a command writes in place are not copied before it starts."""


class Stage(Value, frozen=False):
    """The staging of one task."""

    folder: str
    words: list[str]
    staged: dict[str, str] = Fresh(dict)
    """Output → where it is really written."""
    backups: dict[str, str | None] = Fresh(dict)
    """File written in place → its copy, None if there was none."""
    away: dict[str, str] = Fresh(dict)
    """File of an earlier run in a tree or pattern written in place → where it was moved."""
    others: dict[str, Stamp] = Fresh(dict)
    """File of somebody else there → its stamp."""
    copies: dict[str, str] = Fresh(dict)
    """File of somebody else there → its copy."""


class Published(Value):
    """What is there now: path → what was seen, and path → digest of the files that are the rule's own."""

    seen: dict[str, Seen]
    owned: dict[str, str]


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
        digest = _digest(path)
        if _is_own(path, digest, owned):
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
    _move(path, stage.away[path])


def _note_others(stage: Stage, path: str) -> None:
    """Note what somebody else has there, with a copy in case that the command writes it."""
    stamp, mode = take(path)
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
    told = {
        word.rpartition("=")[2].rstrip("/") if word.startswith("-") else word.rstrip("/") for word in words
    }
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
        if path in stage.staged.values() or _OURS(name):
            os.mkdir(f"{stage.folder}/{len(stage.staged)}")
            path = f"{stage.folder}/{len(stage.staged)}/{name}"
        if is_tree(output):
            os.mkdir(path)
        stage.staged[output] = path
    return stage.staged[output]


def _back_up(
    stage: Stage, output: str, owned: Mapping[str, Sequence[str]], say: Callable[[str], None]
) -> None:
    """Copy a file that is written in place; move a folder or a link out of its way, through which something else would be written."""
    found = take(output)
    if found is not None and not stat.S_ISREG(found[1]):
        if _is_own(output, _digest(output), owned) or (stat.S_ISLNK(found[1]) and tracked([output], say)):
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
                if _digest(copy) != _digest(output):
                    _move(copy, output)
            elif os.path.lexists(output) and not os.path.isdir(output):
                os.unlink(output)
    for output in rule.outputs:
        if output not in stage.staged and not is_exact(output):
            for path in listings.expand(output, follows=False):
                if path not in stage.others:
                    with suppress(OSError):
                        os.unlink(path)
    written = {path: copy for path, copy in stage.copies.items() if not _is_others(path, stage)}
    for path, copy in (stage.away | written).items():
        with suppress(OSError):
            _move(copy, path)


def are_back(before: Mapping[str, str], owned: Mapping[str, Sequence[str]]) -> bool:
    """True if what a command wrote in place is what it was, path by path, before the first of its attempts."""
    for path, digest in before.items():
        if is_exact(path):
            if _digest(path) != digest:
                return False
        elif not all(found in before or found in owned for found in listings.expand(path, follows=False)):
            return False
    return True


def publish(
    rule: Rule,
    stage: Stage,
    owned: Mapping[str, Sequence[str]],
    own: Callable[[dict[str, str]], None],
    say: Callable[[str], None],
) -> Published:
    """Put staged outputs in place, check all that the rule declares, and return what is there now.

    `own` is called with path → digest before anything is renamed.
    """
    plan = _plan(rule, stage)
    for path, source in plan.items():
        if source is not None and os.path.islink(source):
            _repoint(source, path)
    found = {path: _digest(source or path) for path, source in plan.items()}
    for tree in stage.staged:
        if is_tree(tree):
            _clear_links(tree, plan, owned, say)
    ours = {path: _own(path, digest) for path, digest in found.items() if not _is_others(path, stage)}
    own(ours)
    _keep_overwritten(stage, found, owned, say)
    for path, source in plan.items():
        if source is not None:
            _put(source, path, found[path], owned, say)
    for tree in stage.staged:
        if is_tree(tree):
            _clear_tree(tree, plan, owned, say)
    _take_back(stage, found, say)
    _remove_folder(stage.folder)
    return Published({path: _seen(path, digest) for path, digest in found.items()}, ours)


def _keep_overwritten(
    stage: Stage, found: Mapping[str, str], owned: Mapping[str, Sequence[str]], say: Callable[[str], None]
) -> None:
    """Set aside the copies of what somebody else had where the command has written in place."""
    for path, copy in (stage.backups | stage.copies).items():
        if copy is not None and not _is_others(path, stage):
            digest = _digest(copy)
            if digest != found.get(path, digest) and not _is_own(path, digest, owned):
                set_aside(path, say, source=copy)


def _is_others(path: str, stage: Stage) -> bool:
    """True if a file in place was somebody else's before the command and was not written by it."""
    return path in stage.others and (take(path) or ((),))[0] == stage.others[path]


def _take_back(stage: Stage, found: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Put files that were moved away back where they were made again as they were, or are tracked; drop the others."""
    gone = [path for path in stage.away if path not in found]
    for path in tracked(gone, say) if gone else ():
        _move(stage.away[path], path)
    for path, copy in stage.away.items():
        if path in found and _digest(copy) == found[path]:
            _move(copy, path)
    for folder in {os.path.dirname(path) for path in gone} - {""}:
        _remove_empty(folder)


def _target(link: str, text: str) -> str:
    """Return where a link with this text leads; its folder need not be there yet."""
    return os.path.normpath(os.path.join(os.path.realpath(os.path.dirname(link) or "."), text))


def _repoint(link: str, path: str) -> None:
    """Let a relative link that was made in the staging folder lead where it led there, if it leads nowhere in its place."""
    text = os.readlink(link)
    if os.path.isabs(text) or os.path.lexists(_target(path, text)):
        return
    target = os.path.normpath(os.path.join(os.path.dirname(link), text))
    if target.startswith(STAGING.replace("/", os.sep) + os.sep) or not os.path.lexists(target):
        return
    os.unlink(link)
    os.symlink(os.path.relpath(target, os.path.dirname(path) or "."), link)  # noqa: TID251 (a link that the command made)


def _plan(rule: Rule, stage: Stage) -> dict[str, str | None]:
    """Return path → staged source (None if in place) of every file that the outputs stand for."""
    plan: dict[str, str | None] = {}
    for output in rule.outputs:
        source = stage.staged.get(output)
        if is_exact(output):
            files = {output: source}
            _check_file(output, source or output, output in rule.may_be_empty)
        elif source is None:
            files = dict.fromkeys(listings.expand(output, follows=False))
        else:
            made, base = listings.expand(source + "/", follows=False), len(source) + 1
            files = {output + path[base:]: path for path in made}
        if not files and output not in rule.may_be_empty:
            raise BuildError(
                f"the command did not make '{shown(output)}'", "", "Every declared output must be made."
            )
        plan.update(files)
    return plan


def _check_file(output: str, path: str, may_be_empty: bool) -> None:
    status = _made(output, path)
    if status is None:
        raise BuildError(f"the command did not make '{output}'", "", "Every declared output must be made.")
    if stat.S_ISDIR(status.st_mode):
        raise BuildError(f"the output '{output}' is a folder", "", f"Declare it as '{output}/'.")
    if not status.st_size and not may_be_empty:
        hint = f"If that is right, say may_be_empty=['{output}']."
        raise BuildError(f"the command left '{output}' empty", "", hint)


def _made(output: str, path: str) -> os.stat_result | None:
    """Return the status of what a command has made, None if that is nothing; a link may be right only in its place."""
    in_place = _target(output, os.readlink(path)) if os.path.islink(path) else path
    for each in (path, in_place):
        with suppress(OSError):
            return os.stat(each)
    return None


def _remove_folder(folder: str) -> None:
    """Remove a folder of ours with what is in it; `shutil` costs more to import than this to do."""
    with suppress(OSError):
        with os.scandir(folder) as entries:
            for entry in entries:
                _remove_folder(entry.path) if entry.is_dir(follow_symlinks=False) else os.unlink(entry.path)
        os.rmdir(folder)


def claims(rule: Rule, path: str) -> bool:
    """True if the file is one that the rule's outputs stand for."""
    return path in rule.outputs or any(
        not is_exact(output) and matches(output, path) for output in rule.outputs
    )


def clear_staging() -> None:
    """Remove what a killed run left in the staging folder."""
    _remove_folder(STAGING)


def _put(
    source: str, path: str, digest: str, owned: Mapping[str, Sequence[str]], say: Callable[[str], None]
) -> None:
    there = _digest(path)
    if there == digest:
        return
    if there == digests.FOLDER:
        _clear_folder(path, owned, say)
    elif there != digests.ABSENT and not _is_own(path, there, owned):
        set_aside(path, say, keep=True)
    try:
        try:
            _move(source, path)
        except (FileNotFoundError, NotADirectoryError):
            _make_folder(os.path.dirname(path), owned, say)
            _move(source, path)
    except OSError as error:
        raise BuildError(
            f"cannot write '{path}': {error.strerror}", "", "Free space or make the folder writable."
        ) from None


def _clear_folder(folder: str, owned: Mapping[str, Sequence[str]], say: Callable[[str], None]) -> None:
    """Remove a folder that is in a file's way: our own files in it, and all of it if that leaves nothing."""
    for path in listings.expand(f"{folder}/", follows=False):
        if _is_own(path, _digest(path), owned):
            os.unlink(path)
    prune(folder)
    if os.path.lexists(folder):
        set_aside(folder, say)


def _move(source: str, path: str) -> None:
    """Rename a file; to another file system it is copied beside the path first, so that the path has all of it or nothing."""
    try:
        os.replace(source, path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        import shutil

        beside = f"{os.path.dirname(path) or '.'}/.{os.path.basename(path)[:80]}.{os.getpid()}.new"
        try:
            shutil.copy2(source, beside, follow_symlinks=False)
            os.replace(beside, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(beside)
            raise
        os.unlink(source)


def _make_folder(folder: str, owned: Mapping[str, Sequence[str]], say: Callable[[str], None]) -> None:
    try:
        os.makedirs(folder, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        part = folder
        while part and not os.path.lexists(part):
            part = os.path.dirname(part)
        _remove(part, owned, say)
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise BuildError(
            f"cannot make the folder '{folder}': {error.strerror}", "", "Make its parent writable."
        ) from None


def _clear_tree(
    tree: str, plan: dict[str, str | None], owned: Mapping[str, Sequence[str]], say: Callable[[str], None]
) -> None:
    """Remove what the tree had before: our own files are deleted, others set aside; what git tracks stays."""
    rest = [path for path in listings.expand(tree, follows=False) if path not in plan]
    kept = tracked(rest, say) if rest else ()
    for path in rest:
        if path not in kept:
            _remove(path, owned, say)
    prune(tree[:-1])


def _clear_links(
    tree: str, plan: Iterable[str], owned: Mapping[str, Sequence[str]], say: Callable[[str], None]
) -> None:
    """Remove the links inside of a tree that lead to where folders of it are to be: nothing is put in place through them."""
    cleared: set[str] = set()
    for path in plan:
        folder = path.rpartition("/")[0]
        while folder.startswith(tree) and folder not in cleared:
            cleared.add(folder)
            folder = folder.rpartition("/")[0]
    for folder in sorted(cleared):
        if os.path.islink(folder):
            _remove(folder, owned, say)


def _remove(path: str, owned: Mapping[str, Sequence[str]], say: Callable[[str], None]) -> None:
    """Delete a file whose content we wrote; set any other aside."""
    if _is_own(path, _digest(path), owned):
        os.unlink(path)
    else:
        set_aside(path, say)


def state_of(path: str, ours: Iterable[str]) -> str:
    """Return whether what is at `path` is "ours", somebody "other"'s, or "gone"."""
    digest = _digest(path)
    return "gone" if digest == digests.ABSENT else "ours" if _own(path, digest) in ours else "other"


def _own(path: str, digest: str) -> str:
    """Return how the ledger knows a file of ours: its digest and, if its folder is elsewhere through a link, where that is."""
    place = Places().path(path)
    return digest if place == path else f"{digest} at {place}"


def _is_own(path: str, digest: str, owned: Mapping[str, Sequence[str]]) -> bool:
    """True if what has the digest is at the path where we have put it."""
    return path in owned and _own(path, digest) in owned[path]


def delete(path: str) -> None:
    """Delete a file and the folders above it that hold nothing then."""
    try:
        os.unlink(path)
    except OSError as error:
        hint = "Make its folder writable."
        raise BuildError(f"cannot delete '{path}': {error.strerror}", "", hint) from None
    _remove_empty(os.path.dirname(path))


def _remove_empty(folder: str) -> None:
    """Remove a folder and those above it that hold nothing then."""
    while folder:
        try:
            os.rmdir(folder)
        except OSError:
            return
        folder = os.path.dirname(folder)


def set_aside(path: str, say: Callable[[str], None], keep: bool = False, source: str = "") -> None:
    """Move something that is not ours out of an output's place, or a copy of it, the `source`, that was made in time.

    `keep`: copy it, since it is about to be replaced.
    """
    import shutil

    target, source = f"{SET_ASIDE}/{time.time_ns()}/{path}", source or path
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if keep and not os.path.islink(source):
        shutil.copy2(source, target)
    elif os.path.isdir(source) and not os.path.islink(source):
        shutil.move(source, target)
    else:
        _move(source, target)
    say(f"'{path}' was not as the build left it; what was there is kept as '{target}'")


def prune(folder: str) -> None:
    """Remove `folder` and the folders below it that hold nothing."""
    for here, _, _ in os.walk(folder, topdown=False):
        try:
            os.rmdir(here)
        except OSError:
            continue


def _digest(path: str) -> str:
    """Return the digest of what is at a path as an output."""
    found = take(path)
    return digests.ABSENT if found is None else digests.of_output(digests.of_path(path, found[1]))


def _seen(path: str, digest: str) -> Seen:
    """Return the path's stamp with the digest, that of a link in its place, as not settled: it was written just now."""
    found = take(path)
    if found is not None and stat.S_ISLNK(found[1]):
        digest = digests.of_path(path, found[1])
    return Seen(found[0] if found else (), digest, False)
