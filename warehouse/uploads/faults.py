"""What is wrong with core metadata, field by field: each that is right in itself can be taken. Runs in quarantine.

The specifications are packaging's to check; added is what they allow and no index wants to serve, as PyPI judges it.
"""

import json
import re
from typing import Any

from packaging.metadata import InvalidMetadata, Metadata
from packaging.requirements import Requirement

REQUIRED = {"metadata_version", "name", "version"}
DEPENDENCIES = ("requires_python", "requires_dist")  # what an installer resolves
LINKS = ("home_page", "download_url", "project_urls")
WEB_ADDRESS = re.compile(r"(?i)https?://[^\s/]")
UNFINISHED = ("metadata_version", "2.0")  # never agreed on, written for years, and installed by pip
LONG_NUMBER = re.compile(r"[0-9]{101}")  # installers convert it, which Python refuses from 4,300 digits on
LONGEST = {  # characters, all texts of a field together; pages show them, some for each file, and licenses may be whole texts
    "name": 200, "version": 200, "pyversion": 200, "summary": 512, "requires_python": 512, "keywords": 10_000,
    "author": 4000, "author_email": 4000, "maintainer": 4000, "maintainer_email": 4000, "home_page": 2000,
    "download_url": 2000, "project_urls": 20_000, "license": 200_000, "license_expression": 2000, "license_files": 50_000,
    "classifiers": 20_000, "platforms": 2000, "dynamic": 2000, "provides_extra": 50_000, "requires_dist": 500_000,
}  # fmt: skip
LONGEST_FAULT = 500  # it quotes what was sent


def faults(text: str) -> dict[str, str]:
    """Return the reason by the name of each field of core metadata (JSON) that cannot be taken.

    A field that is newer than the version that the metadata declares is taken: build backends wrote License-File years
    before version 2.4 defined it.
    """
    raw = json.loads(text)
    metadata = Metadata.from_raw(raw, validate=False)
    found = {name: _fault(metadata, name, raw.get(name)) for name in REQUIRED | raw.keys()}
    if "license" in raw and "license_expression" in raw:
        found["license"] = "'license' is not given beside 'license-expression'"
    return {name: fault[:LONGEST_FAULT] for name, fault in found.items() if fault}


def _fault(metadata: Metadata, name: str, value: Any) -> str | None:
    field = name.replace("_", "-")
    if (name, value) == UNFINISHED:
        return None
    if name in LONGEST and sum(map(len, _texts(value))) > LONGEST[name]:
        return f"'{field}' is longer than {LONGEST[name]} characters"
    if any("\0" in text for text in _texts(value)):
        return f"'{field}' has a null character"
    if name in DEPENDENCIES and any(LONG_NUMBER.search(text) for text in _texts(value)):
        return f"'{field}' has a number of more than 100 digits"
    try:
        getattr(metadata, name)
    except InvalidMetadata as error:
        return str(error)
    except RecursionError:  # the parser of markers descends once for each parenthesis
        return "a requirement has too many parentheses"
    return _unwanted(name, field, value) if value else None


def _texts(value: Any) -> list[str]:
    """Return all texts of a field: one, a list of them, or labels with theirs."""
    if isinstance(value, str):
        return [value]
    return [*value, *value.values()] if isinstance(value, dict) else list(value or ())


def _unwanted(name: str, field: str, value: Any) -> str | None:
    if name in LINKS:
        links = list(value.values()) if isinstance(value, dict) else [value]
        if wrong := [link for link in links if not WEB_ADDRESS.match(link)]:
            return f"'{wrong[0]}' is invalid for '{field}': write it as 'https://host/path'"
    if name == "requires_dist" and (wrong := [text for text in value if Requirement(text).url]):
        return f"'{wrong[0]}' is invalid for '{field}': it names an address, which no index can answer for"
    return None
