"""Errors as people and programs meet them: problem+json whose `detail` says what to do, never a traceback."""

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from controller.incidents.lifecycle import NotPossible
from controller.intake.form import FormError
from controller.key import Unknown

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
_LONGEST_VALUE = 60
_UNION_TAG = re.compile(r"(dict|list|union|str|int)(\[.*)?\Z")
"""How pydantic names the branches of a union in a field's path."""


class Problem(Exception):
    """An answer that is not what was asked for.

    Args:
        status: HTTP status code.
        title: what is wrong, the same for every case of it.
        detail: what is wrong here, and what to do.
        headers: of the answer, e.g. `Retry-After`.
        more: further members of the answer for programs.
    """

    def __init__(
        self, status: int, title: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail
        self.headers, self.more = headers, more


def problem_response(problem: Problem, path: str) -> JSONResponse:
    """Return the answer; `instance` is the path that was called."""
    body = {"type": "about:blank", "title": problem.title, "status": problem.status}
    body |= {"detail": printable(problem.detail), "instance": printable(path), **problem.more}
    headers = dict(problem.headers) if problem.headers else None
    return JSONResponse(body, problem.status, headers=headers, media_type=MEDIA_TYPE)


def printable(text: str) -> str:
    """Return text that survives UTF-8, whatever a client sent (JSON can spell half a surrogate pair)."""
    return text.encode("utf-8", "replace").decode("utf-8")


def shown_value(value: object) -> str:
    """Return a rejected value as a short printable text."""
    text = value if isinstance(value, str) else repr(value)
    text = printable("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text))
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def field_problem(field: str, value: str | None, message: str) -> dict[str, Any]:
    """Return one entry of `errors`: which field, the value sent (null where missing), what to do."""
    return {"field": field, "value": value, "message": message}


def invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """Return the 422 problem that names every field at once."""
    said = "; ".join(
        f"{e['field']}{'' if e['value'] is None else ' ' + repr(e['value'])}: {e['message']}" for e in errors
    )
    return Problem(422, "The request is not understood", f"correct {said}", errors=list(errors))


def answer_problems(app: FastAPI) -> None:
    """Have every error of this app answered as problem+json."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(NotPossible, _on_not_possible)
    app.add_exception_handler(Unknown, _on_unknown)
    app.add_exception_handler(FormError, _on_form)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_crash)


async def _on_problem(request: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, Problem)
    return problem_response(problem, request.url.path)


async def _on_not_possible(request: Request, err: Exception) -> JSONResponse:
    return problem_response(Problem(409, "Not possible now", str(err)), request.url.path)


async def _on_unknown(request: Request, err: Exception) -> JSONResponse:
    noun = next((n for n in ("devices", "alarms") if f"/{n}" in request.url.path), "incidents")
    listing = f"/api/v1/{noun}"
    detail = f"{err}; GET {listing} lists what there is"
    return problem_response(Problem(404, "Not found", detail), request.url.path)


async def _on_form(request: Request, err: Exception) -> JSONResponse:
    assert isinstance(err, FormError)
    errors = [
        field_problem(p.field, shown_value(p.value) if p.value is not None else None, p.message)
        for p in err.problems
    ]
    return problem_response(invalid(errors), request.url.path)


async def _on_invalid(request: Request, err: Exception) -> JSONResponse:
    assert isinstance(err, RequestValidationError)
    return problem_response(_invalid_request(request, err), request.url.path)


def _invalid_request(request: Request, err: RequestValidationError) -> Problem:
    found = err.errors()
    for error in found:
        if error["type"] == "json_invalid":
            reason, at = error["ctx"]["error"], error["loc"][-1]
            detail = f"the body is no JSON: {reason} at character {at}; send one JSON object"
            return Problem(400, "Malformed body", detail)
        if error["loc"] == ("body",) and isinstance(error.get("input"), bytes):
            sent = request.headers.get("content-type", "none")
            detail = f"content type {shown_value(sent)}: send Content-Type: application/json"
            return Problem(415, "Not JSON", detail)
    return invalid(_errors(found))


def _errors(found: Sequence[Any]) -> list[dict[str, Any]]:
    """Return one entry a field; the branches of a union become one message."""
    errors: dict[str, dict[str, Any]] = {}
    for error in found:
        where = [str(part) for part in error["loc"][1:] if not _UNION_TAG.match(str(part))]
        field = ".".join(where) or "body"
        message = _message(error)
        value = None if error["type"] == "missing" else shown_value(error.get("input"))
        known = errors.setdefault(field, field_problem(field, value, message))
        if message not in known["message"]:
            known["message"] += f", or {message}"
    return list(errors.values())


def _message(error: Mapping[str, Any]) -> str:
    match error["type"]:
        case "missing":
            return "it is missing; add it"
        case "extra_forbidden":
            return "this call has no such field; leave it out (fields: GET /openapi.json)"
        case "value_error":
            return str(error["ctx"]["error"])
        case _:
            text = str(error["msg"])
            return printable(text[0].lower() + text[1:])


async def _on_http(request: Request, err: Exception) -> JSONResponse:
    assert isinstance(err, HTTPException)
    path = shown_value(request.url.path)
    match err.status_code:
        case 404:
            detail = f"there is nothing at {path}; GET /openapi.json lists the calls, all under /api/v1"
            problem = Problem(404, "No such call", detail)
        case 405:
            allowed = (err.headers or {}).get("Allow", "")
            detail = (
                f"{request.method} is not possible at {path}; use {allowed or 'what GET /openapi.json lists'}"
            )
            problem = Problem(405, "Method not allowed", detail, headers=err.headers)
        case 400:
            detail = (
                "the body cannot be read as JSON; "
                "send one JSON object, not nested deeply, no number of thousands of digits"
            )
            problem = Problem(400, "Malformed body", detail)
        case status:
            problem = Problem(status, "Refused", str(err.detail), headers=err.headers)
    return problem_response(problem, request.url.path)


async def _on_crash(request: Request, err: Exception) -> JSONResponse:
    mark = secrets.token_hex(4)
    log.error("a call failed", mark=mark, method=request.method, path=request.url.path, error=repr(err))
    detail = (
        f"the controller made a mistake while answering; its log has it as {mark}. Devices go on being "
        "driven: look at GET /api/v1/incidents before repeating the call"
    )
    return problem_response(Problem(500, "Internal error", detail, mark=mark), request.url.path)
