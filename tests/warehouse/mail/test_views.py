"""The mailbox of development."""

from email.message import EmailMessage

from webtest import TestApp

from warehouse.mail.services import open_mailbox
from warehouse.settings import Settings


def test_the_mailbox_shows_what_would_have_been_sent(app: TestApp, settings: Settings):
    box = open_mailbox(settings.mail)
    box.clear()
    assert "No mail yet." in app.get("/_mail/").text
    message = EmailMessage()
    message["To"], message["Subject"] = "bob@example.org", "Hello"
    message.set_content("<b>See</b> http://localhost/x\n")
    box.add(message)
    page = app.get("/_mail/")
    assert page.html.article.h2.text == "Hello"
    assert page.html.article.find("b") is None
    assert page.html.article.a["href"] == "http://localhost/x"
    box.clear()
