"""The simple repository API, which installers read (PEP 503, 592, 658, 691, 700)."""
