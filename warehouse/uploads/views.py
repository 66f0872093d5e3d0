"""The upload API over HTTP: who sends it, what became of it."""

from pyramid.request import Request
from pyramid.response import Response

from warehouse.events.services import record
from warehouse.tokens.models import Token
from warehouse.tokens.services import recognize, token_of_header
from warehouse.uploads.errors import UploadRefused, forbidden
from warehouse.uploads.form import read_form
from warehouse.uploads.services import take_upload


def upload(request: Request) -> Response:
    """Take an upload, or say why not."""
    try:
        token = _authenticate(request)
        with read_form(request.environ, request.registry.upload_limits) as form:
            file = take_upload(request.db, request.registry.storage, request.on_abort, token, form)
        if file is None:
            return Response("This file is here already.\n", content_type="text/plain")
        project = file.release.project
        record(request, "uploaded", user=token.user, project=project.normalized_name, filename=file.filename)
        request.add_job("index_project", project_id=project.id)
        request.add_job("extract_metadata", file_id=file.id)
        request.add_job("render_descriptions")
        request.purge(project.normalized_name)
    except UploadRefused as refusal:
        return _refuse(refusal)
    return Response("Uploaded.\n", content_type="text/plain")


def _authenticate(request: Request) -> Token:
    text = token_of_header(request.headers.get("Authorization"))
    if text is None:
        raise UploadRefused(401, "Upload with the user name '__token__' and an API token as the password.")
    token = recognize(request.db, request.registry.warehouse.secret, text)
    if token is None:
        raise forbidden("The API token is invalid or was revoked.")
    if not token.user.email_verified:
        raise forbidden(
            "Confirm your email address first: follow the link in your mail, or ask for a new password."
        )
    return token


def _refuse(refusal: UploadRefused) -> Response:
    """Answer with the reason in the body and, since that is what twine shows, in the status line."""
    line = refusal.reason.encode("ascii", "backslashreplace").decode()
    line = "".join(letter if letter.isprintable() else " " for letter in line)[:400]
    response = Response(f"{refusal.reason}\n", content_type="text/plain", status=f"{refusal.status} {line}")
    if refusal.status == 401:
        response.www_authenticate = 'Basic realm="uploads", charset="UTF-8"'
    return response
