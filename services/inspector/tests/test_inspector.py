"""inspector answers at its first page alone."""

from wsgiref.util import setup_testing_defaults

import pytest

from inspector.app import application


@pytest.mark.parametrize(("path", "status"), [("/", "200 OK"), ("/other", "404 Not Found")])
def test_the_first_page_is_there_and_no_other(path, status):
    environ, said = {"PATH_INFO": path}, []
    setup_testing_defaults(environ)

    body = b"".join(application(environ, lambda *words: said.append(words[0])))

    assert said == [status]
    assert body.endswith(b"\n")
