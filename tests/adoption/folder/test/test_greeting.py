from letters import greeting


def test_greeting():
    assert greeting() == "letters"
