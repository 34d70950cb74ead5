"""`reference/rules.md`: rules S1 to S14 with the numbers, tables and tests the program itself has.

Only the sentences are written here. Every number comes from where the program takes it, every test from the
table of breaks; a field of the policy or of the responses that no table shows stops the page.
"""

import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import fields

from config.schema import PolicyFile
from config.sign_meaning import Level
from config.site import Policy
from controller.fleet.look import MAX_WRITES
from controller.fleet.reconciler import POLL_IDLE_S, POLL_WANTED_S, STALE_INTERVALS
from controller.incidents.release import CROSSES, WARNINGS
from controller.incidents.releasing import FRESH_S
from controller.plan.planner import rule_modules
from controller.plan.responses import RESPONSES, Response
from devices.values import ASPECT_RANK, PORTAL_RANK
from docs.pages.docstrings import attribute_texts, member_texts
from docs.pages.markdown import code, one_line, table
from tests.breaking import Break
from tests.breaks import BREAKS

_HEAD = """# Rules

What may be shown, and when it may end. The names S1 to S14 stand in the code, in plans, in the journal and in
tests. Each number below is the product's; a site changes those of the policy in its
[site file](site-file.md#policy). Each rule is broken on purpose by `python -m tests.breaks`, in a copy of the
tree, and the test named at the end of this page turns red.
"""


_RULES = """
### S1 One aspect

No head is commanded two aspects, and no device gets two demands of one plan. A read-back with two lamps
lit is no aspect.

### S2 Arrows lead somewhere

A merge arrow points to a lane that stays open from there to the end of the closure. Where a lane change
has less than {p.min_weave_m} m, or would fall into a tunnel without lane changes, the closure starts
earlier; where no lane stays open all are closed, and there is no arrow. The hard shoulder is a lane
beside the outer one only where the site says `shoulder: by_order` and a person ticks it, never by a text.

### S3 Warnings, crosses, nothing

A closure starts at the farthest upstream of: {p.closure_before_m} m before the place; gantry number
{p.closure_gantries} before it, counted within {p.closure_gantries_within_m} m; the entrance of a tunnel
without lane changes. Before it come {p.merge_m} m of arrows, before those {p.closed_ahead_m} m of
warnings; a band without a gantry takes the nearest within {p.nearest_gantry_within_m} m. Behind a known
place the lane is open. A head that a person locks closed has the same warnings before it.

### S4 Signs

Signs up to {near}, {middle} and {far} km before the closure tell of it. A sign is never milder than the
next closed cross-section and sends nobody to a closed lane. A text that does not fit is replaced by the
next shorter one, and the plan says so. A sign or beacon on a ramp counts from where the ramp joins, farther
by the ramp's length, and tells of nothing upstream of that. A closure of every lane names the last exit
before it. On a carriageway with `queue_reach_m` signs and beacons warn of the queue's tail as well.

### S5 Facts are joined

Open incidents, locks and found restrictions are joined as closed stretches of lanes; aspects and texts
are derived once from all of them and then only raised. Who goes leaves what the others derive. Heads before
one that is locked closed warn of it; one found closed is only avoided by arrows; signs tell of neither. Every
device says for which incident or whose lock it stands so, and who is outranked.

### S6 Release

Only a person's order makes anything less restrictive, and in this order: sirens and speakers;
{crosses}; {warnings}; then signs, flashes, caution and speed. Gantry by gantry, from the incident
upstream. Every head of a cross-section needs a read-back at most {fresh:g} s old, or that person goes
on without proof.

### S7 Unknown is the worse

What cannot be read may be open and may be closed. A place known only as a stretch counts from its worse
end. A device at rest that cannot be read is left alone.

### S8 What a device can show

A device that cannot show what is wished shows the next best, rather stricter than milder, and the plan
says what was substituted.

### S9 Interlocks

What must never stand together is checked in the site file, on the final desired state, before each send
and on read-back. A restriction is never refused; a release waits while a partner may conflict. A conflict
seen on the road is driven to its most restrictive and latched until a person resets it. Heads of an open
incident are read every {wanted:g} s, idle ones every {idle:g} s; after {stale} intervals without a reading
a device is unknown. A value written {writes} times and not shown is a fault.

### S10 Simulated or live

A simulated site writes only to an endpoint that has proved itself a simulator on this connection; a
live site refuses those that do.

### S11 Absence is no order

A restriction that is found and not ours stays, alarms as unexplained and waits for a person. Nothing is
written to a device in local mode.

### S12 Base and fallback

Every device has a base, what it shows at rest, and a fallback, what it shows without us. A head's
fallback is never open. A clear brings the base back; a sign of others gets back what it showed.

### S13 Sirens end

Sirens sound for {p.siren_s} s and speakers speak for {p.speaker_s} s; flashes go on. After
{p.review_min} min an open incident asks whether it is still needed, and that is all it does.

### S14 Locks and missing devices

A lock of a head may be stricter than the incidents, never milder; a lock of a sign never hides a
closure. A device out of service or failed hands its role to the next one upstream.
"""


def _rules() -> Iterator[tuple[str, str]]:
    """Yield each rule with its text, the numbers filled in."""
    p = Policy()
    near, middle, far = (f"{metres / 1000:g}" for metres in p.sign_bands_m)
    crosses, warnings = (", ".join(sorted(str(one) for one in row)) for row in (CROSSES, WARNINGS))
    text = _RULES.format(
        p=p,
        near=near,
        middle=middle,
        far=far,
        crosses=crosses,
        warnings=warnings,
        fresh=FRESH_S,
        wanted=POLL_WANTED_S,
        idle=POLL_IDLE_S,
        stale=STALE_INTERVALS,
        writes=MAX_WRITES,
    )
    for part in text.split("### ")[1:]:
        title, _, said = part.strip().partition("\n")
        filled = textwrap.fill(one_line(said), 110, break_long_words=False, break_on_hyphens=False)
        yield part.partition(" ")[0], f"### {title}\n\n{filled}"


def page() -> str:
    """Return the page."""
    parts = [_HEAD, "## The rules\n"]
    parts += [f"{text}\n\n{_modules(rule)}\n" for rule, text in _rules()]
    parts += [_responses(), _planner(), _ranks(), _levels(), _numbers(), _guards()]
    return "\n".join(parts)


def _modules(rule: str) -> str:
    files = sorted({entry.file for entry in BREAKS if entry.rule == rule})
    assert files, f"nothing guards {rule}"
    return "In " + ", ".join(f"[{file}](../../{file})" for file in files) + "."


def _responses() -> str:
    """Return the table of responses, one column for every field."""
    names = [field.name for field in fields(Response)]
    said = attribute_texts(Response)
    missing = [name for name in names if name not in said]
    assert not missing, f"Response says nothing of {missing}"
    rows = [
        (code(kind.value), *(_cell(getattr(response, name)) for name in names))
        for kind, response in RESPONSES.items()
    ]
    meanings = [(code(name), said[name]) for name in names]
    return (
        "## Responses\n\nWhat each type of incident asks for. A site changes single fields under "
        "`policy.responses`.\n\n" + table(("type", *names), rows) + "\n" + table(("field", "means"), meanings)
    )


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


def _planner() -> str:
    rows = [
        (
            f"[{rule.NAME}](../../controller/rules/{_file(rule)})",
            str(getattr(rule, "PRECEDENCE", 0)),
            one_line(inspect.getdoc(rule)),
        )
        for rule in rule_modules()
    ]
    return (
        "## Rules of the planner\n\nEach is one file in `controller/rules/`. Of two texts for one sign that "
        "of the higher precedence stands, else the stricter.\n\n"
        + table(("rule", "precedence", "says"), rows)
    )


def _file(rule: object) -> str:
    return f"{getattr(rule, '__name__', '').rsplit('.', 1)[-1]}.py"


def _ranks() -> str:
    heads = [(str(rank), code(aspect.value), "head") for aspect, rank in ASPECT_RANK.items()]
    portals = [(str(rank), code(aspect.value), "portal signal") for aspect, rank in PORTAL_RANK.items()]
    rows = sorted((*heads, *portals), key=lambda row: (row[2], -int(row[0]), row[1]))
    return (
        "## Ranks\n\nThe larger number holds traffic back more; a change to a smaller one is a release (S6), "
        "but for open to dark.\n\n" + table(("rank", "shows", "device"), rows)
    )


def _levels() -> str:
    said = member_texts(Level)
    rows = [(str(int(one)), code(one.name.lower()), said[str(int(one))]) for one in Level]
    return "## Levels of sign texts\n\n" + table(("level", "name", "is"), rows)


def _numbers() -> str:
    """Return every number and choice of the policy; the words are those of the site file's form."""
    form = PolicyFile.model_fields
    rows = []
    for field in fields(Policy):
        value = getattr(Policy(), field.name)
        if field.name in ("messages", "responses"):
            continue
        assert field.name in form, f"the site file has no {field.name}"
        rows.append((code(field.name), _number(value), one_line(form[field.name].description)))
    return "## Numbers\n\n" + table(("policy", "default", "means"), rows)


def _number(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return _cell(value)


def _guards() -> str:
    rows = [(entry.rule, f"[{entry.file}](../../{entry.file})", code(_test(entry))) for entry in BREAKS]
    rows = sorted(dict.fromkeys(rows), key=lambda row: (int(row[0][1:]), row[1], row[2]))
    return "## What guards each rule\n\nA line of the file is broken, the test turns red.\n\n" + table(
        ("rule", "broken in", "noticed by"), rows
    )


def _test(entry: Break) -> str:
    file, _, name = entry.test.partition("::")
    return f"{file.removeprefix('tests/')}::{name.partition('[')[0]}"
