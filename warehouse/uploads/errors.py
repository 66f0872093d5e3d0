"""Why an upload is refused."""


class UploadRefused(Exception):
    """An upload that is refused: the HTTP status and a sentence for the one who sent it."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason


def invalid(reason: str) -> UploadRefused:
    """Return the refusal of an upload that is wrong in itself (400)."""
    return UploadRefused(400, reason)


def forbidden(reason: str) -> UploadRefused:
    """Return the refusal of an upload by someone who may not (403)."""
    return UploadRefused(403, reason)


def too_large(reason: str) -> UploadRefused:
    """Return the refusal of an upload beyond a limit (413)."""
    return UploadRefused(413, reason)
