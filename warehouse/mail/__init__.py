"""Mail to people: written by the worker, and kept in a mailbox that can be read in development."""
