"""What owners and maintainers do to their projects."""
