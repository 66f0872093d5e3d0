"""Outputs: checked, and put in place by renaming when a command has succeeded.

A file whose content is what is there already is left alone, so that nothing downstream, no watcher and no editor sees a change. What a
command has not made again in a tree or a pattern is gone afterwards. Files of others stay there and are theirs, unless the
command has written them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from buildgraph.act.ownership import digest_at, is_own, move, own_mark, prune, remove, remove_empty, set_aside
from buildgraph.act.staging import Stage, is_others, remove_folder
from buildgraph.errors import BuildError
from buildgraph.fields import Value
from buildgraph.layout import STAGING, is_exact, is_tree, shown
from buildgraph.observe import digests, listings
from buildgraph.observe.facts import Seen
from buildgraph.observe.stamps import take
from buildgraph.observe.tracked import tracked
from buildgraph.rules.values import Rule


class Published(Value):
    """What is there now: path → what was seen, and path → digest of the files that are the rule's own."""

    seen: dict[str, Seen]
    owned: dict[str, str]


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
    found = {path: digest_at(source or path) for path, source in plan.items()}
    for tree in stage.staged:
        if is_tree(tree):
            _clear_links(tree, plan, owned, say)
    ours = {path: own_mark(path, digest) for path, digest in found.items() if not is_others(path, stage)}
    own(ours)
    _keep_overwritten(stage, found, owned, say)
    for path, source in plan.items():
        if source is not None:
            _put(source, path, found[path], owned, say)
    for tree in stage.staged:
        if is_tree(tree):
            _clear_tree(tree, plan, owned, say)
    _take_back(stage, found, say)
    remove_folder(stage.folder)
    return Published({path: _seen(path, digest) for path, digest in found.items()}, ours)


def _keep_overwritten(
    stage: Stage, found: Mapping[str, str], owned: Mapping[str, Sequence[str]], say: Callable[[str], None]
) -> None:
    """Set aside the copies of what somebody else had where the command has written in place."""
    for path, copy in (stage.backups | stage.copies).items():
        if copy is not None and not is_others(path, stage):
            digest = digest_at(copy)
            if digest != found.get(path, digest) and not is_own(path, digest, owned):
                set_aside(path, say, source=copy)


def _take_back(stage: Stage, found: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Put files that were moved away back where they were made again unchanged, or are tracked; drop the others."""
    gone = [path for path in stage.away if path not in found]
    for path in tracked(gone, say) if gone else ():
        move(stage.away[path], path)
    for path, copy in stage.away.items():
        if path in found and digest_at(copy) == found[path]:
            move(copy, path)
    for folder in {os.path.dirname(path) for path in gone} - {""}:
        remove_empty(folder)


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
            _check_file(output, stage, output in rule.may_be_empty)
        elif source is None:
            files = dict.fromkeys(listings.expand(output, follows=False))
        else:
            made, base = listings.expand(source + "/", follows=False), len(source) + 1
            files = {output + path[base:]: path for path in made}
        if not files and output not in rule.may_be_empty:
            raise _not_made(shown(output), stage)
        plan.update(files)
    return plan


def _not_made(output: str, stage: Stage) -> BuildError:
    """Return the sentence for an output that is not there, or that a command has put below the folder from which it resolves paths."""
    folders = {folder for word in stage.words for folder in (word.rstrip("/"), os.path.dirname(word))}
    for folder in sorted(folders - {"", "."}):
        astray = f"{folder}/{stage.folder}"
        if os.path.isdir(astray) and not os.path.samefile(astray, stage.folder):
            what = f"the command made '{output}' below '{folder}', from where it resolves paths: '{astray}'"
            hint = f"Write '{{root}}/{output}' among its words, which is the same place from every folder, and delete that one."
            return BuildError(what, "", hint)
    return BuildError(f"the command did not make '{output}'", "", "Every declared output must be made.")


def _check_file(output: str, stage: Stage, may_be_empty: bool) -> None:
    status = _made(output, stage.staged.get(output, output))
    if status is None:
        raise _not_made(output, stage)
    if stat.S_ISDIR(status.st_mode):
        raise BuildError(f"the output '{output}' is a folder", "", f"Declare it as '{output}/'.")
    if not status.st_size and not may_be_empty:
        hint = f"If that is intended, add may_be_empty=['{output}']."
        raise BuildError(f"the command left '{output}' empty", "", hint)


def _made(output: str, path: str) -> os.stat_result | None:
    """Return the status of what a command has made, None if that is nothing; a link may be right only in its place."""
    in_place = _target(output, os.readlink(path)) if os.path.islink(path) else path
    for each in (path, in_place):
        with suppress(OSError):
            return os.stat(each)
    return None


def _put(
    source: str, path: str, digest: str, owned: Mapping[str, Sequence[str]], say: Callable[[str], None]
) -> None:
    there = digest_at(path)
    if there == digest:
        return
    if there == digests.FOLDER:
        _clear_folder(path, owned, say)
    elif there != digests.ABSENT and not is_own(path, there, owned):
        set_aside(path, say, keep=True)
    try:
        try:
            move(source, path)
        except (FileNotFoundError, NotADirectoryError):
            _make_folder(os.path.dirname(path), owned, say)
            move(source, path)
    except OSError as error:
        raise BuildError(
            f"cannot write '{path}': {error.strerror}", "", "Free space or make the folder writable."
        ) from None


def _clear_folder(folder: str, owned: Mapping[str, Sequence[str]], say: Callable[[str], None]) -> None:
    """Remove a folder that is in a file's way: our own files in it, and all of it if that leaves nothing."""
    for path in listings.expand(f"{folder}/", follows=False):
        if is_own(path, digest_at(path), owned):
            os.unlink(path)
    prune(folder)
    if os.path.lexists(folder):
        set_aside(folder, say)


def _make_folder(folder: str, owned: Mapping[str, Sequence[str]], say: Callable[[str], None]) -> None:
    try:
        os.makedirs(folder, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        part = folder
        while part and not os.path.lexists(part):
            part = os.path.dirname(part)
        remove(part, owned, say)
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
            remove(path, owned, say)
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
            remove(folder, owned, say)


def _seen(path: str, digest: str) -> Seen:
    """Return the path's stamp with the digest, that of a link in its place, as not settled: it was written just now."""
    found = take(path)
    if found is not None and stat.S_ISLNK(found[1]):
        digest = digests.of_path(path, found[1])
    return Seen(found[0] if found else (), digest, False)
