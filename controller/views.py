"""What people and programs are shown of the control room: plain JSON, desired, commanded, shown apart."""

from collections.abc import Mapping
from typing import Any

from config.sign_fit import approved_texts
from config.site import Carriageway, Device, LinkKind, Site
from controller.alarms.alarm import TRAITS, Alarm
from controller.alarms.alarm_figures import AlarmFigures
from controller.alarms.alarm_log import ack_view, shelf_view
from controller.book import Incident, actor_to_json
from controller.fleet.look import Look
from controller.incidents.lifecycle import Command, possible
from controller.incidents.window import Window
from controller.interlocks.interlock_views import interlock_view
from controller.plan import plan_json
from controller.plan.neighbour import beyond_of
from controller.plan.plan_view import plan_view, ramp_view
from controller.room import ControlRoom
from controller.store.rows import LockRow, ServiceRow
from controller.walking import uncommissioned, uncommissioned_of
from devices.values import Aspect, value_to_json

_SHOWN_WELL = frozenset({Look.VERIFIED, Look.ACKED, Look.AT_REST})


def device_state(room: ControlRoom, device: Device) -> dict[str, Any]:
    """Return one device with its three states and why it stands so."""
    reconciler = room.fleet.reconcilers[device.id]
    condition, target = reconciler.condition, reconciler.target
    known = reconciler.known()  # takes the newest report first
    reading = condition.reading
    state = room.states.get(device.id)
    lock = room.book.locks.get(device.id)
    service = room.book.services.get(device.id)
    fault = room.book.faults.get(device.id)
    adopted = room.book.adopted.get(device.id)
    unexplained = adopted is not None and device.base is not None
    return {
        "id": device.id,
        "type": device.type.value,
        "carriageway": device.carriageway,
        "section": device.section,
        "at_m": device.at_m,
        "chainage": str(room.site.carriageways[device.carriageway].chainage.at(device.at_m)),
        "ramp": ramp_view(device),
        "gantry": device.gantry,
        "lane": device.lane,
        "link": device.link,
        "model": device.model.model,
        "desired": value_to_json(target.value) if target.value is not None else None,
        "because": target.because,
        "wanted_by": state.source if state is not None else None,
        "outranked": list(state.outranked) if state is not None else [],
        "raised_by": state.raised_by if state is not None else "",
        "waits_for": list(room.fleet.partners.waits_for(device.id)),
        "commanded": value_to_json(condition.commanded) if condition.commanded is not None else None,
        "commanded_at_ms": condition.commanded_at_ms,
        "shown": value_to_json(reading.value)
        if known and reading is not None and reading.value is not None
        else None,
        "shown_note": reading.note if reading is not None else "",
        "back": reading.faces[1].value
        if known and reading is not None and reading.faces is not None
        else None,
        "age_ms": round((room.clock.mono_s() - reading.at_s) * 1000) if reading is not None else None,
        "mode": _mode(reconciler.condition.reading),
        "reachable": condition.reachable,
        "verdict": condition.verdict.value if condition.reachable is not False else "unreachable",
        "well": condition.reachable is True
        and condition.verdict in _SHOWN_WELL
        and not unexplained
        and fault is None,
        "reason": condition.reason,
        "since_ms": condition.since_ms,
        "round_trip_ms": condition.round_trip_ms,
        "lock": _lock(lock) if lock is not None else None,
        "failed": {"reason": fault.reason, "since_ms": fault.at_ms} if fault is not None else None,
        "out_of_service": service.reason if service else None,
        "service": _service(service) if service is not None else None,
        "commissioned": _commissioned(room, device.id),
        "uncommissioned": uncommissioned(room, device.id),
        "unexplained_since_ms": adopted[1] if adopted is not None and unexplained else None,
    }


def _lock(row: LockRow) -> dict[str, Any]:
    who = {"reason": row.reason, "actor": dict(row.actor), "at_ms": row.at_ms}
    return {"value": row.value, **who, "expires_ms": row.expires_ms}


def _service(row: ServiceRow) -> dict[str, Any]:
    who = {"reason": row.reason, "actor": dict(row.actor), "at_ms": row.at_ms}
    return {**who, "until_ms": row.until_ms}


def _commissioned(room: ControlRoom, device: str) -> dict[str, Any] | None:
    row = room.book.commissioned.get(device)
    if row is None:
        return None
    return {"seen": dict(row.seen), "note": row.note, "actor": dict(row.actor), "at_ms": row.at_ms}


def _mode(reading: Any) -> str:
    if reading is None:
        return "unknown"
    if reading.local:
        return "local"
    return "fallback" if reading.fallback else "fault" if reading.fault else "remote"


def incident_state(room: ControlRoom, incident: Incident) -> dict[str, Any]:
    """Return one incident as the API shows it."""
    place = incident.report.place
    chainage = room.site.carriageways[place.carriageway].chainage
    return {
        "id": incident.id,
        "state": incident.state.value,
        "durable": incident.durable,
        "simulation": room.site.kind.value == "simulated",
        "drill": room.site.drill,
        "carriageway": incident.report.carriageway,
        "tunnel": place.tunnel,
        "place": {
            "known": place.known,
            "from": str(chainage.at(place.from_m)),
            "to": str(chainage.at(place.to_m)),
            "from_m": place.from_m,
            "to_m": place.to_m,
        },
        "lanes": {str(n): impact.value for n, impact in sorted(incident.report.lanes.items())},
        "type": incident.report.type.value,
        "severity": incident.report.severity,
        "shoulder": incident.report.shoulder,
        "text": incident.report.text,
        "actor": actor_to_json(incident.actor),
        "created_ms": incident.created_ms,
        "updated_ms": incident.updated_ms,
        "activated_ms": incident.activated_ms or None,
        "revision": incident.revision,
        "plan": plan_view(room.site, incident.full_plan),
        "plan_outdated": bool(incident.differs),
        "plan_differs": list(incident.differs),
        "dropped": list(incident.course.dropped),
        "undo": _undo(room, incident),
        "budget_ms": room.site.policy.budget_ms,
        "steps": steps_view(incident.window),
        "verdict": _verdict(incident.window, incident),
        "uncommissioned": uncommissioned_of(room, incident.full_plan),
        "beyond_site": [plan_json.beyond_to_json(one) for one in beyond_of(incident.full_plan)],
        "added": [
            {
                "revision": window.revision,
                "steps": steps_view(window),
                "verdict": _verdict(window, incident),
            }
            for window in incident.later
        ],
        "release": incident.release.to_json() if incident.release is not None else None,
        "clear_steps": steps_view(incident.clear_window),
        "clear_verdict": _verdict(incident.clear_window, incident),
    }


def _undo(room: ControlRoom, incident: Incident) -> dict[str, Any] | None:
    undo = incident.undo
    if undo is None or undo.until_ms < room.clock.wall_ms() or not possible(Command.UNDO, incident.state):
        return None
    return {"what": undo.what, "until_ms": undo.until_ms}


def incident_line(incident: Incident) -> dict[str, Any]:
    """Return the short form for lists."""
    return {
        "id": incident.id,
        "state": incident.state.value,
        "carriageway": incident.report.carriageway,
        "tunnel": incident.report.place.tunnel,
        "lanes": {str(n): impact.value for n, impact in sorted(incident.report.lanes.items())},
        "type": incident.report.type.value,
        "text": incident.report.text,
        "created_ms": incident.created_ms,
        "updated_ms": incident.updated_ms,
        "revision": incident.revision,
    }


def _verdict(window: Window | None, incident: Incident) -> dict[str, Any] | None:
    verdict = window.verdict if window is not None else None
    if verdict is None:
        return None
    assert window is not None
    late = window in incident.windows and bool(verdict.failed) and not window.not_proved()
    return {**plan_json.verdict_to_json(verdict), "line": verdict_line(window), "late": late}


def verdict_line(window: Window) -> str:
    """Return the one line people read, e.g. `VERIFIED 41/41 in 38 ms of 5000 ms`."""
    verdict = window.verdict
    if verdict is None:
        return "no verdict yet"
    acked = f", {verdict.acked_only} acked only" if verdict.acked_only else ""
    count = f"{verdict.verified}/{verdict.total - verdict.acked_only}{acked}"
    apart = "".join(f"; not counted: {device} ({why})" for device, why in verdict.apart.items())
    if verdict.met:
        return f"VERIFIED {count} in {verdict.last_ms} ms of {verdict.budget_ms} ms{apart}"
    failed = "; ".join(f"{device}: {why}" for device, why in verdict.failed.items())
    return (
        f"{verdict.outcome.upper()} {count} proved, budget {verdict.budget_ms} ms"
        + (f"; {failed}" if failed else "")
        + (f"; coverage lost: {verdict.coverage_lost}" if verdict.coverage_lost else "")
        + apart
    )


def steps_view(window: Window | None) -> list[dict[str, Any]]:
    """Return the steps of a window in plan order."""
    if window is None:
        return []
    return [
        {
            "device": device,
            "revision": window.revision,
            "state": step.state.value,
            "reason": step.reason,
            "t_ms": step.t_ms,
            "times": {state.value: t_ms for state, t_ms in step.times.items()},
        }
        for device, step in window.steps.items()
    ]


def alarm_view(alarm: Alarm) -> dict[str, Any]:
    """Return an alarm with its state and everything people said of it."""
    return {
        "id": alarm.id,
        "cause": alarm.cause,
        "kind": alarm.kind.value,
        "subject": alarm.subject,
        "text": alarm.text,
        "priority": alarm.priority.value,
        "state": alarm.state.value,
        "group": alarm.group,
        "first_up": alarm.first_up,
        "since_ms": alarm.since_ms,
        "cleared_ms": alarm.cleared_ms,
        "times": alarm.times,
        "flapping": alarm.flapping,
        "devices": list(alarm.devices),
        "ack": ack_view(alarm.ack),
        "shelf": shelf_view(alarm.shelf),
        "shelvable": TRAITS[alarm.kind].shelvable,
    }


def alarm_figures_view(figures: AlarmFigures) -> dict[str, Any]:
    """Return how busy the alarm list is."""
    return {
        "rate_10min": figures.rate_10min,
        "flood": figures.flood,
        "standing": figures.standing,
        "stale": figures.stale,
        "shelved": figures.shelved,
        "unacked": figures.unacked,
        "top": [{"cause": cause, "times": times} for cause, times in figures.top],
    }


def site_view(site: Site) -> dict[str, Any]:
    """Return the loaded site for drawing and for checking."""
    return {
        "id": site.id,
        "name": {"zh": site.name.zh, "en": site.name.en},
        "kind": site.kind.value,
        "drill": site.drill,
        "note": site.note,
        "phone": site.phone,
        "digest": site.digest,
        "drives": site.drives,
        "carriageways": [
            {
                "id": c.id,
                "road": c.road,
                "direction": {"zh": c.direction.zh, "en": c.direction.en},
                "section": c.section,
                "length_m": c.length_m,
                "shoulder": [{"from_m": a, "to_m": b} for a, b in c.shoulder],
                "lanes": [
                    {
                        "number": n.number,
                        "zh": n.name.zh,
                        "en": n.name.en,
                        "from_m": n.from_m,
                        "to_m": n.to_m,
                    }
                    for n in c.lanes
                ],
                "pieces": _pieces(c),
            }
            for c in site.carriageways.values()
        ],
        "tunnels": [
            {
                "id": t.id,
                "name": {"zh": t.name.zh, "en": t.name.en},
                "lane_change_inside": t.lane_change_inside,
                "bores": [
                    {"carriageway": b.carriageway, "entry_m": b.entry_m, "exit_m": b.exit_m} for b in t.bores
                ],
            }
            for t in site.tunnels.values()
        ],
        "junctions": [
            {
                "id": j.id,
                "name": {"zh": j.name.zh, "en": j.name.en},
                "sides": [
                    {"carriageway": s.carriageway, "exit_m": s.exit_m, "entry_m": s.entry_m} for s in j.sides
                ],
            }
            for j in site.junctions.values()
        ],
        "gantries": [
            {"id": g.id, "carriageway": g.carriageway, "at_m": g.at_m} for g in site.gantries.values()
        ],
        "devices": len(site.devices),
        "equipment": {device.id: _equipment(device) for device in site.devices.values()},
        "cameras": [
            {"id": c.id, "carriageway": c.carriageway, "at_m": c.at_m, "url": c.url} for c in site.cameras
        ],
        "interlocks": [interlock_view(interlock) for interlock in site.interlocks.values()],
        "links": [_link(site, link_id) for link_id in site.links],
        "policy": _policy(site),
    }


def _pieces(carriageway: Carriageway) -> list[dict[str, Any]]:
    """Return the chainage table by metres, so that a drawing can name any point of it."""
    made, from_m = [], 0
    for piece in carriageway.chainage.pieces:
        to_m = from_m + piece.length_m
        made.append(
            {
                "from_m": from_m,
                "to_m": to_m,
                "prefix": piece.start.prefix,
                "metres": piece.start.metres,
                "sense": piece.sense,
            }
        )
        from_m = to_m
    return made


def _equipment(device: Device) -> dict[str, Any]:
    shape = device.shape
    return {
        "type": device.type.value,
        "carriageway": device.carriageway,
        "at_m": device.at_m,
        "gantry": device.gantry,
        "lane": device.lane,
        "base": value_to_json(device.base) if device.base is not None else None,
        "aspects": [aspect.value for aspect in Aspect if aspect in device.aspects],
        "siren": device.siren,
        "matrix": {
            "width_px": shape.width_px,
            "height_px": shape.height_px,
            "glyph_px": shape.glyph_px,
        }
        if shape is not None
        else None,
    }


def _link(site: Site, link_id: str) -> Mapping[str, Any]:
    link = site.links[link_id]
    return {
        "id": link.id,
        "kind": link.kind.value,
        "serial": link.kind is LinkKind.MODBUS_TCP and link.serial,
        "devices": [d.id for d in site.devices.values() if d.link == link_id],
    }


def _policy(site: Site) -> Mapping[str, Any]:
    policy = site.policy
    return {
        "budget_ms": policy.budget_ms,
        "release_budget_ms": policy.release_budget_ms,
        "siren_s": policy.siren_s,
        "review_min": policy.review_min,
        "reactivate_s": policy.reactivate_s,
        "approved_texts": list(approved_texts(policy.messages.approved)),
    }
