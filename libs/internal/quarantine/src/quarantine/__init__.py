"""Quarantine: what strangers wrote is read in a process of its own, with limits of time, memory and output.

A parser may need quadratic time, or hold the lock that all threads of Python share: there it stops nobody. The process
has none of our environment, so no secrets; it answers one question after the other and is replaced when a limit has
ended it. It ends by itself when its standard input does, however the process that started it ended. Without timers for
processor time and limits of memory (Windows) only the clock ends it.

A question is a function of the caller ("module:name") with texts; the answer is what JSON has of what it returns.

The alternatives that lost: a limit inside the web process (no thread can be ended while C code runs), and a process for
each question (its imports cost more than nearly all questions).
"""

from quarantine.asking import Busy, Quarantine, TooMuch
from quarantine.limits import LIMITS, Limits

__all__ = ["LIMITS", "Busy", "Limits", "Quarantine", "TooMuch", "ask"]

ask = Quarantine().ask  # for all of a process that need no limits of their own
