"""Releasing: a shared library is built and tested as its next version, recorded, published and tagged, in this order.

Until the commit, whatever fails leaves files and version unchanged. What fails afterwards is taken up by the same command: it finds a version that is
recorded and has no tag, builds the same bytes, and goes on. The tag comes last, so that what is tagged is published.
"""

from __future__ import annotations

import datetime
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from buildgraph.errors import BuildError
from buildgraph.files import write_text
from buildgraph.suggest import did_you_mean

from . import git, packing, versions
from .released import PARTS, Publishable, Releases

CHANGELOG = "CHANGELOG.md"
WITH_LOGIN = re.compile(r"\w+://[^/\s]*@")
ADDRESS = re.compile(r"https?://\S+")


def release(releases: Releases, name: str, index: str, part: str) -> None:
    """Publish a shared library; raise BuildError for what keeps it from that, and say what is done and what is left to do."""
    one = _publishable(releases, name)
    where = _index(index)
    if part not in ("", *PARTS):
        hint = did_you_mean(part, PARTS) or f"Write: '--part={PARTS[0]}', {PARTS[1]} or {PARTS[2]}."
        raise BuildError(f"'{part}' is not a part of a version", "", hint)
    git.refuse_unclean(one.member.folder)
    version = _pending(one)
    with tempfile.TemporaryDirectory(prefix="release-") as folder:
        if version:
            print(f"{name} {version} is recorded and has no tag: it is built and uploaded now")
            files = _made(one, releases.python, folder)
        else:
            version = _next(one, part)
            with _recorded(one, version):
                files = _made(one, releases.python, folder)
                git.commit([one.member.project, f"{one.member.folder}/{CHANGELOG}"], f"{name} {version}")
            print(f"committed '{name} {version}'")
        _upload(releases.python, where, files, name, version)
    _tag(name, version)


def _publishable(releases: Releases, name: str) -> Publishable:
    if not name:
        hint = "Write: 'doit release NAME --index=URL'; 'doit members' lists them."
        raise BuildError("a release is one of a shared library", "", hint)
    if name in releases.others:
        hint = "Move what is to be published to libs/shared/: 'doit new library NAME'."
        raise BuildError(f"'{name}' is not a shared library, and nothing else is published", "", hint)
    if name not in releases.publishable:
        known = sorted(releases.publishable)
        hint = (
            did_you_mean(name, known)
            or f"There {'is' if len(known) < 2 else 'are'} {', '.join(known) or 'none'}."
        )
        raise BuildError(f"there is no shared library '{name}'", "", hint)
    return releases.publishable[name]


def _index(index: str) -> list[str]:
    """Return twine's words for an address, or for the name of an index in ~/.pypirc."""
    if not index:
        hint = "Add '--index=URL', the address that twine uploads to, or '--index=NAME' of ~/.pypirc."
        raise BuildError("a release needs the index that it goes to", "", hint)
    if WITH_LOGIN.match(index):
        hint = "Give it to twine as TWINE_USERNAME and TWINE_PASSWORD, or in ~/.pypirc: command lines are seen by others."
        raise BuildError("the address of the index has a login in it", "", hint)
    if "://" not in index:
        return [f"--repository={index}"]
    if not ADDRESS.fullmatch(index):
        raise BuildError(
            f"'{index}' is not the address of an index", "", "It begins with https:// or http://."
        )
    return [f"--repository-url={index}"]


def _pending(one: Publishable) -> str:
    """Return the version that a release has recorded as the last change of its library, and has not tagged; "" if there is none."""
    folder = one.member.folder
    version = versions.version_of(Path(one.member.project).read_text("utf-8"), one.member.project)
    changelog = f"{folder}/{CHANGELOG}"
    is_recorded = versions.first_entry(_text(changelog)) == version
    is_last = bool(is_recorded) and not git.subjects(folder, git.touched(changelog))
    return version if is_recorded and is_last and not git.has_tag(f"{one.member.name}-{version}") else ""


def _next(one: Publishable, part: str) -> str:
    """Return the version to release: the next one, or for a first release the one that is there; raise BuildError if nothing has changed."""
    name, project = one.member.name, one.member.project
    last, now = git.last_tag(name), versions.version_of(Path(project).read_text("utf-8"), project)
    if last and not git.subjects(one.member.folder, last):
        what = f"nothing has changed in '{one.member.folder}/' since '{last}'"
        raise BuildError(what, "", "There is nothing to release.")
    version = versions.bumped(now, part or PARTS[0]) if last or part else now
    if git.has_tag(f"{name}-{version}"):
        raise BuildError(
            f"there is a tag '{name}-{version}' already", "", "Release another version: '--part'."
        )
    return version


@contextmanager
def _recorded(one: Publishable, version: str) -> Iterator[None]:
    """Write the version and the entry of the changelog for a block of code, and put back what was there if it fails, however it does."""
    project, changelog = Path(one.member.project), Path(one.member.folder, CHANGELOG)
    before = {path: path.read_bytes() if path.exists() else None for path in (project, changelog)}
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    subjects = git.subjects(one.member.folder, git.last_tag(one.member.name))
    text = project.read_bytes().decode("utf-8")
    try:
        write_text(project, versions.with_version(text, version))
        write_text(changelog, versions.with_entry(_text(str(changelog)), version, day, subjects))
        yield
    except BaseException:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)
        print(f"'{one.member.folder}/' is unchanged", file=sys.stderr)
        raise


def _made(one: Publishable, python: str, folder: str) -> list[str]:
    """Build the library anew, from no cache, and run its tests; return its wheel and its sdist."""
    packing.build(one.member, python, one.locked, folder)
    sys.stdout.flush()
    if subprocess.run(one.tests, check=False).returncode:
        what = f"the tests of '{one.member.name}' fail"
        raise BuildError(what, "", "The lines above come from them; nothing was uploaded.")
    return sorted(str(path) for path in Path(folder).iterdir())


def _upload(python: str, where: list[str], files: list[str], name: str, version: str) -> None:
    """Upload by twine, which asks for a login on a terminal, or finds one by itself."""
    silent = [] if sys.stdin.isatty() else ["--non-interactive"]
    words = ["upload", "--disable-progress-bar", *silent, *where, *files]
    sys.stdout.flush()
    if subprocess.run([python, "-m", "twine", "--no-color", *words], check=False).returncode:
        what = f"twine could not upload {name} {version}, which is committed and has no tag"
        hint = "The lines above come from it. Correct what they name, and run the command again: it goes on from here."
        raise BuildError(what, "", hint)


def _tag(name: str, version: str) -> None:
    try:
        git.tag(f"{name}-{version}", f"{name} {version}")
    except BuildError as error:
        hint = f"Tag it yourself: 'git tag --annotate {name}-{version}'."
        raise BuildError(f"{name} {version} is uploaded, and {error.what}", "", hint) from None
    print(f"published {name} {version}; 'git push --follow-tags' tells the others")


def _text(path: str) -> str:
    try:
        return Path(path).read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
