"""Names of members among each other: which would be written to one place, or below what is not a folder."""

import unicodedata
from collections.abc import Iterable

from safe_archives.refused import Refused


def check_below(members: Iterable[tuple[str, bool]]) -> None:
    """Refuse paths below one that is not a folder, as below a link, which may lead elsewhere; each says whether it is a folder."""
    above = ""
    for path, is_folder in sorted((f"{path}/", is_folder) for path, is_folder in members):
        if above and path != above and path.startswith(above):  # sorted, they follow each other
            raise Refused(f"The archive has a file below what is not a folder: '{path[:-1]}'.")
        if not is_folder:
            above = path


def check_twins(paths: Iterable[tuple[str, str]], has_case: bool) -> None:
    """Refuse two members, names with paths, of which one would be written over the other."""
    seen = set()
    for name, path in paths:
        unique = path if has_case else unicodedata.normalize("NFC", path).lower()
        if unique in seen:
            raise Refused(f"The archive is read in more than one way at '{name}'.")
        seen.add(unique)
