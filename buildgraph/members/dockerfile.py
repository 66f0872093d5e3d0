"""Dockerfile: an image that is a base, named by its digest, and a bundle, and nothing else (https://docs.docker.com/reference/dockerfile/).

Such a file has five instructions, each once and in one line. What is not one of them is refused, without asking what it would do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from string import Template

from buildgraph.errors import BuildError

BASE = "python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b"
"""Python 3.11.16 on Debian 12, for several machines: taken from what public repositories name, and not pulled (docs/manual/members.md)."""
TEXT = """FROM $base
COPY $name.pex /$name.pex
USER 10001:10001
EXPOSE 8000
ENTRYPOINT ["python", "/$name.pex"$more]
"""
NAMES = ("FROM", "COPY", "USER", "EXPOSE", "ENTRYPOINT")
IMAGE = re.compile(r"\S*?python:(?P<python>\d+\.\d+)[^\s@]*@sha256:[0-9a-f]{64}")
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
DIRECTIVE = re.compile(r"#\s*(syntax|escape|check)\s*=")
USER = re.compile(r"[1-9][0-9]*(:[1-9][0-9]*)?")
PORT = re.compile(r"[0-9]+(/tcp)?")


def written(name: str, base: str = BASE, words: tuple[str, ...] = ()) -> str:
    """Return the Dockerfile of a bundle, which is started with words."""
    more = "".join(f", {json.dumps(word)}" for word in words)
    return Template(TEXT).substitute(name=name, base=base, more=more)


def base_of(text: str) -> str:
    """Return the image that a Dockerfile begins with, "" if it does not."""
    found = re.search(r"^FROM (\S+)$", text, re.MULTILINE)
    return found[1] if found else ""


def problems(text: str, path: str, name: str, python: str) -> Iterator[BuildError]:
    """Yield what a Dockerfile has besides an image of a Python (`3.11`, "" for any) and the bundle of a service, and what it lacks."""
    found: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{path}, line {number}"
        if DIRECTIVE.match(line.strip()):
            yield BuildError(f"'{line.strip()}' changes how the file is read", where, "Take it out.")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        word, _, rest = line.strip().partition(" ")
        instruction = word.upper()
        if instruction not in NAMES:
            hint = "The bundle holds all that is needed, and the image nothing else."
            yield BuildError(f"'{word}' is not one of {', '.join(NAMES)}", where, hint)
        elif instruction in found:
            yield BuildError(f"there is a second '{instruction}'", where, "Take one of them out.")
        elif instruction != "FROM" and not found:
            yield BuildError(f"'{instruction}' stands before 'FROM'", where, "Write 'FROM' first.")
        elif line.rstrip().endswith("\\"):
            yield BuildError("it goes on in the next line", where, "Write it in one line.")
        else:
            yield from _wrong(instruction, rest.strip(), where, name, python)
        found.append(instruction)
    for missing in (each for each in NAMES if each not in found):
        (line,) = (each for each in written(name).splitlines() if each.startswith(missing))
        yield BuildError(f"it has no '{missing}'", path, f"Write: '{line}'.")


def _wrong(instruction: str, rest: str, where: str, name: str, python: str) -> Iterator[BuildError]:
    if instruction == "FROM":
        yield from _wrong_image(rest, where, python)
    elif instruction == "COPY" and rest.split() != [f"{name}.pex", f"/{name}.pex"]:
        hint = f"Write: 'COPY {name}.pex /{name}.pex'; the folder 'bundles' is what the image is built from."
        yield BuildError(f"'{rest}' is not the bundle alone", where, hint)
    elif instruction == "USER" and not USER.fullmatch(rest):
        hint = "Write: 'USER 10001:10001'; who runs a cluster can tell from it that it is not root."
        yield BuildError(f"'{rest}' is not the number of an ordinary user", where, hint)
    elif instruction == "EXPOSE" and not PORT.fullmatch(rest):
        yield BuildError(f"'{rest}' is not one port", where, "Write: 'EXPOSE 8000'.")
    elif instruction == "ENTRYPOINT":
        start = ["python", f"/{name}.pex"]
        hint = f"Write: 'ENTRYPOINT {json.dumps(start)}', with further words if it needs any."
        try:
            words = json.loads(rest)
        except ValueError:
            yield BuildError("it is in the form that starts a shell", where, hint)
            return
        if not (isinstance(words, list) and all(isinstance(word, str) for word in words)):
            yield BuildError("it is not a list of words", where, hint)
        elif words[:2] != start:
            yield BuildError("it starts something other than the bundle", where, hint)


def _wrong_image(image: str, where: str, python: str) -> Iterator[BuildError]:
    found = IMAGE.fullmatch(image)
    if not DIGEST.search(image):
        hint = f"Name it by tag and digest, as '{BASE.partition(':')[0]}:…@sha256:…', so that it is the same image tomorrow."
        yield BuildError(f"the image '{image}' has no digest", where, hint)
    elif not found:
        hint = "Name one whose tag says the version, as 'python:3.11-slim-bookworm@sha256:…'."
        yield BuildError(f"'{image}' is not an image of Python", where, hint)
    elif python and found["python"] != python:
        what = f"the image has Python {found['python']}, and bundles are made for {python}, as '.python-version' says"
        yield BuildError(what, where, f"Name an image of Python {python}.")
