"""Heavy: an application whose start costs something: many installed modules, and modules of its own with models."""

from __future__ import annotations

from pathlib import Path

INSTALLED = """
import asyncio, concurrent.futures, csv, ctypes, curses, decimal, difflib, email.mime.multipart, ftplib, html.parser, http.client, http.cookiejar
import http.server, imaplib, logging.config, logging.handlers, multiprocessing.pool, pydoc, smtplib, sqlite3, ssl, statistics, tarfile, unittest.mock
import urllib.request, wsgiref.simple_server, xml.dom.minidom, xml.etree.ElementTree, xmlrpc.client, zipfile
import jinja2, pyramid.authentication, pyramid.authorization, pyramid.config, pyramid.session, pyramid.view, pyramid_jinja2
import sqlalchemy, sqlalchemy.dialects.mssql, sqlalchemy.dialects.mysql, sqlalchemy.dialects.oracle, sqlalchemy.dialects.postgresql
import sqlalchemy.dialects.sqlite, sqlalchemy.ext.automap, sqlalchemy.ext.declarative, sqlalchemy.ext.hybrid, sqlalchemy.orm
import pygments.lexers.python, pygments.formatters.html, pip._vendor.requests, pip._vendor.rich.console
"""
BASE = "from sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase):\n    pass\n"
MODEL = """
from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Integer, String, Text
from sqlalchemy.orm import relationship
from shop.base import Base
{imports}

VALUE = {value}

{classes}

def view(request):
    return VALUE
"""
CLASS = """
class M{number}x{part}(Base):
    __tablename__ = "m{number}x{part}"
    id = Column(Integer, primary_key=True)
{columns}

    def describe(self):
        return ", ".join(str(getattr(self, name)) for name in ("id", "a0", "a1"))
"""
MAIN = """
import shop.installed
from pyramid.config import Configurator
from pyramid.response import Response
{imports}

MODULES = [{modules}]

def home(request):
    return Response("|".join(str(module.VALUE) for module in MODULES), content_type="text/plain")

def make():
    config = Configurator()
    for number, module in enumerate(MODULES):
        config.add_route(f"r{{number}}", f"/r/{{number}}")
        config.add_view(lambda request, module=module: Response(str(module.view(request))), route_name=f"r{{number}}")
    config.add_route("home", "/")
    config.add_view(home, route_name="home")
    return config.make_wsgi_app()

application = make()
"""


def write(folder: Path, modules: int) -> None:
    """Write an application with that many modules of its own."""
    package = folder / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "installed.py").write_text(INSTALLED)
    (package / "base.py").write_text(BASE)
    for number in range(modules):
        edit(folder, number, 0)
    names = ", ".join(f"m{number}" for number in range(modules))
    imports = "\n".join(f"from shop import m{number}" for number in range(modules))
    (package / "main.py").write_text(MAIN.format(imports=imports, modules=names))


def edit(folder: Path, number: int, value: int) -> None:
    """Save a module with a value, which the first page shows."""
    columns = "\n".join(f"    a{place} = Column({kind})" for place, kind in enumerate(("String(20)", "Text", "Boolean", "DateTime", "Integer") * 2))  # fmt: skip
    classes = "".join(CLASS.format(number=number, part=part, columns=columns) for part in range(3))
    imports = f"from shop import m{number - 1}" if number % 4 else ""
    text = MODEL.format(imports=imports, value=value, classes=classes)
    (folder / f"shop/m{number}.py").write_text(text)
