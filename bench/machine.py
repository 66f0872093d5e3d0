"""The machine that a measurement ran on, as it is written beside the result."""

import json
import os
import platform
from pathlib import Path


def machine() -> dict[str, object]:
    """Return what makes two machines comparable."""
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def write_result(script: str, result: dict[str, object]) -> None:
    """Write a result beside its script and print it."""
    text = json.dumps(result, indent=1)
    Path(script).with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    print(text)
