"""Whether an incident's stored plan is still what today's site and rules would give it (P2)."""

import hashlib
from functools import cache
from pathlib import Path

import config
import controller
from config.site import Site
from controller.incident import Plan, Report
from controller.incidents.growth import additions
from controller.plan.planner import plan_incident
from devices.values import Message

PLANNING = ("plan", "rules", "signs", "states", "interlocks")
"""What of the brain a plan is made by."""


@cache
def rules_digest() -> str:
    """Return what tells one version of the rules from another: a hash of the sources they are made of."""
    made = hashlib.sha256()
    for package, rooms in ((config, (".",)), (controller, PLANNING)):
        assert package.__file__ is not None
        folder = Path(package.__file__).parent
        for file in sorted(file for room in rooms for file in (folder / room).glob("*.py")):
            made.update(file.name.encode() + b"\0" + file.read_bytes())
    return made.hexdigest()


def basis(site: Site) -> str:
    """Return what plans are made from now: the site file and the rules. Stored with every revision."""
    return hashlib.sha256(f"{site.digest} {rules_digest()}".encode()).hexdigest()


def differences(site: Site, report: Report, pressed: Plan, standing: Plan) -> tuple[str, ...]:
    """Return the devices for which a press of this report would now ask for something else. Pure.

    Args:
        site: today's.
        report: as it stands.
        pressed: the plan as it was driven; its findings name what was planned around.
        standing: what is demanded now, with everything added since.
    """
    gone = {f.device for f in pressed.findings if f.device and f.code in ("out_of_service", "dropped")}
    missing = {f.device for f in pressed.findings if f.device and f.code == "missing"}
    today = plan_incident(report, site, out_of_service=frozenset(gone), missing=frozenset(missing))
    asked = {demand.device: demand.value for demand in today.demands}
    more = {demand.device for demand in additions(standing, today)}
    less = {demand.device for demand in additions(today, pressed)} - missing
    texts = {
        demand.device
        for demand in pressed.demands
        if isinstance(demand.value, Message) and asked.get(demand.device, demand.value) != demand.value
    }
    changed = more | less | texts
    return tuple(device for device in site.devices if device in changed)
