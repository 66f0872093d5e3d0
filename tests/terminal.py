"""What is written to a terminal, read at its other end."""

import os


def read_to_the_end(number: int) -> bytes:
    """Read from our end of a pseudo-terminal until nobody has the other one open, and close ours."""
    said = b""
    while True:
        try:
            data = os.read(number, 65536)
        except OSError:  # Linux says so at the end.
            break
        if not data:
            break
        said += data
    os.close(number)
    return said
