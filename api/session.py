"""The console's login: a signed cookie that names a person, in place of a token kept by a page.

The cookie is signed with a key made from the controller's token: a restart with the same token keeps the
dispatcher logged in, another token ends every session.
"""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers

COOKIE = "onekey_session"
LASTS_S = 12 * 3600
"""A shift and its hand-over."""


@dataclass(frozen=True, slots=True)
class Session:
    """Who is logged in, until when (UTC milliseconds), and the mark it is ended by."""

    actor: str
    role: str
    until_ms: int
    mark: str


class Sessions:
    """Makes, reads and ends sessions. What was ended is forgotten at a restart."""

    def __init__(self, token: str) -> None:
        self._key = hashlib.sha256(b"onekey console session\0" + token.encode()).digest()
        self._ended: dict[str, int] = {}

    def open(self, actor: str, role: str, now_ms: int) -> tuple[Session, str]:
        """Return a new session and its cookie."""
        session = Session(actor, role, now_ms + LASTS_S * 1000, secrets.token_hex(8))
        fields = [session.actor, session.role, session.until_ms, session.mark]
        body = urlsafe_b64encode(json.dumps(fields).encode()).decode()
        return session, f"{body}.{self._sign(body)}"

    def read(self, cookie: str | None, now_ms: int) -> Session | None:
        """Return the session of a cookie; None where it is not ours, too old or ended."""
        body, _, sign = (cookie or "").partition(".")
        if not body or not hmac.compare_digest(sign.encode(), self._sign(body).encode()):
            return None
        actor, role, until_ms, mark = json.loads(urlsafe_b64decode(body))
        if until_ms <= now_ms or mark in self._ended:
            return None
        return Session(actor, role, until_ms, mark)

    def end(self, session: Session, now_ms: int) -> None:
        """Refuse its cookie from now on."""
        self._ended = {mark: until for mark, until in self._ended.items() if until > now_ms}
        self._ended[session.mark] = session.until_ms

    def _sign(self, body: str) -> str:
        return hmac.new(self._key, body.encode(), hashlib.sha256).hexdigest()


def from_our_page(headers: Headers) -> bool:
    """Return whether a call with a cookie was made by a page of this server, not by a foreign one.

    Browsers say so themselves: `Sec-Fetch-Site`, or `Origin` where they are older. One of the two is needed.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == headers.get("host")
