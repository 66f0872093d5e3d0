from garden import app


def test_the_first_page_has_the_styles_of_the_front_end():
    assert "color: green" in app.test_client().get("/").text
