"""Writing mails and handing them over: to an SMTP server, or into the mailbox of development."""

import mailbox
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from smtplib import SMTP as Server

from sqlalchemy import select
from sqlalchemy.orm import Session

from warehouse.accounts.models import User
from warehouse.mail.keys import PLACE, make_key
from warehouse.settings import Settings

SENDER = "Warehouse <noreply@localhost>"
PURPOSES = {"welcome": "verify", "reset": "reset"}  # of the keys in mails
TEMPLATES: dict[str, tuple[str, str]] = {
    "welcome": (
        "Welcome to Warehouse",
        "Hello {username},\n\nplease confirm that this is your address:\n\n{url}\n",
    ),
    "password-changed": (
        "Your password was changed",
        "Hello {username},\n\nyour password was changed. If that was not you, tell an administrator.\n",
    ),
    "reset": (
        "A new password",
        "Hello {username},\n\nsomebody, perhaps you, asked for a new password. Choose one within an hour:\n\n{url}\n\n"
        "If that was not you, do nothing: your password stays as it is.\n",
    ),
    "role-added": (
        "You have a new role",
        "Hello {username},\n\nyou are now {role} of the project {project}.\n",
    ),
}


def send_mail(
    session: Session, settings: Settings, *, user_id: int, template: str, url: str = "", **values: str
) -> None:
    """Write a mail to a person who is still there, and send it."""
    user = session.get(User, user_id)
    if user is None:
        return
    subject, body = TEMPLATES[template]
    if template in PURPOSES:
        url = url.replace(PLACE, make_key(settings, user, PURPOSES[template]))
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = SENDER, user.email, subject
    message.set_content(body.format(username=user.username, url=url, **values))
    if settings.smtp:
        host, _, port = settings.smtp.partition(":")
        with Server(host, int(port or 25)) as server:
            server.send_message(message)
    else:
        open_mailbox(settings.mail).add(message)


def send_reset(session: Session, settings: Settings, *, email: str, url: str) -> None:
    """Mail a link to a new password to whoever has this address; nobody may."""
    user = session.scalars(select(User).where(User.email == email, User.is_active)).first()
    if user is not None:
        send_mail(session, settings, user_id=user.id, template="reset", url=url)


def open_mailbox(folder: Path) -> mailbox.Maildir:
    """Return the mailbox, made if there is none."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    return mailbox.Maildir(folder, create=True)


def read_mails(folder: Path) -> list[dict[str, str]]:
    """Return what is in the mailbox, the newest first."""
    mails = sorted(open_mailbox(folder).items(), key=lambda each: (each[1].get_date(), each[0]), reverse=True)
    return [
        {"to": mail["To"], "subject": mail["Subject"], "text": bytes(mail.get_payload(decode=True)).decode()}
        for _, mail in mails
    ]
