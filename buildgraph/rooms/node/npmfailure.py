"""npm's failures: which line of its output is the reason, and what to do about it.

npm begins each line of an error with `npm error`, names a code in the first, and puts the reason anywhere, often below what sounds like one. A failure that is
not in the table is told by all that npm said: a guess would send people the wrong way.
"""

import re
from dataclasses import dataclass

LOCK = "Run 'doit node:lock' and commit what it changes."
PACKAGE = "Correct it in package.json."
NETWORK = "Check the network and npm's configuration, and run the command again."
SPACE = "Free space and run the command again."
SHOWN = 2
NOISE = re.compile(r"^\s*(at |A complete log|$)|^Clean install a project$|^Usage:")


@dataclass(frozen=True)
class Known:
    """One kind of failure: npm's codes for it, the lines that say what, the reason made of them, and what to do next."""

    codes: str
    lines: str
    reason: str
    hint: str
    is_list: bool = False  # several lines say what, and the first two are shown


# The codes are npm's and node's own (npm 11: lib/utils/error-message.js; node: "Common system errors", "TLS (SSL)").
TABLE = (
    Known("EUSAGE", r"^((?:Missing|Invalid): .+)$", r"\1", LOCK, is_list=True),
    Known(
        "EUSAGE",
        r"can only install with an existing package-lock\.json",
        "npm cannot read the package-lock.json next to this package.json",
        "Run 'doit node:lock': it says what does not fit, or rewrites it.",
    ),
    Known("EOVERRIDE", r"^(Override for .+)$", r"\1", "Correct 'overrides' in package.json."),
    Known(
        "EBADENGINE",
        r"^notsup Required: (.+)\nnotsup Actual: +(.+)$",
        r"'engines' asks for \1, and this is \2",
        "Correct 'engines' in package.json, or take another node: 'requirements/node.in'.",
    ),
    Known(
        "EBADPLATFORM",
        r"^notsup (Unsupported platform for .+)$",
        r"\1",
        "What only some platforms have belongs into 'optionalDependencies' of package.json.",
    ),
    Known(
        "ERESOLVE",
        r"^Found: (\S+)[\s\S]*?^ *(peer .+? from \S+)",
        r"it found \1, which does not fit '\2'",
        "Name releases in package.json that fit each other.",
    ),
    Known("ETARGET", r"^notarget (No matching version found for .+?)\.?$", r"\1", PACKAGE),
    Known(
        "E404",
        r"^404 (Not Found .+)$",
        r"404 \1",
        "Check the name in package.json, and which registry your npm configuration names.",
    ),
    Known(
        "E401 E403 ENEEDAUTH EOTP",
        r"^(.+)$",
        r"the registry does not accept your login (\1)",
        "Renew the token or login of that registry in your npm configuration.",
    ),
    Known("EINVALIDPACKAGENAME EINVALIDTAGNAME EUNSUPPORTEDPROTOCOL", r"^(.+)$", r"\1", PACKAGE),
    Known("EJSONPARSE", r"^JSON\.parse (Invalid .+)$", r"\1", "Correct it there."),
    Known(
        "EINTEGRITY",
        r"^(.*[Ii]ntegrity.*)$",
        r"\1",
        "A package does not have the digest of the lock, so nothing of it was installed; find out why before going on.",
    ),
    Known("ENOSPC EDQUOT", r"^nospc (.+)$|^(.*(?:ENOSPC|EDQUOT).*)$", r"\1\2", SPACE),
    Known(
        "EACCES EPERM EROFS",
        r"^(?:Error: )?(E(?:ACCES|PERM|ROFS): .+)$",
        r"\1",
        "Make it writable for you and run the command again.",
    ),
    Known("ENOENT", r"^enoent (ENOENT: .+, open .+)$", r"\1", PACKAGE),
    Known(
        "SELF_SIGNED_CERT_IN_CHAIN DEPTH_ZERO_SELF_SIGNED_CERT UNABLE_TO_VERIFY_LEAF_SIGNATURE CERT_HAS_EXPIRED "
        "UNABLE_TO_GET_ISSUER_CERT_LOCALLY ERR_TLS_CERT_ALTNAME_INVALID",
        r"^(?:FetchError: |network )?(request to .+)$",
        r"\1",
        "If the certificate is that of your company, name its authority: npm's 'cafile', or NODE_EXTRA_CA_CERTS.",
    ),
    Known(
        "ECONNREFUSED ECONNRESET ENOTFOUND EAI_AGAIN ETIMEDOUT EHOSTUNREACH ENETUNREACH ENOTCACHED ERR_SOCKET_TIMEOUT "
        "EIDLETIMEOUT ERESPONSETIMEOUT FETCH_ERROR ERR_STREAM_PREMATURE_CLOSE EPROTO",
        r"^(?:FetchError: |network )?(request to .+|.*(?:timeout|Timeout).*)$",
        r"\1",
        NETWORK,
    ),
    Known("E500 E502 E503 E504 E429 E407", r"^(\d{3} .+)$", r"\1", NETWORK),
)  # fmt: skip


# What npm says where its cache knows less than the lock: of a package it asks for the list of releases, which is older than the release.
STALE = ("ETARGET", "EINTEGRITY")


def code(output: str) -> str:
    """Return npm's code of a failure, an empty one if it told none."""
    found = re.search(r"^npm (?:error|ERR!) code (.+)$", output, re.MULTILINE)
    return found[1] if found else ""


def lost(output: str) -> str:
    """Return the error with which npm lost a file that it unpacked, "" if it lost none.

    npm ends well nevertheless, and warns. It also does of files of an optional package that it takes back (ENOENT).
    """
    found = re.search(r"^npm (?:warn|WARN) tar TAR_ENTRY_ERROR (?!ENOENT)(.+)$", output, re.MULTILINE)
    return found[1].rstrip(".") if found else ""


def explain(output: str) -> tuple[str, str]:
    """Return the reason of a failure and what to do next."""
    lines = [re.sub(r"^npm (?:error|ERR!) ?", "", line) for line in output.splitlines()]
    text = "\n".join(line for line in lines if not line.startswith("code "))
    for known in TABLE:
        if code(output) in known.codes.split() and (found := list(_found(known, text))):
            more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
            return "; ".join(found[:SHOWN]) + more, known.hint
    said = [line.rstrip() for line in lines if line and not NOISE.search(line)]
    return " / ".join(said).rstrip(".") or "it said nothing", ""


def _found(known: Known, text: str) -> list[str]:
    found = [match.expand(known.reason).rstrip(".") for match in re.finditer(known.lines, text, re.MULTILINE)]
    return found if known.is_list else found[:1]
