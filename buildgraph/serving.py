"""Serving: the variables by which a run of tasks and `doit serve` tell one another."""

PREFIX = "BUILDGRAPH_SERVE"
WORKER = f"{PREFIX}_WORKER"
"""Marks whatever `doit serve` starts: the supervisor's process and start, and the worker's number."""
SAVED = f"{PREFIX}_SAVED"
"""What was saved, for a run that this is the cause of."""
FAILED = f"{PREFIX}_FAILED"
"""What a run has said of the failure that keeps a service from its start; a command line could be read by others."""
