"""A sentence cut into words; a quoted text is one word and keeps its quotes."""

import difflib
import re
from collections.abc import Iterable

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


def nearest(word: str, known: Iterable[str], what: str) -> str:
    """Return the remedy for a word that is none: the nearest one, else all there are."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]}?" if near else f"{what} are {', '.join(known)}"


def ended(said: object) -> str:
    """Return what was said as a sentence that has ended."""
    text = str(said)
    return text if text.endswith(("?", ".", "!")) else f"{text}."
