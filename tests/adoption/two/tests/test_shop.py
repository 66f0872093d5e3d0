from shop import app


def test_the_first_page_is_there():
    assert app.test_client().get("/").text.startswith("shop")
