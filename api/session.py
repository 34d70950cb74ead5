"""The console's login: a signed cookie that names a person, in place of a token kept by a page.

The cookie is signed with a key made from the token it was opened with: a restart with the same token keeps
the dispatcher logged in, a token that is gone ends its sessions, and one with a lesser role lessens them.
"""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from config.tokens import Role, Token, Tokens

COOKIE = "onekey_session"
LASTS_S = 12 * 3600
"""A shift and its hand-over."""


@dataclass(frozen=True, slots=True)
class Session:
    """Who is logged in, until when (UTC milliseconds), and the mark it is ended by."""

    actor: str
    role: Role
    until_ms: int
    mark: str


class Sessions:
    """Makes, reads and ends sessions. What was ended is forgotten at a restart."""

    def __init__(self, tokens: Tokens) -> None:
        self._keys = [(token, _key(token)) for token in tokens.all]
        self._ended: dict[str, int] = {}

    def open(self, token: Token, actor: str, now_ms: int) -> tuple[Session, str]:
        """Return a new session in the role of a token, and its cookie; a person's token names that person."""
        session = Session(token.name or actor, token.role, now_ms + LASTS_S * 1000, secrets.token_hex(8))
        fields = [session.actor, session.until_ms, session.mark]
        body = urlsafe_b64encode(json.dumps(fields).encode()).decode()
        return session, f"{body}.{_sign(_key(token), body)}"

    def read(self, cookie: str | None, now_ms: int) -> Session | None:
        """Return the session of a cookie; None where it is not ours, too old or ended."""
        body, _, sign = (cookie or "").partition(".")
        token = self._signer(body, sign) if body else None
        if token is None:
            return None
        actor, until_ms, mark = json.loads(urlsafe_b64decode(body))
        if until_ms <= now_ms or mark in self._ended:
            return None
        return Session(token.name or actor, token.role, until_ms, mark)

    def end(self, session: Session, now_ms: int) -> None:
        """Refuse its cookie from now on."""
        self._ended = {mark: until for mark, until in self._ended.items() if until > now_ms}
        self._ended[session.mark] = session.until_ms

    def _signer(self, body: str, sign: str) -> Token | None:
        for token, key in self._keys:
            if hmac.compare_digest(sign.encode(), _sign(key, body).encode()):
                return token
        return None


def _key(token: Token) -> bytes:
    return hashlib.sha256(b"onekey console session\0" + token.secret.encode()).digest()


def _sign(key: bytes, body: str) -> str:
    return hmac.new(key, body.encode(), hashlib.sha256).hexdigest()


def from_our_page(headers: Headers) -> bool:
    """Return whether a call with a cookie was made by a page of this server, not by a foreign one.

    Browsers say so themselves: `Sec-Fetch-Site`, or `Origin` where they are older. One of the two is needed.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == headers.get("host")
