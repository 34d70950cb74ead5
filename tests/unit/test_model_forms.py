"""What a device model may say wrongly about how it codes values: each refused, with its key."""

from importlib import resources

import pytest

from devices.models import ModelError, load_model, load_models
from devices.values import DeviceType

SPEED = """
model: acme
title: Acme
types: [speed]
protocol: modbus
proof: lamp
command: {table: holding, count: 1}
feedback: {table: input, count: 2}
form: {kind: numbers, status: 1, local_bit: 15, fields: {kmh: {command: 0, feedback: 0}}}
"""
SPEAKER = """
model: acme
title: Acme
types: [speaker]
protocol: modbus
proof: state
command: {table: holding, count: 3}
feedback: {table: input, count: 4}
form:
  kind: numbers
  status: 0
  active_bit: 0
  fields:
    clip: {command: 0, feedback: 1, codes: {"": 0, drive_out: 1}}
    repeats: {command: 1, feedback: 2}
    volume: {command: 2, feedback: 3}
"""
FACES = """
model: acme
title: Acme
types: [head]
protocol: modbus
proof: lamp
command: {table: holding, count: 1}
feedback: {table: input, count: 1}
form:
  kind: faces
  codes:
    - {front: open, back: closed, code: 1}
    - {front: closed, back: closed, code: 2}
    - {front: closed, back: open, code: 3}
"""


@pytest.mark.parametrize("text", [SPEED, SPEAKER, FACES], ids=["speed", "speaker", "faces"])
def test_the_form_is_read(text: str) -> None:
    assert load_model(text, "acme.yaml").model == "acme"


@pytest.mark.parametrize(
    ("text", "old", "new", "problem"),
    [
        pytest.param(SPEED, "[speed]", "[head]", "a head shows no numbers", id="head-of-numbers"),
        pytest.param(SPEED, "[speed]", "[sign]", "a sign shows no numbers", id="sign-of-numbers"),
        pytest.param(SPEED, "kmh:", "mph:", "form.fields: a speed needs kmh", id="other-field"),
        pytest.param(SPEED, "{table: holding, count: 1}", "{table: coil}", "command in holding", id="coils"),
        pytest.param(SPEED, "feedback: 0}", "feedback: 1}", "share a feedback register", id="on-status"),
        pytest.param(SPEED, "command: 0,", "command: 1,", "command.count: does not reach", id="too-far"),
        pytest.param(SPEED, "status: 1, ", "", "form.status: needed", id="bit-without-status"),
        pytest.param(SPEED, "feedback: 0}", "feedback: 0, codes: {a: 1}}", "has no codes", id="coded-number"),
        pytest.param(SPEAKER, '"": 0, ', "", "form.fields.clip: needs codes", id="no-silence"),
        pytest.param(SPEAKER, "drive_out: 1", "drive_out: 0", "two texts share one code", id="clips-share"),
        pytest.param(SPEAKER, "[speaker]", "[speaker, speed]", "a speed needs kmh", id="two-types"),
        pytest.param(FACES, "[head]", "[beacon]", "only a head has two faces", id="beacon-of-faces"),
        pytest.param(
            FACES, "closed, back: open, code: 3", "open, back: open, code: 3",
            r"form.codes: 3 lets traffic in from both sides \(open/open\)", id="both-open",
        ),
        pytest.param(
            FACES, "closed, back: open, code: 3", "caution, back: open, code: 3",
            "3 lets traffic in from both sides", id="caution-and-open",
        ),
        pytest.param(FACES, "code: 3", "code: 2", "two codes are the same", id="one-code-twice"),
        pytest.param(
            FACES, "closed, back: open", "closed, back: closed", "two pairs of faces are the same", id="twice"
        ),
        pytest.param(FACES, "code: 3", "code: 70000", "less than or equal to 65535", id="no-word"),
    ],
)  # fmt: skip
def test_a_wrong_form_is_refused_with_its_key(text: str, old: str, new: str, problem: str) -> None:
    assert old in text
    with pytest.raises(ModelError, match=problem):
        load_model(text.replace(old, new), "acme.yaml")


def test_a_head_with_two_faces_that_could_never_close_its_back_is_refused() -> None:
    with pytest.raises(ModelError, match="none holds the back closed"):
        load_model(
            FACES.replace("back: closed", "back: dark").replace("front: open", "front: dark"), "a.yaml"
        )


def test_only_codes_with_a_closed_back_are_what_a_head_can_show() -> None:
    model = load_models()["two-faced-light"]
    assert sorted(model.value_keys() or ()) == ["caution", "closed", "dark", "open"]
    assert model.types == (DeviceType.HEAD,)


def test_a_speaker_plays_the_clips_its_model_has_codes_for() -> None:
    assert load_model(SPEAKER, "acme.yaml").clips() == frozenset({"drive_out"})
    assert load_models()["native-mqtt"].clips() is None
    assert load_models()["plc-lane-light"].clips() == frozenset()


def test_only_a_sign_is_told_pictures() -> None:
    native = (resources.files("devices.models") / "native-mqtt.yaml").read_text("utf-8")
    with pytest.raises(ModelError, match="sign_form: only a model that is a sign"):
        load_model(f"{native}\nsign_form: pixels\n", "acme.yaml")
    assert getattr(load_models()["pixel-mqtt"], "sign_form", None) == "pixels"
