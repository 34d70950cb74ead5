"""The control API's part about the wire: what the proxy before each link does to what passes."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from simulators.chaos import Chaos, ChaosProxy


class ChaosBody(BaseModel):
    """Changes; what is left out stays as it is. See `simulators.chaos`."""

    model_config = ConfigDict(extra="forbid")

    delay_ms: int = Field(0, ge=0, le=600_000)
    drop: bool = False
    refuse: bool = False
    hold: bool = False
    flip_percent: int = Field(0, ge=0, le=100)
    duplicate_percent: int = Field(0, ge=0, le=100)
    reorder_percent: int = Field(0, ge=0, le=100)
    bytes_per_s: int = Field(0, ge=0)
    one_byte: bool = False
    seed: int = Field(0, ge=0)


def add_chaos(app: FastAPI, proxies: Mapping[str, ChaosProxy]) -> None:
    """Add the routes; without proxies they answer 404 and say how to get them."""

    def known(link_id: str) -> ChaosProxy:
        if link_id not in proxies:
            detail = f"no proxy stands before {link_id!r}; start with `onekey simulate --chaos`"
            raise HTTPException(404, detail)
        return proxies[link_id]

    def told(link_id: str, proxy: ChaosProxy) -> dict[str, Any]:
        counts = {"chunks": proxy.chunks, "spoiled": proxy.spoiled}
        return {"link": link_id, **proxy.chaos.to_json(), **counts}

    @app.get("/links/{link_id}/chaos")
    async def chaos(link_id: str) -> dict[str, Any]:
        return told(link_id, known(link_id))

    @app.put("/links/{link_id}/chaos")
    async def set_chaos(link_id: str, body: ChaosBody) -> dict[str, Any]:
        proxy = known(link_id)
        proxy.set(proxy.chaos.changed(body.model_dump(exclude_unset=True)))
        return told(link_id, proxy)

    @app.delete("/links/{link_id}/chaos")
    async def calm(link_id: str) -> dict[str, Any]:
        proxy = known(link_id)
        proxy.set(Chaos())
        return told(link_id, proxy)

    @app.post("/links/{link_id}/cut")
    async def cut(link_id: str) -> dict[str, Any]:
        proxy = known(link_id)
        proxy.cut()
        return told(link_id, proxy)
