"""The XML-RPC methods that mirrors call (bandersnatch), by the names that PyPI gave them; all others are a fault."""

from collections.abc import Callable
from inspect import signature
from typing import Any
from xmlrpc.client import Fault, dumps

from pyramid.request import Request
from pyramid.response import Response

import quarantine
from warehouse.mirrors.services import METHODS

BAD_CALL = Fault(-32600, "This is not a call of XML-RPC.")  # the numbers are those of xmlrpc-epi's convention
NO_METHOD = Fault(-32601, f"The methods are: {', '.join(map(str, METHODS))}.")
BAD_ARGUMENTS = Fault(-32602, "These are not the arguments of this method.")


def call(request: Request) -> Response:
    """Answer a call."""
    try:
        question = request.body.decode()
        if "<!DOCTYPE" in question:  # whose entities can be of any size; no client sends one
            raise quarantine.TooMuch
        name, arguments = quarantine.ask("warehouse.mirrors.reading:read_call", question)
        answer = _answer(METHODS.get(name), request, arguments)
    except (quarantine.TooMuch, UnicodeDecodeError):
        answer = BAD_CALL
    except quarantine.Busy:
        return Response("Too many calls are read at once.\n", status=503, content_type="text/plain")
    body = dumps(answer if isinstance(answer, Fault) else (answer,), methodresponse=True)
    return Response(body.encode(), content_type="text/xml")


def _answer(method: Callable[..., Any] | None, request: Request, arguments: list[Any]) -> Any:
    if method is None:
        return NO_METHOD
    wanted = len(signature(method).parameters) - 1
    if len(arguments) != wanted or any(type(each) is not int or abs(each) >= 2**63 for each in arguments):
        return BAD_ARGUMENTS
    return method(request.db, *arguments)
