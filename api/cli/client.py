"""A running controller as the commands see it: calls go out, one clear line and an exit code come back."""

import getpass
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Annotated, Any, Self
from urllib.parse import quote

import httpx2
import typer

from api.cli.say import Code, fail

DEFAULT_URL = "http://127.0.0.1:8080"
_ANSWER_S = 10.0

Url = Annotated[str, typer.Option("--url", envvar="ONEKEY_URL", help="Where the controller listens.")]
Token = Annotated[
    str, typer.Option("--token", envvar="ONEKEY_TOKEN", help="Token that `onekey serve` printed.")
]
ActorName = Annotated[
    str, typer.Option("--actor", envvar="ONEKEY_ACTOR", help="Who gives the order; you, where not given.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why; journalled.")]


def headers(token: str, actor: str = "") -> dict[str, str]:
    """Return the headers of a call: token, and who calls."""
    made = {"X-Onekey-Actor": quote(actor or _user()), "X-Onekey-Via": "cli"}
    if token:
        made["Authorization"] = f"Bearer {token}"
    return made


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


class Client:
    """One command's connection; every method ends the command where the call fails.

    A refusal ends it with 2 (wrong use), what the controller cannot do now, or no controller, with 1.
    """

    def __init__(self, url: str, token: str = "", actor: str = "") -> None:
        self._url = url.rstrip("/")
        # No proxies from the environment: the controller is on the control room's own network.
        self._http = httpx2.Client(
            base_url=f"{self._url}/api/v1", headers=headers(token, actor), timeout=_ANSWER_S, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def stream(self, path: str) -> Iterator[bytes]:
        """Yield what a reading call answers piece by piece, however long it is."""
        try:
            with self._http.stream("GET", path) as answer:
                if not answer.is_success:
                    answer.read()
                    fail(*refusal(answer))
                yield from answer.iter_bytes()
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as err:
            fail(f"--url {self._url}: {err}; give one like {DEFAULT_URL}", Code.WRONG_USE)
        except httpx2.TransportError as err:
            fail(unreachable(self._url, err), Code.NOT_ACHIEVED)

    def get(self, path: str, **params: str | int | list[str]) -> Any:
        """Return what a reading call answers."""
        return self.call("GET", path, params=params)

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        params: Mapping[str, str | int | list[str]] | None = None,
        timeout_s: float = _ANSWER_S,
    ) -> Any:
        """Return the JSON of the answer."""
        try:
            answer = self._http.request(method, path, json=body, params=params, timeout=timeout_s)
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as err:
            fail(f"--url {self._url}: {err}; give one like {DEFAULT_URL}", Code.WRONG_USE)
        except httpx2.TransportError as err:
            fail(unreachable(self._url, err), Code.NOT_ACHIEVED)
        if not answer.is_success:
            fail(*refusal(answer))
        return answer.json()


def unreachable(url: str, err: Exception) -> str:
    """Return the line for a controller that does not answer."""
    why = str(err) or type(err).__name__
    return f"no controller answers at {url} ({why}); start one (onekey serve) or give --url / ONEKEY_URL"


def refusal(answer: httpx2.Response) -> tuple[str, Code]:
    """Return the line and the code for an answer that is an error."""
    try:
        problem = answer.json()
        text = f"{problem['title']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        text = f"{answer.status_code} from {answer.request.url}: is this a onekey controller?"
    if answer.status_code == 401:
        text += " (give it as --token or ONEKEY_TOKEN)"
    wrong_use = answer.status_code < 500 and answer.status_code != 409
    return text, Code.WRONG_USE if wrong_use else Code.NOT_ACHIEVED
