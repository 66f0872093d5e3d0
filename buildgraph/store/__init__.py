"""The store: results of rules that say `cached=True`, where all checkouts of a user find them."""
