"""Conveyor: addresses that were once given out lead to where files and documentation are now.

A request is read to a question (`questions`), the index is asked (`index`) unless its answer is remembered (`remembered`),
and a place is chosen (`places`): one of the index, or one that a project's metadata names. No address of a request is ever
redirected to.
"""
