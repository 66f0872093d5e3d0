"""Camo: a proxy for the images of READMEs, so that readers are known to no host but ours.

What strangers name is fetched from within our network, so nearly all of this is about what is not fetched: an address
passes `addresses` (its form), `publicity` (where its host is) and `network` (a connection to the very address that was
looked at), an answer `exchange` (time and bytes) and `kinds` (what it is).
"""
