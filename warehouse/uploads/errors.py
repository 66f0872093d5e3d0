"""Why an upload is refused."""

from functools import partial


class UploadRefused(Exception):
    """An upload that is refused: the HTTP status and a sentence for the one who sent it."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason


class Unavailable(UploadRefused):
    """An upload that comes at a bad moment and may be right: whoever can wait tries it again."""


invalid = partial(UploadRefused, 400)  # wrong in itself
forbidden = partial(UploadRefused, 403)  # by someone who may not
too_large = partial(UploadRefused, 413)  # beyond a limit
unavailable = partial(Unavailable, 503)  # at a bad moment
