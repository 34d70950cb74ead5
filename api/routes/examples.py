"""Examples of answers for the API description, and the problems a call may answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from api.bodies import ORIGIN_TEXT
from api.problems import MEDIA_TYPE
from config.tokens import Role

Responses = dict[int | str, dict[str, Any]]

_STEP = {
    "device": "LCS-FU-07-1",
    "revision": 1,
    "state": "verified",
    "reason": "",
    "t_ms": 23,
    "times": {"queued": 0, "sent": 6, "acked": 9, "verified": 23},
}
_VERDICT = {
    "outcome": "met",
    "verified": 41,
    "acked_only": 0,
    "total": 41,
    "budget_ms": 5000,
    "last_ms": 38,
    "failed": {},
    "apart": {},
    "line": "VERIFIED 41/41 in 38 ms of 5000 ms",
    "late": False,
}
_DEMAND = {
    "device": "LCS-FU-07-1",
    "type": "head",
    "chainage": "YK1889+750",
    "value": "closed",
    "rule": "lane_closure",
    "reason": "lane 1 is blocked in the tunnel",
    "substitution": None,
}
_REPORT = {
    "carriageway": "FU",
    "tunnel": "sanduling",
    "place": {"known": False, "from": "YK1889+700", "to": "YK1892+400"},
    "lanes": {"1": "blocked"},
    "type": "rear_end",
    "severity": "moderate",
    "text": ORIGIN_TEXT,
}
_PLAN = {"demands": [_DEMAND], "closures": [], "findings": []}
INCIDENT: dict[str, Any] = {
    "id": "I-20261122-0001",
    "state": "active",
    "durable": True,
    "simulation": True,
    "drill": False,
    **_REPORT,
    "actor": {"id": "li.na", "role": "operate", "via": "api"},
    "created_ms": 1795305600000,
    "updated_ms": 1795305600038,
    "revision": 1,
    "plan": _PLAN,
    "budget_ms": 5000,
    "plan_outdated": False,
    "plan_differs": [],
    "dropped": [],
    "undo": {"what": "press", "until_ms": 1795305610000},
    "steps": [_STEP],
    "verdict": _VERDICT,
    "added": [],
    "release": None,
}
PLAN: dict[str, Any] = {
    "decision": "activate",
    "missing": [],
    "notes": [],
    "report": _REPORT,
    "plan": _PLAN,
    "readiness": [{"device": "LCS-FU-03-1", "problem": "unreachable", "reason": "no answer in 1500 ms"}],
    "uncovered": [],
    "budget_ms": 5000,
}
PARSED: dict[str, Any] = {
    "text": "三都岭隧道追尾",
    "decision": "ask",
    "confidence": 50,
    "missing": [{"field": "carriageway", "zh": "哪个方向？", "en": "Which direction?"}],
    "tunnel": "sanduling",
    "lanes": {},
    "type": "rear_end",
}
TIMELINE: list[dict[str, Any]] = [
    {"at_ms": 1795305600000, "t_ms": 0, "what": "revision", "revision": 1, "kind": "activation"},
    {
        "at_ms": 1795305600023,
        "t_ms": 23,
        "what": "step",
        "revision": 1,
        "device": "LCS-FU-07-1",
        "state": "verified",
        "reason": "",
    },
    {"at_ms": 1795305600038, "t_ms": None, "what": "verdict", "revision": 1, "verdict": _VERDICT},
]
DEVICE: dict[str, Any] = {
    "id": "LCS-FU-07-1",
    "type": "head",
    "carriageway": "FU",
    "chainage": "YK1889+750",
    "desired": "closed",
    "because": "lane 1 is blocked in the tunnel",
    "commanded": "closed",
    "shown": "closed",
    "mode": "remote",
    "verdict": "verified",
    "well": True,
    "round_trip_ms": 7,
    "lock": None,
    "failed": None,
    "out_of_service": None,
    "service": None,
}
DEVICE_HISTORY: dict[str, Any] = {
    "commands": [
        {
            "at_ms": 1795305600023,
            "kind": "step",
            "incident": "I-20261122-0001",
            "revision": 1,
            "state": "verified",
            "actor": None,
            "reason": "",
            "took_ms": 17,
        }
    ],
    "proof": {"count": 12, "p50_ms": 17, "p99_ms": 41},
    "failures": {"timeout": 1},
    "errors": [{"at_ms": 1795305500000, "text": "no answer", "raised": True}],
}
SITE: dict[str, Any] = {
    "id": "sanduling",
    "name": {"zh": "三都岭隧道路段", "en": "Sanduling tunnel section"},
    "kind": "simulated",
    "drill": False,
    "note": "illustrative, not surveyed",
}
PROBE: dict[str, Any] = {
    "device": "LCS-FU-07-1",
    "model": "plc-lane-light",
    "points": [{"name": "input 12 bit 15", "raw": "0", "means": "no local mode"}],
    "shown": "closed",
    "note": "",
}
ALARM: dict[str, Any] = {
    "id": "A-mx6rv4go",
    "cause": "link:PLC-FU-1",
    "kind": "link",
    "subject": "PLC-FU-1",
    "text": "10.30.1.11:502: connection refused",
    "priority": "high",
    "state": "active_unacked",
    "group": "PLC-FU-1",
    "first_up": True,
    "since_ms": 1795305600000,
    "cleared_ms": None,
    "times": 1,
    "flapping": False,
    "devices": ["LCS-FU-03-1", "LCS-FU-03-2"],
    "ack": None,
    "shelf": None,
    "shelvable": True,
}
INTERLOCK: dict[str, Any] = {
    "id": "site:arrows-G-FU-03-1-2",
    "never": {"LCS-FU-03-1": ["merge_right"], "LCS-FU-03-2": ["merge_left"]},
    "reason": {
        "zh": "相邻车道的箭头相对，车流会互相冲突",
        "en": "neighbouring lanes would be sent into each other",
    },
    "settle_ms": 2000,
    "built_in": True,
    "state": "latched",
    "stands": "kept",
    "shown": {"LCS-FU-03-1": "closed", "LCS-FU-03-2": "closed"},
    "since_ms": 1795305600000,
    "seen": {"LCS-FU-03-1": "merge_right", "LCS-FU-03-2": "merge_left"},
    "holds": [],
}
ALARM_FIGURES: dict[str, Any] = {
    "rate_10min": 1,
    "flood": False,
    "standing": 1,
    "stale": 0,
    "shelved": 0,
    "unacked": 1,
    "top": [{"cause": "link:PLC-FU-1", "times": 3}],
}
SESSION: dict[str, Any] = {"actor": "li.na", "role": "operate", "until_ms": 1795348800000}
PICTURE: dict[str, Any] = {
    "width_px": 4,
    "height_px": 1,
    "palette": [[0, 0, 0], [255, 191, 0]],
    "pages": [{"pixels": "AAEBAA==", "on_ms": 0, "off_ms": 0}],
    "refused": None,
}
PUBLIC_KEY = "onekey-sanduling+95b03ca9+AXZXxbx0oI3ppVojAoHvF1ZPbnTBjFY8KNz6r8xjJ0Ex"
VERIFIED: dict[str, Any] = {
    "ok": True,
    "rows": 4213,
    "first_bad_seq": None,
    "reason": "",
    "last_hash": "f" * 64,
    "sealed": {"size": 4190, "checkpoints": 71, "keys": [PUBLIC_KEY], "given": True, "outside": 71},
}
JOURNAL_ROW: dict[str, Any] = {
    "seq": 17,
    "at_ms": 1795305600000,
    "kind": "intent",
    "actor": {"id": "li.na", "role": "operate", "via": "api"},
    "section": "fu",
    "epoch": 1795305000,
    "body": {"incident": "I-20261122-0001", "revision": 1},
    "prev": "0" * 64,
    "hash": "f" * 64,
}

_SAID = {
    400: "Malformed: the body is no JSON, or a header has another form",
    403: "This role, or a page of another site, may not order it",
    401: "The bearer token is missing or wrong",
    404: "There is no such thing; the answer says what there is",
    409: "Not possible in this state; the answer says what is",
    413: "The body is longer than 64 KiB",
    415: "The body is not sent as application/json",
    422: "Not understood, or not to be sent; the answer names every field and what is missing",
    503: "Not now; try again",
}
_PROBLEM = {
    "type": "about:blank",
    "title": "Not possible now",
    "status": 409,
    "detail": "hold is not possible: it is active: clear it to end it",
    "instance": "/api/v1/incidents/I-20261122-0001/hold",
}


def answers(
    example: Any,
    *,
    shape: type[BaseModel] | None = None,
    also: Mapping[int, str] | None = None,
    problems: Sequence[int] = (),
) -> Responses:
    """Return the documented answers of a call.

    Args:
        example: body of the normal answer.
        shape: of that body; clients are made from it.
        also: further statuses with the same body, and what they mean.
        problems: statuses answered as problem+json.
    """
    body = {"application/json": {"example": example}}
    normal = 201 if also else 200
    model = {"model": shape} if shape is not None else {}
    made: Responses = {normal: {"description": "Done", "content": body, **model}}
    made |= {status: {"description": text, "content": body, **model} for status, text in (also or {}).items()}
    for status in problems:
        sample = {MEDIA_TYPE: {"example": _PROBLEM | {"status": status}}}
        made[status] = {"description": _SAID[status], "content": sample}
    return made


def refused(needed: Role) -> dict[str, Any]:
    """Return the documented answer to a call whose bearer may not make it."""
    detail = f"this call needs the role {needed} and yours is view: log in with a token of that role"
    example = {"type": "about:blank", "title": "Role not sufficient", "status": 403, "detail": detail}
    return {"description": _SAID[403], "content": {MEDIA_TYPE: {"example": example}}}
