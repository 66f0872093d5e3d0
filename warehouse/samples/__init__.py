"""Made-up projects for development: the same ones every time, each with wheels that pip installs."""
