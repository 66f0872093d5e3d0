"""Uploads, by the legacy API that twine and its like speak.

The way of an upload: `form` reads the request within limits, `distributions` reads what it claims to be,
`archives` looks into the file, `services` stores file and rows together or not at all, `views` says how it
went. Later, `extraction` makes the file's metadata available.
"""
