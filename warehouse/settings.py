"""The settings of the application, read once from the environment and frozen."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from readme_images import signing
from warehouse.errors import WarehouseError

MODES = ("development", "production")
DEVELOPMENT_SECRET = "not a secret: good enough for development only"  # noqa: S105
SECRET_LENGTH = 32  # characters: 128 bits even when written in hexadecimal
MAKE_SECRET = "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"  # noqa: S105 (how)
BUILT_ASSETS = Path(__file__).parent / "static" / "dist"
HOST = r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?"
ORIGIN = rf"https?://{HOST}"
FORWARDED = ("x-forwarded", "forwarded")  # headers of proxies: X-Forwarded-For and its kind, or RFC 7239
PYTHONS = ("", "accept-known-holes")
EXAMPLE_URL = "postgresql+psycopg://warehouse@/warehouse?host=/run/postgresql"


@dataclass(frozen=True)
class Settings:
    """What the application is told from outside. Secrets and the URL stay out of `repr`."""

    database_url: URL = field(repr=False)
    files: Path
    secret: str = field(default=DEVELOPMENT_SECRET, repr=False)
    mode: str = "development"
    mail: Path = field(default_factory=lambda: Path("mail").absolute())
    smtp: str = ""  # "host:port"; without it mail lands in the mailbox
    site: str = ""  # "https://host", this site's own name; without it what a request calls this host
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()  # whose word about clients is believed
    forwarded: str = FORWARDED[0]  # the header with which they give it
    accepts_holes: bool = False  # of the Python that serves, see `interpreter`
    cdn: str = ""  # "https://host", where changed pages are purged; without it there is none
    cdn_token: str = field(default="", repr=False)
    camo: str = (
        ""  # "https://host", the proxy that images of descriptions come from; without it there is none
    )
    camo_key: str = field(default=signing.DEVELOPMENT_KEY, repr=False)  # which both have
    inspector: str = ""  # "https://host" of the service that shows what is in files; without it there is none
    assets: Path = field(default_factory=lambda: BUILT_ASSETS)

    @property
    def is_development(self) -> bool:
        """Templates and assets are read again when they change."""
        return self.mode == "development"


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Read the settings; the first one that is missing or wrong is a WarehouseError."""
    mode = _choice(environ, "WAREHOUSE_MODE", MODES)
    return Settings(
        database_url=database_url(environ),
        files=_files(environ, mode),
        secret=_secret(environ, mode),
        mode=mode,
        mail=Path(environ.get("WAREHOUSE_MAIL") or _files(environ, mode).with_name("mail")).absolute(),
        smtp=_text(environ, "WAREHOUSE_SMTP", r"[^\s:]+(:[0-9]{1,5})?", "Write it as 'host' or 'host:port'."),
        site=_origin(environ, "WAREHOUSE_SITE", mode, is_needed=mode == "production"),
        proxies=_proxies(environ),
        forwarded=_choice(environ, "WAREHOUSE_FORWARDED", FORWARDED),
        accepts_holes=bool(_choice(environ, "WAREHOUSE_PYTHON", PYTHONS)),
        cdn=_origin(environ, "WAREHOUSE_CDN", mode),
        cdn_token=_cdn_token(environ),
        camo=_origin(environ, "WAREHOUSE_CAMO", mode),
        camo_key=_camo_key(environ, mode),
        inspector=_origin(environ, "WAREHOUSE_INSPECTOR", mode),
        assets=Path(environ.get("WAREHOUSE_ASSETS") or BUILT_ASSETS).absolute(),
    )


def database_url(environ: Mapping[str, str]) -> URL:
    """Return DATABASE_URL with the psycopg driver; migrations need nothing else."""
    text = environ.get("DATABASE_URL", "")
    if not text:
        hint = f"Name a PostgreSQL database: '{EXAMPLE_URL}'; 'doit serve' starts one and sets it."
        raise WarehouseError("DATABASE_URL is not set", hint)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise WarehouseError("DATABASE_URL is not a database URL", f"Write it as '{EXAMPLE_URL}'.") from None
    if url.get_backend_name() != "postgresql":
        what = f"DATABASE_URL names '{url.drivername}', which is not PostgreSQL"
        raise WarehouseError(what, f"Write it as '{EXAMPLE_URL}'.")
    return url.set(drivername="postgresql+psycopg")


def _files(environ: Mapping[str, str], mode: str) -> Path:
    """Return the folder of uploads; production wants it named, since what is kept nowhere in particular gets lost."""
    text = environ.get("WAREHOUSE_FILES") or ("files" if mode == "development" else "")
    if text:
        return Path(text).absolute()
    raise WarehouseError(
        "production mode needs a WAREHOUSE_FILES", "Name the folder in which uploaded files are kept."
    )


def _text(environ: Mapping[str, str], name: str, pattern: str, hint: str) -> str:
    """Return a setting that may be absent."""
    text = environ.get(name, "")
    if text and not re.fullmatch(pattern, text):
        raise WarehouseError(f"{name} is '{text}'", hint)
    return text


def _origin(environ: Mapping[str, str], name: str, mode: str, *, is_needed: bool = False) -> str:
    """Return an address without its path; production wants one that nobody on the way can read or change."""
    scheme = "https" if mode == "production" else "http"
    hint = f"Write it as '{scheme}://host' or '{scheme}://host:port'."
    if is_needed and not environ.get(name):
        raise WarehouseError(f"production mode needs a {name}", hint)
    pattern = ORIGIN.replace("https?", "https") if mode == "production" else ORIGIN
    return _text(environ, name, f"{pattern}/?", hint).rstrip("/")


def _cdn_token(environ: Mapping[str, str]) -> str:
    token = environ.get("WAREHOUSE_CDN_TOKEN", "")
    if not re.fullmatch(r"[!-~]*", token):
        raise WarehouseError("WAREHOUSE_CDN_TOKEN has letters that no token has", "Copy it without blanks.")
    return token


def _choice(environ: Mapping[str, str], name: str, values: tuple[str, ...]) -> str:
    """Return one of some values, the first where none is set."""
    value = environ.get(name) or values[0]
    if value not in values:
        raise WarehouseError(f"{name} is '{value}'", f"Set it to {' or '.join(map(repr, values))}.")
    return value


def _proxies(environ: Mapping[str, str]) -> tuple[IPv4Network | IPv6Network, ...]:
    text = environ.get("WAREHOUSE_PROXIES", "")
    try:
        return tuple(ip_network(word.strip()) for word in text.split(",") if word.strip())
    except ValueError:
        hint = "Name addresses and networks, as '127.0.0.1, 10.0.0.0/8'."
        raise WarehouseError(f"WAREHOUSE_PROXIES is '{text}'", hint) from None


def _secret(environ: Mapping[str, str], mode: str) -> str:
    secret = environ.get("WAREHOUSE_SECRET") or DEVELOPMENT_SECRET
    if mode == "production" and (secret == DEVELOPMENT_SECRET or len(secret) < SECRET_LENGTH):
        what = f"production mode needs a WAREHOUSE_SECRET of {SECRET_LENGTH} characters or more"
        raise WarehouseError(what, MAKE_SECRET)
    return secret


def _camo_key(environ: Mapping[str, str], mode: str) -> str:
    key = environ.get("WAREHOUSE_CAMO_KEY") or signing.DEVELOPMENT_KEY
    if environ.get("WAREHOUSE_CAMO") and mode == "production" and not signing.is_strong(key):
        what = f"production mode needs a WAREHOUSE_CAMO_KEY of {signing.KEY_LENGTH} characters or more"
        raise WarehouseError(what, f"{MAKE_SECRET}; the proxy's CAMO_KEY is the same.")
    return key
