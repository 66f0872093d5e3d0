"""People, who own and maintain projects."""
