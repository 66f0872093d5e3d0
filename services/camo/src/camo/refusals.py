"""A refusal: why an image is not shown, as whoever asked may know it.

A text never tells what a name resolves to in our network, nor whether it does: hosts are asked for by strangers.
"""


class NotShown(Exception):
    """An image that is not shown, with the status of HTTP and a sentence."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def refused(reason: str) -> NotShown:
    """Return the refusal of an address for its form."""
    return NotShown(403, f"The address is refused: {reason}.")


def late() -> NotShown:
    """Return the refusal of what takes too long."""
    return NotShown(504, "The image takes too long.")
