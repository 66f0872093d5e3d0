"""Work that no request waits for: jobs in a queue in the database, done by `python -m warehouse worker`.

The queue is procrastinate's, in the schema `queue` of the same database. A job is added by the transaction that
makes it necessary, so that neither can happen without the other.
"""
