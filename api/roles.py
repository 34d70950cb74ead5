"""Which role each call needs: the whole table in one place, checked before a call is carried out."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.routing import iter_route_contexts

from api.auth import FREE, Access, access_of
from api.problems import Problem
from config.tokens import Role

API = "/api/v1"
_INCIDENT = "/incidents/{incident_id}"
_DEVICE = "/devices/{device_id}"
_ALARM = "/alarms/{alarm_id}"
NEEDED: Mapping[str, Role] = {
    "POST /plans": Role.VIEW,
    "POST /intake/parse": Role.VIEW,
    "POST /session": Role.VIEW,
    "DELETE /session": Role.VIEW,
    "POST /incidents": Role.OPERATE,
    f"PATCH {_INCIDENT}": Role.OPERATE,
    f"POST {_INCIDENT}/activate": Role.OPERATE,
    f"POST {_INCIDENT}/reactivate": Role.OPERATE,
    f"POST {_INCIDENT}/undo": Role.OPERATE,
    f"POST {_INCIDENT}/notes": Role.OPERATE,
    f"POST {_INCIDENT}/update": Role.OPERATE,
    f"POST {_INCIDENT}/hold": Role.OPERATE,
    f"POST {_INCIDENT}/clear": Role.OPERATE,
    f"POST {_INCIDENT}/cancel": Role.OPERATE,
    "POST /sirens/silence": Role.OPERATE,
    f"POST {_ALARM}/ack": Role.OPERATE,
    f"POST {_ALARM}/shelve": Role.OPERATE,
    f"POST {_ALARM}/unshelve": Role.OPERATE,
    f"PUT {_DEVICE}/lock": Role.OPERATE,
    f"DELETE {_DEVICE}/lock": Role.OPERATE,
    f"PUT {_DEVICE}/service": Role.OPERATE,
    f"DELETE {_DEVICE}/service": Role.OPERATE,
    f"DELETE {_DEVICE}/fault": Role.OPERATE,
    f"POST {_DEVICE}/release": Role.OPERATE,
    "POST /interlocks/{interlock_id}/reset": Role.MANAGE,
    "POST /audit/restore": Role.MANAGE,
    "POST /scenarios/{name}/runs": Role.MANAGE,
    "POST /scenarios/runs/{run}/stop": Role.MANAGE,
    f"POST {_DEVICE}/walk": Role.CONFIGURE,
    f"DELETE {_DEVICE}/walk": Role.CONFIGURE,
    f"PUT {_DEVICE}/commissioning": Role.CONFIGURE,
    "POST /audit/rotate-key": Role.CONFIGURE,
}
"""Call → the least role it needs. Within a call a body may need more: a sign's own words need `manage`."""


def role_needed(method: str, path: str) -> Role | None:
    """Return the role a call needs; None for one that only reads.

    Raises:
        KeyError: a call that orders something is not in the table.
    """
    return None if method in FREE else NEEDED[f"{method} {path}"]


async def enough_role(request: Request, access: Annotated[Access, Depends(access_of)]) -> None:
    """Let a call pass whose bearer has the role it needs.

    Raises:
        Problem: 403, naming the role.
    """
    needed = role_needed(request.method, request.scope["route"].path.removeprefix(API))
    if needed is not None:
        require(access.role, needed, "this call")


def require(role: str, needed: Role, what: str) -> None:
    """Refuse what `role` may not do.

    Raises:
        Problem: 403, naming the role.
    """
    if not Role(role).covers(needed):
        detail = f"{what} needs the role {needed} and yours is {role}: log in with a token of that role"
        raise Problem(403, "Role not sufficient", detail, needed=needed.value, role=role)


def check_table(app: FastAPI) -> None:
    """Refuse to make an app one of whose orders nobody gave a role.

    Raises:
        KeyError: naming the call.
    """
    for method, path in calls_of(app):
        role_needed(method, path)


def calls_of(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Give method and path, without the prefix, of every call of the API."""
    for route in iter_route_contexts(app.routes):
        if (route.path or "").startswith(API):
            for method in sorted(route.methods or ()):
                yield method, (route.path or "").removeprefix(API)
