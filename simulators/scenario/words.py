"""A sentence cut into words; a quoted text is one word and keeps its quotes."""

import re

_WORD = re.compile(r'"[^"]*"|\S+')


def words_of(sentence: str) -> list[str]:
    """Return the words; Chinese quotation marks count as quotes.

    Raises:
        ValueError: a quotation mark is open at the end.
    """
    plain = sentence.translate({ord("“"): '"', ord("”"): '"'}).strip()
    if plain.count('"') % 2:
        raise ValueError('a quotation mark is open; write "text"')
    return _WORD.findall(plain)


def unquoted(word: str) -> str:
    """Return a quoted text without its quotes."""
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] == '"' else word
