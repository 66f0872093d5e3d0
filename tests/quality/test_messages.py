"""The page of messages is what the code says."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]


def page():
    spec = importlib.util.spec_from_file_location("messages", ROOT / "docs/messages.py")
    messages = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(messages)
    return messages


def test_the_page_of_messages_is_that_of_the_code():
    messages = page()
    found = messages.messages()

    assert {each.what for each in found} >= {
        "the command did not make '…'",
        "there is no command or task '…'",
        "'…' is made by two tasks, '…' and '…'",
    }
    assert messages.PAGE.read_text(encoding="utf-8") == messages.page(), "run 'python docs/messages.py'"


def test_each_message_says_what_to_do():
    assert [each.what for each in page().messages() if not each.hint] == []


def test_what_the_page_adds_is_said_of_messages_that_exist_and_say_nothing_more():
    module = page()
    said = {(each.what, each.hint) for each in module.messages()}
    assert set(module.ELSEWHERE.items()) <= said
