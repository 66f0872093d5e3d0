"""The classifiers that uploads may name, kept in step with the package `trove-classifiers`."""
