"""The page of sign texts tells what the tables say."""

from docs.generate import FOLDER, text_of

PAGE = "messages.md"


def test_the_page_of_sign_messages_is_current() -> None:
    assert (FOLDER / PAGE).read_text("utf-8") == text_of(PAGE), "run python -m docs.generate"
