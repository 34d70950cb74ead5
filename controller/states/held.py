"""Warnings before a head that a person holds closed: a lane reads as before any other closure (S3)."""

from collections.abc import Mapping
from dataclasses import replace

from config.site import Site
from controller.plan.aspects import Derivation, Derived
from controller.plan.bands import Role, lane_heads, post, roles_upstream
from devices.values import ASPECT_RANK, Aspect


def warned(
    site: Site, derivation: Derivation, locks: Mapping[str, str], missing: frozenset[str]
) -> tuple[Derivation, dict[str, str]]:
    """Return the derivation with warnings before locked heads, and which head warns for which lock. Pure.

    A lock closes one cross-section of one lane. Heads before it in the bands of S3 send traffic to a lane
    that stays open, or say closed ahead where nobody may change lanes. None is closed for it, and signs are
    silent, since nothing is known to have happened. What was found on the road gets no warnings: it is not
    ours to explain (S11).

    Args:
        derivation: from the joined facts; what is stricter there stays.
        locks: head → source of the lock that holds it closed.
        missing: devices whose role moves one gantry upstream.
    """
    heads: dict[str, Derived] = dict(derivation.heads)
    warns_for: dict[str, str] = {}
    for name, source in locks.items():
        locked = site.devices[name]
        explained = derivation.heads.get(name)
        if locked.lane is None or (explained is not None and explained.aspect is Aspect.CLOSED):
            continue  # the bands of that closure warn
        row = lane_heads(site, locked.carriageway, locked.lane)
        where = post(site, locked.carriageway, locked.at_m)
        for device, role in roles_upstream(row, locked.at_m, site.policy, missing).items():
            head = site.devices[device]
            next_m = (s.to_m for s in derivation.stretches if s.lane == locked.lane and s.from_m > head.at_m)
            end_m = max(locked.at_m, min(next_m, default=0))
            arrows = derivation.arrows(locked.lane, head.at_m, locked.at_m, end_m)
            ahead = (Aspect.CLOSED_AHEAD,)
            wishes = (*arrows, *ahead) if role is Role.MERGE else (*ahead, *arrows)
            aspect = next((wish for wish in (*wishes, Aspect.CAUTION) if wish in head.aspects), None)
            held = heads.get(device)
            if aspect is None or (held is not None and ASPECT_RANK[held.aspect] >= ASPECT_RANK[aspect]):
                continue
            text = f"lane {locked.lane} held closed at {where}, {locked.at_m - head.at_m} m ahead"
            heads[device] = Derived(aspect, text)
            warns_for[device] = source
    return replace(derivation, heads=heads), warns_for
