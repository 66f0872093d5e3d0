"""The mailbox of development."""

from typing import Any

from pyramid.request import Request

from warehouse.mail.services import read_mails


def mailbox(request: Request) -> dict[str, Any]:
    """Show the mails that would have been sent."""
    return {"mails": read_mails(request.registry.warehouse.mail)}
