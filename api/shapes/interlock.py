"""Shapes of what the API says of interlocks."""

from typing import Any, Literal

from pydantic import BaseModel

from api.shapes.site import TextShape

Standing = Literal["kept", "possible", "conflict"]


class InterlockShape(BaseModel):
    """One interlock, and how it stands now."""

    id: str
    never: dict[str, list[str]]
    reason: TextShape
    settle_ms: int
    built_in: bool
    state: Literal["kept", "possible", "conflict", "latched"]
    stands: Standing
    shown: dict[str, Any]
    since_ms: int | None
    seen: dict[str, Any] | None
    holds: list[str]


class InterlockListShape(BaseModel):
    """Every interlock, those of the site file first."""

    interlocks: list[InterlockShape]
