"""Turns the structured body of `POST /incidents` into a report, or names everything wrong with it at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict, StrictBool, StrictInt

from config.site import Carriageway, Site, Tunnel
from controller.incident import IncidentType, LaneImpact, Place, Report
from controller.intake.normal import normalise
from controller.intake.place import PlaceProblem, place_of
from controller.plan.scope import lanes_matter

SEVERITIES = ("minor", "moderate", "major", "critical")


class IncidentForm(BaseModel):
    """The body as sent; shapes are checked here, sense against the site by `form_report`.

    Attributes:
        carriageway: its id or any alias.
        chainage, chainage_end: a point, or the two ends of a stretch in either order.
        tunnel: its id, name or any alias.
        offset_m: metres from the entrance portal.
        position: `inside`, also the meaning of a tunnel without an offset.
        lanes: number or alias → `blocked` | `affected`, or a list of blocked lanes; needed unless the type
            closes the whole road there or comes towards the traffic.
        shoulder: the dispatcher orders the hard shoulder open as a lane, where the site allows it.
    """

    model_config = ConfigDict(extra="forbid")

    carriageway: str | None = None
    chainage: str | None = None
    chainage_end: str | None = None
    tunnel: str | None = None
    offset_m: StrictInt | None = None
    position: str | None = None
    lanes: dict[str, str] | list[StrictInt | str] | None = None
    type: str | None = None
    severity: str = "moderate"
    shoulder: StrictBool = False


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing wrong: the field, the value sent (None where missing), and the remedy."""

    field: str
    value: str | None
    message: str


class FormError(ValueError):
    """The form names no incident of this site; `problems` holds all reasons."""

    def __init__(self, problems: tuple[FieldProblem, ...]) -> None:
        """Keep the problems; the text lists them, one a line."""
        super().__init__("\n".join(f"{problem.field}: {problem.message}" for problem in problems))
        self.problems = problems


def form_report(form: IncidentForm, site: Site) -> Report:
    """Return the report the form makes.

    Raises:
        FormError: with every problem found, none hidden behind another where it can be told apart.
    """
    problems: list[FieldProblem] = []
    carriageway = _carriageway(form, site, problems)
    place = _place(form, site, carriageway, problems)
    type_ = _type(form, problems)
    needed = place is None or type_ is None or lanes_matter(type_, place, site)
    lanes = _lanes(form, site, carriageway, problems) if form.lanes or needed else {}
    if form.severity not in SEVERITIES:
        problems.append(FieldProblem("severity", form.severity, f"use one of {', '.join(SEVERITIES)}"))
    if form.shoulder and carriageway is not None:
        problems += _shoulder_problems(carriageway)
    if problems or place is None or type_ is None:
        raise FormError(tuple(problems))
    return Report(place, lanes, type_, form.severity, shoulder=form.shoulder)


def with_shoulder(report: Report, site: Site) -> Report:
    """Return a report with the shoulder ordered open, as a person ticked it beside a text.

    Raises:
        FormError: the site does not allow it on this carriageway.
    """
    if problems := _shoulder_problems(site.carriageways[report.carriageway]):
        raise FormError(tuple(problems))
    return replace(report, shoulder=True)


def _shoulder_problems(carriageway: Carriageway) -> list[FieldProblem]:
    if carriageway.shoulder:
        return []
    remedy = f"the site does not allow it on {carriageway.id} (shoulder: by_order); send false"
    return [FieldProblem("shoulder", "true", remedy)]


def _carriageway(form: IncidentForm, site: Site, problems: list[FieldProblem]) -> Carriageway | None:
    known = ", ".join(f"{c.id} ({c.direction.zh}, {c.direction.en})" for c in site.carriageways.values())
    if form.carriageway is None:
        problems.append(FieldProblem("carriageway", None, f"name the carriageway: {known}"))
        return None
    word = normalise(form.carriageway)
    found = [
        c
        for c in site.carriageways.values()
        if word in map(normalise, (c.id, c.direction.zh, c.direction.en, *c.aliases))
    ]
    if len(found) == 1:
        return found[0]
    why = "more than one carriageway has this name" if found else "this site has no such carriageway"
    problems.append(FieldProblem("carriageway", form.carriageway, f"{why}; use one of {known}"))
    return None


def _tunnel(form: IncidentForm, site: Site, problems: list[FieldProblem]) -> Tunnel | None:
    if form.tunnel is None:
        return None
    word = normalise(form.tunnel)
    found = [
        t for t in site.tunnels.values() if word in map(normalise, (t.id, t.name.zh, t.name.en, *t.aliases))
    ]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{t.id} ({t.name.zh}, {t.name.en})" for t in site.tunnels.values())
    remedy = f"use one of {known}" if known else "it has none; give a chainage"
    why = "more than one tunnel has this name" if found else "this site has no such tunnel"
    problems.append(FieldProblem("tunnel", form.tunnel, f"{why}; {remedy}"))
    return None


def _place(
    form: IncidentForm, site: Site, carriageway: Carriageway | None, problems: list[FieldProblem]
) -> Place | None:
    before = len(problems)
    tunnel = _tunnel(form, site, problems)
    if form.chainage is None and form.tunnel is None:
        problems.append(FieldProblem("place", None, "give a chainage (K1890+300) or a tunnel"))
    if form.chainage is None and form.chainage_end is not None:
        problems.append(
            FieldProblem("chainage_end", form.chainage_end, "give chainage, the other end, as well")
        )
    if form.offset_m is not None:
        said = str(form.offset_m)
        if form.tunnel is None:
            problems.append(FieldProblem("offset_m", said, "it counts from a portal; name the tunnel"))
        if form.chainage is not None:
            problems.append(FieldProblem("offset_m", said, "a chainage is given too; send one of the two"))
        if form.position is not None:
            problems.append(FieldProblem("offset_m", said, "a position is given too; send one of the two"))
    if form.position not in (None, "inside"):
        problems.append(FieldProblem("position", form.position, "use inside, offset_m or a chainage"))
    elif form.position is not None and form.tunnel is None:
        problems.append(FieldProblem("position", form.position, "inside what? name the tunnel"))
    if carriageway is None or len(problems) > before:
        return None
    written = [text for text in (form.chainage, form.chainage_end) if text is not None]
    found = place_of(site, carriageway, tunnel=tunnel, chainages=written, offset_m=form.offset_m)
    if isinstance(found, PlaceProblem):
        problems.append(FieldProblem(found.field, found.value, found.en))
        return None
    return found


def _lanes(
    form: IncidentForm, site: Site, carriageway: Carriageway | None, problems: list[FieldProblem]
) -> Mapping[int, LaneImpact]:
    roads = [carriageway] if carriageway is not None else list(site.carriageways.values())
    known = "; ".join(
        ", ".join(f"{lane.number} ({lane.name.zh}, {lane.name.en})" for lane in c.lanes) for c in roads
    )
    if not form.lanes:
        problems.append(FieldProblem("lanes", None, f"name at least one lane: {known}"))
        return {}
    sent = form.lanes if isinstance(form.lanes, dict) else dict.fromkeys(map(str, form.lanes), "blocked")
    lanes: dict[int, LaneImpact] = {}
    for name, impact in sent.items():
        numbers = {number for c in roads for number in _numbers(c, name)}
        if impact not in list(LaneImpact):
            problems.append(FieldProblem(f"lanes.{name}", impact, "use blocked or affected"))
        elif not numbers:
            problems.append(FieldProblem(f"lanes.{name}", name, f"no such lane; use {known}"))
        elif len(numbers) > 1 and carriageway is not None:
            problems.append(FieldProblem(f"lanes.{name}", name, f"it names more than one lane; use {known}"))
        elif lanes.get(min(numbers), LaneImpact(impact)) is not LaneImpact(impact):
            problems.append(
                FieldProblem(f"lanes.{name}", impact, "the same lane is blocked and affected; send one")
            )
        else:
            lanes[min(numbers)] = LaneImpact(impact)
    return dict(sorted(lanes.items()))


def _numbers(carriageway: Carriageway, name: str) -> set[int]:
    word = normalise(name)
    return {
        lane.number
        for lane in carriageway.lanes
        if word in map(normalise, (str(lane.number), lane.name.zh, lane.name.en, *lane.aliases))
    }


def _type(form: IncidentForm, problems: list[FieldProblem]) -> IncidentType | None:
    if form.type in list(IncidentType):
        return IncidentType(form.type)
    problems.append(FieldProblem("type", form.type, f"use one of {', '.join(IncidentType)}"))
    return None
