"""From the body of a call to a report the brain may act on, or to what a person must say first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from api.bodies import IncidentBody
from api.problems import Problem
from config.site import Site
from controller.incident import Place, Report
from controller.intake.decision import Decision, Missing, Parsed
from controller.intake.form import form_report, with_shoulder
from controller.intake.scan import Lexer
from controller.intake.text import parse_text

_DO_INSTEAD = {
    Decision.ASK: "say it again with what is missing: {missing}",
    Decision.UPDATE: (
        "this reads as a correction, which names its incident: PATCH /api/v1/incidents/ID with the whole "
        "report. On another carriageway: raise it, then cancel the wrong one. Open: {open}"
    ),
    Decision.CLEAR: (
        "this reads as a release, which names its incident: POST /api/v1/incidents/ID/clear. Open: {open}"
    ),
    Decision.IGNORE: (
        "this reads as no report of something happening now. Say direction, place, "
        "lanes, what happened and the command, e.g. 福向三都岭隧道内快车道追尾,启动预警"
    ),
    Decision.DRILL: (
        "this is a drill, and a drill runs on simulated devices of its own: onekey demo. "
        "POST /api/v1/plans shows its plan"
    ),
}


@dataclass(frozen=True, slots=True)
class Read:
    """A report to act on.

    Attributes:
        decision: `prepare` must not be sent without another press.
        missing: what to ask before that press.
    """

    report: Report
    decision: Decision
    missing: tuple[Missing, ...] = ()
    notes: tuple[str, ...] = ()


def read_incident(
    body: IncidentBody,
    site: Site,
    lexer: Lexer,
    open_ids: Sequence[str],
    parsed_as: Callable[[Parsed], None] = lambda _: None,
) -> Read:
    """Return the report of an incident to open.

    Args:
        open_ids: incidents a release or a correction could mean, for the answer.
        parsed_as: told what a text was taken for, also where nothing may be sent.

    Raises:
        Problem: the text asks for something else, or leaves something open; nothing may be sent.
        FormError: the form names no incident of this site.
    """
    if body.text is None:
        return Read(form_report(body, site), Decision.ACTIVATE)
    parsed = parse_text(body.text, site, lexer=lexer)
    parsed_as(parsed)
    if parsed.decision not in (Decision.ACTIVATE, Decision.PREPARE) or parsed.report is None:
        raise not_to_be_sent(parsed, site, open_ids)
    return Read(_ticked(parsed.report, body, site), parsed.decision, parsed.missing, parsed.notes)


def _ticked(report: Report, body: IncidentBody, site: Site) -> Report:
    return with_shoulder(report, site) if body.shoulder else report


def read_for_plan(body: IncidentBody, site: Site, lexer: Lexer, open_ids: Sequence[str]) -> Read:
    """Do the same for a plan that is only looked at: a drill or a correction may have one too."""
    if body.text is None:
        return Read(form_report(body, site), Decision.ACTIVATE)
    parsed = parse_text(body.text, site, lexer=lexer)
    if parsed.report is None:
        raise not_to_be_sent(parsed, site, open_ids)
    return Read(_ticked(parsed.report, body, site), parsed.decision, parsed.missing, parsed.notes)


def not_to_be_sent(parsed: Parsed, site: Site, open_ids: Sequence[str]) -> Problem:
    """Return the answer to a text that opens nothing: what it was taken for and what to say instead."""
    asked = "; ".join(f"{m.question_zh} {m.question_en}" for m in parsed.missing)
    detail = _DO_INSTEAD.get(parsed.decision, _DO_INSTEAD[Decision.ASK])
    detail = detail.format(
        missing=asked or "direction, place, lanes, type", open=", ".join(open_ids) or "none"
    )
    view = parsed_view(parsed, site)
    return Problem(
        422,
        "Nothing was sent",
        detail,
        decision=parsed.decision.value,
        missing=view["missing"],
        parsed=view,
    )


def parsed_view(parsed: Parsed, site: Site) -> dict[str, Any]:
    """Return what a text was understood as."""
    return {
        "text": parsed.text.encode("utf-8", "replace").decode(),
        "decision": parsed.decision.value,
        "confidence": parsed.confidence,
        "missing": [missing_view(m) for m in parsed.missing],
        "notes": list(parsed.notes),
        "not_understood": list(parsed.not_understood),
        "carriageway": parsed.carriageway,
        "tunnel": parsed.tunnel,
        "place": place_view(parsed.place, site) if parsed.place is not None else None,
        "lanes": {str(n): impact.value for n, impact in sorted(parsed.lanes.items())},
        "type": parsed.type.value if parsed.type is not None else None,
        "severity": parsed.severity,
    }


def missing_view(missing: Missing) -> dict[str, str]:
    """Return one question in both languages."""
    return {"field": missing.field, "zh": missing.question_zh, "en": missing.question_en}


def report_view(report: Report, site: Site) -> dict[str, Any]:
    """Return a report as people read it."""
    return {
        "carriageway": report.carriageway,
        "tunnel": report.place.tunnel,
        "place": place_view(report.place, site),
        "lanes": {str(n): impact.value for n, impact in sorted(report.lanes.items())},
        "type": report.type.value,
        "severity": report.severity,
        "text": report.text,
        "shoulder": report.shoulder,
    }


def place_view(place: Place, site: Site) -> dict[str, Any]:
    """Return a place by its chainages."""
    chainage = site.carriageways[place.carriageway].chainage
    return {
        "known": place.known,
        "from": str(chainage.at(place.from_m)),
        "to": str(chainage.at(place.to_m)),
        "from_m": place.from_m,
        "to_m": place.to_m,
    }
