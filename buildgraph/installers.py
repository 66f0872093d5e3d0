"""Installers: what pip and uv say when they fail, as phrases; addresses, which may hold a password, are left out.

Standard library only. The first line of another program's output is seldom its reason: signs are looked for in all of it.
"""

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence

NO_WHEEL = "a locked release has no wheel for this Python on this machine"
OTHER_BYTES = "a downloaded file does not have the digest that the lock demands; nothing of it was installed"
NOT_TRUSTED = "the registry's certificate is not trusted; if it is your company's, name its authority: PIP_CERT, or pip's 'cert'"
MEANINGS = (
    ("DO NOT MATCH THE HASHES", OTHER_BYTES),
    ("No space left", "the disk is full"),
    ("has no usable wheels", NO_WHEEL),
    ("has no wheels with a matching", NO_WHEEL),
    ("certificate verify failed", NOT_TRUSTED),  # pip
    ("invalid peer certificate", NOT_TRUSTED),  # uv
    ("timed out", "the registry did not answer in time"),
    ("No matching distribution found for", "the registry cannot be reached, does not answer, or lacks '{}'"),
)
"""A sign and what it means; the first that is found counts."""
REGISTRY = "the registry "
"""How a phrase begins that says why a registry gave nothing."""
DOWNLOADING = "Downloading "
"""How uv's lines begin that are told: of a file of a megabyte or more (`Downloading sphinx (3.7MiB)`)."""
PREPARED = re.compile(r"Prepared (\d+ packages?) in .*")
"""What uv says once all are there."""
ADDRESS = re.compile(r" (?:for url|from)(?: \(?\w+://[^\s)]+\)?|$)")  # uv breaks long lines before it


FETCHED = re.compile(r"Failed to fetch: `?\w+://(?:[^@/\s]*@)?(?P<host>[^/\s]+)")
"""How uv names the address that it cannot have; its host is told, not its login."""


def run(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run an installer to its end; what it says, on both streams, is its standard output.

    What uv downloads, with its size, is told meanwhile, as a line that the next one is written over.
    """
    said = []
    with subprocess.Popen(
        command, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            said.append(line)
            if line.startswith(DOWNLOADING):
                say(line.strip())
            elif match := PREPARED.fullmatch(line.strip()):
                say(f"installing {match[1]}")
    return subprocess.CompletedProcess(command, process.returncode, "".join(said))


def say(text: str) -> None:
    """Say what is done, as a line that the next one is written over."""
    print(text, end="\r", file=sys.stderr, flush=True)


def reason(output: str) -> str:
    """Say in a phrase why pip or uv failed."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for sign, meaning in MEANINGS:
        if sign in output:
            return meaning.format(*(line.rpartition(" ")[2] for line in lines if sign in line))
    causes = [line for line in lines if line.startswith("cause: ")]
    errors = [line for line in lines if line.lower().startswith("error")]
    told = (causes or errors or lines or ["it ended without a word"])[-1]
    said, fetched = ADDRESS.sub("", told.removeprefix("cause: ")).rstrip("."), FETCHED.search(output)
    return f"{REGISTRY}'{fetched['host']}': {said}" if fetched else said
