"""Forking: how a zygote or a parked copy waits, and what it forks."""

from __future__ import annotations

import os
import socket

from . import system
from .channel import Channel


def wait_to_be_forked(channel: Channel, supervisor: int) -> tuple[Channel, dict]:
    """Fork a worker each time that one is asked for; return in the worker, with its channel. Without a supervisor, end."""
    for message in channel.messages():
        files = message["files"]
        if system.fork_away(supervisor):
            channel.close()
            return Channel(socket.socket(fileno=files[0])), message
        for number in files:
            os.close(number)
    system.EXIT(0)
