"""The pages that belong to no single project: home, search, errors, and a sign of life."""
