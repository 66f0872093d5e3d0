from shelf.web import app


def test_there_is_one_page():
    assert [route.path for route in app.routes] == ["/"]
