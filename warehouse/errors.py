"""The one error that is a person's to mend: shown as a sentence, never as a traceback."""


class WarehouseError(Exception):
    """Say what happened (and where), and what to do next."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what, hint)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what}. {self.hint}"
