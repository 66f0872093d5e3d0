"""The addresses of the site and their views, a cell a block; whatever else a view is asked for is a 404."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPClientError, HTTPMovedPermanently
from sqlalchemy.exc import OperationalError, TimeoutError

NAME = "{name:[A-Za-z0-9._-]{1,200}}"
VERSION = "{version:[A-Za-z0-9._+!-]{1,200}}"  # Python refuses to read a number of thousands of digits
NUMBER = "{number:[0-9]{1,18}}"
KEY = "{key:[A-Za-z0-9_.-]{1,500}}"
PATH = "{path:[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}/[A-Za-z0-9._+!-]+}"  # see files.storage.place_of

Options = dict[str, Any]  # of a view

READ: Options = {"request_method": ("GET", "HEAD")}
POST: Options = {"request_method": ("POST",)}
FORM: Options = {"request_method": ("GET", "HEAD", "POST")}
USER, ADMIN = {"visitor": "user"}, {"visitor": "admin"}
ACTIONS = ("yank", "unyank", "delete_release", "delete_project", "add_role", "remove_role")


def page(template: str) -> Options:
    """Return the option of a view that a template draws."""
    return {"renderer": f"{template}.jinja2"}


# Name, pattern, view, its options; what is not said to take a form is only read.
ROUTES: tuple[tuple[str, str, str, Options], ...] = (
    ("home", "/", "pages.views.home", page("home")),
    ("search", "/search/", "pages.views.search", page("search")),
    ("projects", "/projects/", "pages.views.search", page("search")),
    ("health", "/_health/", "pages.views.health", {"renderer": "string"}),
    ("language", "/language/", "languages.choose", {}),
    ("register", "/account/register/", "accounts.views.register", page("accounts/register") | FORM),
    ("login", "/account/login/", "accounts.views.login", page("accounts/login") | FORM),
    ("logout", "/account/logout/", "accounts.views.logout", POST | USER),
    ("forgot", "/account/forgot/", "accounts.views.forgot", page("accounts/forgot") | FORM),
    ("reset", f"/account/reset/{KEY}/", "accounts.views.reset", page("accounts/reset") | FORM),
    ("verify", f"/account/verify/{KEY}/", "accounts.views.verify", {}),
    ("password", "/account/password/", "accounts.views.password", page("accounts/account") | POST | USER),
    ("account", "/account/", "accounts.views.account", page("accounts/account") | USER),
    ("tokens", "/account/tokens/", "tokens.views.tokens", page("accounts/tokens") | FORM | USER),
    ("revoke_token", f"/account/tokens/{NUMBER}/revoke/", "tokens.views.revoke", POST | USER),
    ("admin", "/admin/", "admin.views.overview", page("admin/overview") | ADMIN),
    ("admin_user", f"/admin/users/{NUMBER}/", "admin.views.switch", POST | ADMIN),
    ("manage", f"/manage/{NAME}/", "manage.views.manage", page("manage/project") | USER),
    *(
        (action, f"/manage/{NAME}/{action.replace('_', '-')}/", f"manage.views.{action}", POST | USER)
        for action in ACTIONS
    ),
    ("project", f"/project/{NAME}/", "projects.views.project", page("project")),
    ("release", f"/project/{NAME}/{VERSION}/", "projects.views.release", page("project")),
    ("project_of_p", f"/p/{NAME}/", "projects.views.moved", {}),  # where people's links point to
    ("project_of_pypi", f"/pypi/{NAME}/", "projects.views.moved", {}),
    ("simple_index", "/simple/", "simple.views.index", {}),
    ("simple_project", f"/simple/{NAME}/", "simple.views.project", {}),
    ("json_project", f"/pypi/{NAME}/json", "json_api.views.project", {"renderer": "json"}),
    ("json_release", f"/pypi/{NAME}/{VERSION}/json", "json_api.views.release", {"renderer": "json"}),
    ("file", f"/packages/{PATH}", "files.views.download", {}),  # mirrors take no other address
    ("old_file", f"/files/{PATH}", "files.views.download", {}),  # in locks of before
    ("mirrors", "/pypi", "mirrors.views.call", POST | {"require_csrf": False}),
    ("upload", "/legacy/", "uploads.views.upload", POST | {"require_csrf": False}),
    ("rss_updates", "/rss/updates.xml", "feeds.views.rss_updates", {}),
    ("rss_projects", "/rss/projects.xml", "feeds.views.rss_projects", {}),
    ("rss_packages", "/rss/packages.xml", "feeds.views.rss_projects", {}),
    ("rss_project", f"/rss/project/{NAME}/releases.xml", "feeds.views.rss_project", {}),
    ("sitemap", "/sitemap.xml", "feeds.views.sitemap", {}),
    ("robots", "/robots.txt", "feeds.views.robots", {}),
)
ERRORS = {
    HTTPClientError: "refused", UnicodeDecodeError: "unreadable", Exception: "failure", OperationalError: "away",
    TimeoutError: "away",
}  # fmt: skip


def includeme(config: Configurator) -> None:
    """Register all of them, and the pages of errors; an address without its last slash is redirected."""
    config.registry.methods = {}
    for name, pattern, view, options in ROUTES:
        config.add_route(name, pattern)
        config.add_view(f"warehouse.{view}", route_name=name, **READ | options)
        config.add_view("warehouse.pages.views.not_allowed", route_name=name, require_csrf=False)
        config.registry.methods[name] = (READ | options)["request_method"]
    if config.registry.warehouse.is_development:
        config.add_route("mailbox", "/_mail/")
        config.add_view("warehouse.mail.views.mailbox", route_name="mailbox", **page("mail/mailbox"))
    slash = page("error") | {"append_slash": HTTPMovedPermanently}
    config.add_notfound_view("warehouse.pages.views.refused", **slash)
    for error, view in ERRORS.items():
        config.add_exception_view(f"warehouse.pages.views.{view}", context=error, **page("error"))
