"""The audit trail: what happened, to what, by whom, from where."""
