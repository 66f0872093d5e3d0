import os
import re
import socket

import pytest

from buildgraph.act.port import listen
from buildgraph.errors import BuildError


def test_a_free_port_is_free():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    listen("127.0.0.1", port).close()


def test_a_port_in_use_is_refused_with_the_process_that_has_it():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(BuildError) as caught:
            listen("127.0.0.1", port)

    message = str(caught.value)
    assert re.fullmatch(
        rf"port {port} is in use by process {os.getpid()} \(.+\)\. End it, or take another port: '--port={port + 1}'\.",
        message,
    ), message


def test_a_process_is_named_whichever_of_its_descriptors_is_the_socket():
    low = [os.open(os.devnull, os.O_RDONLY) for _ in range(20)]
    try:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            os.close(
                low.pop(0)
            )  # the listing of descriptors takes this one, and it is closed when it is looked at
            with pytest.raises(BuildError, match=f"by process {os.getpid()} "):
                listen("127.0.0.1", taken.getsockname()[1])
    finally:
        for each in low:
            os.close(each)
