"""Which folder holds the requirements."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    "files",
    [
        {"config.h.in/x": "", "requirements/main.in": "six\n"},
        {"config.h.in/main.in/x": "", "requirements/main.in": "six\n"},
        {"aaa/config.h.in": "#define A @A@\n", "etcetera/main.in": "six>1\n"},
        {
            "aaa/version.py.in": 'version = "@VERSION@"\n',
            "etcetera/main.in": "-r other.in\nsix [a] ; python_version > '3'\n",
        },
        {"aaa/empty.in": "# nothing\n", "etcetera/main.in": "six @ https://x/six.whl\n"},
        {"requirements/main.in": "", "requirements/x.in/y": ""},
    ],
)
def test_a_template_or_a_folder_is_not_a_group(begin, files):
    text = (begin(files) / "dodo.py").read_text()
    assert 'locks.Locks(("main", "build")' in text
    assert ('folder="etcetera"' in text) == ("etcetera/main.in" in files)


def test_a_folder_of_that_name_hides_no_other_file(begin):
    folder = begin({"requirements/x.in/y": "", "requirements/dev.txt": "six\n"})
    assert "six" in (folder / "requirements/dev.in").read_text()
