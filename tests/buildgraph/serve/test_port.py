import os
import re
import socket

import pytest

from buildgraph.errors import BuildError
from buildgraph.serve.port import require_free


def test_a_free_port_is_free():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    require_free("127.0.0.1", port)


def test_a_port_in_use_is_refused_with_the_process_that_has_it():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(BuildError) as caught:
            require_free("127.0.0.1", port)

    message = str(caught.value)
    assert re.fullmatch(
        rf"port {port} is in use by process {os.getpid()} \(.+\)\. End it, or take another port: '--port={port + 1}'\.",
        message,
    ), message
