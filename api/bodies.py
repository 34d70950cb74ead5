"""Bodies of calls: shapes and limits only; sense against the site is the brain's business."""

import json
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, field_validator, model_validator

from controller.alarms.alarms import SHELF_MAX_MIN
from controller.intake.form import IncidentForm

_LONGEST_REASON = 500
_LONGEST_LIST = 2_000
_LOCK_MAX_S = 30 * 24 * 3600

Reason = Annotated[str, Field(max_length=_LONGEST_REASON, examples=["lanes are free, checked by camera"])]
NeededReason = Annotated[
    str, Field(min_length=1, max_length=_LONGEST_REASON, examples=["lamp replaced by crew 2"])
]
DeviceIds = Annotated[list[str], Field(max_length=_LONGEST_LIST, examples=[["LCS-FU-07-1"]])]

ORIGIN_TEXT = "紧急:福向三都岭隧道内快车道追尾,启动预警"
"""The message this product starts from; the example of every text field."""


class _WholeText(BaseModel):
    """Refuses text UTF-8 cannot carry: the journal could not store it, nor a sign show it."""

    @field_validator("*", mode="before")
    @classmethod
    def _whole(cls, value: Any) -> Any:
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ValueError("it holds half a surrogate pair; send whole characters") from None
        return value


class Body(_WholeText):
    """Base of every body: an unknown field is an error, never ignored."""

    model_config = ConfigDict(extra="forbid")


class ResetBody(Body):
    """The reset of a latched interlock.

    Attributes:
        reason: what was found and mended.
        without_proof: devices nobody can read, which this person answers for.
    """

    reason: NeededReason
    without_proof: DeviceIds = []


class TextBody(Body):
    """One line of chat."""

    text: str = Field(examples=[ORIGIN_TEXT])


class SessionBody(Body):
    """Who logs in to the console.

    Attributes:
        token: a token of the controller; the session has its role.
        actor: the person's name, as the journal shall have it; a token that is one person's names that one.
    """

    token: Annotated[str, Field(min_length=1, max_length=500, examples=["the-token-that-was-printed"])]
    actor: Annotated[str, Field(min_length=1, max_length=64, examples=["li.na"])]

    @field_validator("actor")
    @classmethod
    def _printable(cls, actor: str) -> str:
        if not actor.strip() or not actor.isprintable():
            raise ValueError("a name has printable characters only")
        return actor.strip()


class IncidentBody(IncidentForm, _WholeText):
    """An incident as one line of chat, or as a form; one of the two.

    Attributes:
        text: as a person would say it; read by rules, never guessed.
        activate: false only prepares; a person presses later.
        separate: it is another event though it looks like an open incident.
        shoulder: the hard shoulder is ordered open; a text cannot say it, so it may stand beside one.
        drop: devices to leave out of this incident; refused where the laws cannot be kept without them.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"text": ORIGIN_TEXT},
                {"carriageway": "FU", "tunnel": "sanduling", "lanes": {"1": "blocked"}, "type": "rear_end"},
                {"carriageway": "FU", "chainage": "K1888+300", "lanes": [1], "type": "breakdown"},
            ]
        },
    )

    text: str | None = Field(None, examples=[ORIGIN_TEXT])
    activate: StrictBool = True
    separate: StrictBool = False
    drop: DeviceIds = []

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        form = sorted(self.model_fields_set & set(IncidentForm.model_fields) - {"shoulder"})
        if self.text is not None and form:
            raise ValueError(f"text and {', '.join(form)} are both given; send the text or the form")
        if self.text is None and not form:
            raise ValueError('it says nothing; send {"text": "…"} or carriageway, place, lanes and type')
        return self


class ActivateBody(Body):
    """How a prepared incident is pressed.

    Attributes:
        drop: devices to leave out of this incident, besides those left out when it was prepared.
    """

    drop: DeviceIds = []


class CancelBody(Body):
    """Why it is ended as a false alarm."""

    reason: Reason = ""
    confirmed_by: Annotated[list[str], Field(max_length=10)] = []


class ClearBody(CancelBody):
    """A release, or how it goes on.

    Attributes:
        without_proof: devices that cannot be read and that this person lets the release go on without.
        confirmed_by: two names, needed while the journal is degraded.
    """

    without_proof: DeviceIds = []


class SilenceBody(Body):
    """Why sirens are silenced."""

    reason: Reason = ""


class LockBody(Body):
    """An operator's own demand on a device.

    Attributes:
        value: aspect of a head or portal signal, `{"multi": "…"}` of a sign, `{"flash": b, "siren": b}` of a
            beacon, `{"clip": "…", "repeats": n, "volume": n}` of a speaker, `{"kmh": n}` of a speed sign.
        expires_s: seconds until it asks whether it is still needed; null has no end.
    """

    value: Any = Field(examples=["closed"])
    reason: NeededReason
    expires_s: Annotated[StrictInt, Field(ge=1, le=_LOCK_MAX_S)] | None = None


class WalkBody(Body):
    """What to light while somebody holds on.

    Attributes:
        value: one of those `GET /devices/{id}/walk` lists.
    """

    value: Any = Field(examples=["closed"])


class CommissioningBody(Body):
    """What a person saw at the device.

    Attributes:
        seen: value, as the walk named it, and whether the lamps showed it.
        note: who looked from where.
    """

    seen: Annotated[dict[str, StrictBool], Field(min_length=1, max_length=40, examples=[{"closed": True}])]
    note: Reason = ""


class AckBody(Body):
    """What is being done about an alarm.

    Attributes:
        note: needed for a critical one.
    """

    note: Annotated[str, Field(max_length=_LONGEST_REASON, examples=["crew 2 is on the way"])] = ""


class ShelfBody(Body):
    """For how long, and why, an alarm is hidden.

    Attributes:
        minutes: until it comes back by itself; a shift at most.
    """

    minutes: Annotated[StrictInt, Field(ge=1, le=SHELF_MAX_MIN, examples=[60])]
    reason: NeededReason


class NoteBody(Body):
    """What a person writes down about an incident.

    Attributes:
        text: the note; may be left out where a task is named.
        task: word of something onekey cannot do and a person did.
        done: false takes a task back.
    """

    text: Annotated[str, Field(max_length=2_000, examples=["patrol 3 is there, two cars, nobody hurt"])] = ""
    task: Annotated[str, Field(pattern=r"^[a-z_]{0,40}$", examples=["fire_brigade"])] = ""
    done: StrictBool = True

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.text.strip() and not self.task:
            raise ValueError("it says nothing; send a text or a task")
        return self


class ReasonBody(Body):
    """Why."""

    reason: NeededReason


class ServiceBody(Body):
    """Out of service, and for how long.

    Attributes:
        expires_s: seconds until it is back in service by itself; null until a person puts it back.
    """

    reason: NeededReason
    expires_s: Annotated[StrictInt, Field(ge=1, le=_LOCK_MAX_S)] | None = None


class ScenarioRunBody(Body):
    """How a scenario is run.

    Attributes:
        seed: chooses what is left to chance; the same seed gives the same verdicts.
        fast: skip idle waits; budgets and devices keep theirs.
        given: values for the names it lets vary.
    """

    seed: Annotated[StrictInt, Field(ge=0, le=2**31, examples=[0])] = 0
    fast: StrictBool = True
    given: Annotated[dict[str, str], Field(max_length=20, examples=[{"latency": "50ms"}])] = {}
