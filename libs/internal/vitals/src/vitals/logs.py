"""Logs: one JSON object a line on standard error, as collectors of logs read them."""

import json
import logging
import sys
from datetime import UTC, datetime

OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What each record has by itself; everything else was given as `extra`."""


class Lines(logging.Formatter):
    """Format a record as a JSON object: `time` (ISO 8601, UTC), `level`, `service`, `logger`, `message`, what `extra` gave, `error`."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return a line without its end; what JSON has no form for is written as text."""
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self.service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        said |= {name: value for name, value in vars(record).items() if name not in OWN and name not in said}
        if record.exc_info:
            said["error"] = self.formatException(record.exc_info)
        return json.dumps(said, default=str)


def begin(service: str, level: int = logging.INFO) -> None:
    """Have logging write JSON lines to standard error, in place of what it wrote to before."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines(service))
    logging.basicConfig(handlers=[handler], level=level, force=True)
