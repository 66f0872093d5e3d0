"""Explained: the words that a person types most after the name of a task of tests, and what they mean; of the plugin first, then pytest's."""

EXPLAINED = {
    "PATH, FILE::TEST": "only what is there, of a file or a folder",
    "-k WORDS": "only tests whose names fit: '-k upload', '-k \"upload and not large\"'",
    "-x": "end with the first failure; '--maxfail=3' with the third",
    "--all": "all tests, affected or not, recorded anew",
    "--why FILE::TEST": "in one sentence why a test would run; runs nothing",
    "--watch": "after each save what it affects, until Ctrl-C",
    "--audit": "all tests, and which held result was wrong, with the fact that was missing",
    "--plain": "as pytest does: nothing is recorded or reused",
    "-v, -q": "more, or less, of what runs",
    "--pdb": "a debugger at the first failure; with '--plain -n0'",
}
