"""Why an upload is refused."""

from functools import partial


class UploadRefused(Exception):
    """An upload that is refused: the HTTP status and a sentence for the one who sent it."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason


class Invalid(UploadRefused):
    """An upload that is wrong in itself, and is not tried again."""


invalid = partial(Invalid, 400)
forbidden = partial(UploadRefused, 403)  # by someone who may not
too_large = partial(UploadRefused, 413)  # beyond a limit
unavailable = partial(UploadRefused, 503)  # at a bad moment: it may be right
