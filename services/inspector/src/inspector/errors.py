"""Why there is nothing to show."""


class NotShown(Exception):
    """What was asked for is not shown: the HTTP status and a sentence for the one who asked."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason
