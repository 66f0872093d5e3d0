"""Pages speak the reader's language; a choice outlives what the browser says."""

import pytest
from webtest import TestApp


def accept(language: str) -> dict[str, str]:
    return {"Accept-Language": language}


@pytest.mark.parametrize(
    ("header", "code", "direction", "title"),
    [
        ("de-AT, en;q=0.5", "de", "ltr", "Python-Pakete finden, installieren und veröffentlichen"),
        ("he", "he", "rtl", "מציאה, התקנה ופרסום של חבילות פייתון"),
        ("pl-PL", "pl", "ltr", "Znajduj, instaluj i publikuj pakiety Pythona"),
        ("fr, en-GB;q=0.7", "en", "ltr", "Find, install and publish Python packages"),
        ("xx", "en", "ltr", "Find, install and publish Python packages"),
    ],
)
def test_pages_speak_what_the_browser_likes(app: TestApp, header: str, code: str, direction: str, title: str):
    page = app.get("/", headers=accept(header))
    assert (page.html.html["lang"], page.html.html["dir"]) == (code, direction)
    assert page.html.h1.text == title
    assert f"js/warehouse.{code}." in page.text
    assert page.vary == ("Accept-Language", "Cookie")


def test_a_choice_is_remembered(app: TestApp):
    chosen = app.get("/language/?to=he&next=/search/?q=a", headers=accept("de"))
    assert chosen.location == "http://localhost/search/?q=a"
    assert "HttpOnly" in chosen.headers["Set-Cookie"]
    assert app.get("/", headers=accept("de")).html.html["lang"] == "he"


def test_an_unknown_choice_changes_nothing(app: TestApp):
    chosen = app.get("/language/?to=xx&next=https://example.org/")
    assert chosen.location == "http://localhost/account/"
    assert "Set-Cookie" not in chosen.headers


def test_labels_in_forms_and_messages_of_views_are_translated(app: TestApp):
    page = app.get("/account/register/", headers=accept("de"))
    assert page.html.find("label", attrs={"for": "username"}).text == "Benutzername"
    form = page.forms["register"]
    form["password"] = "short"
    answer = form.submit(headers=accept("de"))
    assert answer.html.select_one("#password-note").text == "Verwenden Sie mindestens 10 Zeichen."
    assert {each.get("name") for each in answer.html.select('form.languages input[value="/"]')} == {"next"}


@pytest.mark.parametrize(("count", "text"), [(1, "1 token."), (3, "3 tokeny."), (5, "5 tokenów.")])
def test_polish_has_three_plural_forms(app: TestApp, count: int, text: str):
    from pyramid.i18n import make_localizer

    from warehouse.languages import COMPILED

    localizer = make_localizer("pl", [str(COMPILED)])
    one, many = "You have %(count)s token.", "You have %(count)s tokens."
    assert (localizer.pluralize(one, many, count, domain="warehouse") % {"count": count}).endswith(text)
