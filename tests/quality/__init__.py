"""The rules for the code itself: each is shown to refuse something."""
