from desk import create_app


def test_the_first_page_is_there():
    assert create_app().test_client().get("/").text == "desk"
