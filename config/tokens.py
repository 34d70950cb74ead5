"""Who may do what: four roles, and the tokens that carry them, read from one file."""

import secrets
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Self

SHORTEST = 16
"""Characters of a token at least; `openssl rand -hex 24` makes a good one."""
LONGEST_NAME = 64
_FORM = "a line is `ROLE TOKEN [NAME]`, e.g. operate 3f9c…e1 li.na"


class Role(StrEnum):
    """What a caller may do; each may also do what stands before it."""

    VIEW = "view"
    """Look, and try a plan."""
    OPERATE = "operate"
    """Press, correct, hold, clear; acknowledge; lock a device, take it out of service and back."""
    MANAGE = "manage"
    """Put words of one's own on a sign; undo a latched interlock; end JOURNAL DEGRADED; run scenarios."""
    CONFIGURE = "configure"
    """Commission devices; change the journal's key."""

    def covers(self, needed: "Role") -> bool:
        """Return whether this role may do what `needed` may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)


@dataclass(frozen=True, slots=True)
class Token:
    """A secret and what it is good for.

    Attributes:
        secret: what a caller sends.
        role: the most its bearer may do.
        name: the person it was given to; orders with it are that person's, whatever name is sent.
    """

    secret: str = field(repr=False)
    role: Role = Role.CONFIGURE
    name: str = ""


@dataclass(frozen=True, slots=True)
class Tokens:
    """All tokens of a controller."""

    all: Sequence[Token]

    @classmethod
    def of(cls, secret: str, *others: Token) -> Self:
        """Return the main token, which may do everything, and others beside it."""
        return cls((Token(secret), *others))

    def find(self, sent: str) -> Token | None:
        """Return the token that was sent.

        Every one is compared, in constant time: neither length nor content of a near miss shows.
        """
        given = sent.encode("utf-8", "replace")
        found = [one for one in self.all if secrets.compare_digest(one.secret.encode(), given)]
        return found[0] if found else None


class TokensFileError(ValueError):
    """The file of tokens cannot be used; the text has a line for each mistake, and never a token."""


def read_tokens(path: Path) -> tuple[Token, ...]:
    """Return the tokens of a file: one a line, `ROLE TOKEN [NAME]`; `#` begins a remark.

    Raises:
        TokensFileError: with file, line and remedy of every mistake.
    """
    try:
        text = path.read_text("utf-8")
        others = stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
    except (OSError, UnicodeDecodeError) as err:
        raise TokensFileError(f"{path}: not readable ({err}); {_FORM}") from err
    if others & (stat.S_IRWXO | stat.S_IWGRP):
        raise TokensFileError(f"{path}: others may read or change it; run chmod 640 {path}")
    tokens: list[Token] = []
    mistakes: list[str] = []
    for number, line in _lines(text):
        words = line.split(maxsplit=2)
        why = _mistake(words, tokens)
        if why:
            mistakes.append(f"{path}:{number}: {why}")
        else:
            tokens.append(Token(words[1], Role(words[0]), words[2].strip() if len(words) > 2 else ""))
    if mistakes:
        raise TokensFileError("\n".join(mistakes))
    return tuple(tokens)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if (bare := line.partition("#")[0].strip()) != "":
            yield number, bare


def _mistake(words: Sequence[str], before: Sequence[Token]) -> str:
    """Return what is wrong with a line, without showing what may be a token."""
    if words[0] not in list(Role):
        return f"the first word is no role; one of {', '.join(Role)} ({_FORM})"
    if len(words) < 2 or len(words[1]) < SHORTEST or not words[1].isascii():
        return f"the token is missing, shorter than {SHORTEST} characters or not ASCII ({_FORM})"
    if any(one.secret == words[1] for one in before):
        return "the same token stands in a line above; give each person another one"
    if len(words) > 2 and (len(words[2]) > LONGEST_NAME or not words[2].isprintable()):
        return f"the name has more than {LONGEST_NAME} characters or one that cannot be printed"
    return ""
