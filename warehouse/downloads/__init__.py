"""Downloads: how often files were taken, as the service linehaul counts it."""
