"""Whatever bytes come in, they are a fact or a BadPayloadError; whatever goes out can be read back."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.driver import Order
from devices.drivers import driver_modules
from devices.json_paths import MISSING, BadPayloadError, at_path, encode, fill, names_in, parse_object
from devices.models import MqttModel, load_models
from devices.mqtt_payloads import check_template, command_payload, read_ack, read_state, topics_of
from devices.value_forms import OwnForm
from devices.values import Aspect, DeviceType, Message, value_to_json

_found = load_models()["native-mqtt"]
assert isinstance(_found, MqttModel)
MODEL: MqttModel = _found

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = ["device", "shown", "cmd_id", "mode", "fault", "at", "ok", "reason", "applied", "v"]
PLAUSIBLE = st.dictionaries(
    st.sampled_from(KEYS),
    JSON
    | st.sampled_from(["closed", "remote", "local", "LCS-1", "7.1", True, {"epoch": 1, "seq": 2}])
    | st.just({"multi": "x"}),
    max_size=len(KEYS),
)


@given(st.binary(max_size=300) | JSON.map(lambda v: json.dumps(v).encode()))
def test_any_bytes_are_an_object_or_refused(payload: bytes) -> None:
    try:
        parsed = parse_object(payload, 10_000)
    except BadPayloadError:
        return
    assert json.loads(encode(parsed)) == parsed  # nothing passes that could not be stored or sent on


@given(PLAUSIBLE.map(lambda v: json.dumps(v).encode()), st.sampled_from(list(DeviceType)))
def test_any_object_is_a_report_or_refused(payload: bytes, device_type: DeviceType) -> None:
    said = json.loads(payload)
    try:
        state = read_state(MODEL, OwnForm(device_type), "LCS-1", payload)
    except BadPayloadError:
        pass
    else:
        assert state.mode == (said.get("mode") or "remote")
        assert said.get("device") in (None, "LCS-1")
        if state.value is not None:
            assert value_to_json(state.value) == said["shown"]
        assert state.at_ms is None or 0 <= state.at_ms < 2**63
    try:
        ack = read_ack(MODEL, "LCS-1", payload)
    except BadPayloadError:
        return
    assert (ack.cmd_id, ack.ok) == (said["cmd_id"], said["ok"])
    assert ack.applied is None or min(ack.applied) >= 0


@given(st.text(max_size=60).filter(lambda t: not any(0xD800 <= ord(c) < 0xE000 for c in t)))
def test_command_carries_any_text_byte_for_byte(text: str) -> None:
    order = Order(Message(text), 1_700_000_000, 12, "I-1", 5, 9, 1.0)
    payload = command_payload(MODEL, OwnForm(DeviceType.SIGN), "VMS-1", order)
    assert json.loads(payload)["desired"] == {"multi": text}
    assert list(json.loads(payload)) == list(MODEL.command_template)
    assert b"\\u4e8b" not in command_payload(
        MODEL, OwnForm(DeviceType.SIGN), "VMS-1", Order(Message("事"), 1, 1, "", 0, 0, 0.0)
    )


@pytest.mark.parametrize(
    "payload",
    [
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        b'{"a":"\xff"}',
    ],
)
def test_what_json_loads_would_let_pass_is_refused(payload: bytes) -> None:
    with pytest.raises(BadPayloadError):
        parse_object(payload, 100)


def test_deep_and_large_payloads_are_refused_with_the_size() -> None:
    with pytest.raises(BadPayloadError, match="101 bytes, more than 100"):
        parse_object(b" " * 101, 100)
    for deep in (b'{"a":' * 50_000, b"[" * 50_000):
        with pytest.raises(BadPayloadError):
            parse_object(deep, 1_000_000)


@pytest.mark.parametrize(
    ("path", "found"),
    [("a", {"b": None}), ("a.b", None), ("a.c", MISSING), ("a.b.c", MISSING), ("x", MISSING)],
)
def test_paths(path: str, found: Any) -> None:
    assert at_path({"a": {"b": None}}, path) is found or at_path({"a": {"b": None}}, path) == found


def test_templates_keep_types_order_and_all_that_is_no_exact_name() -> None:
    template = {"z": "${n}", "a": ["${v}", "x ${n}", 1], "m": {"k": "${v}"}}
    assert names_in(template) == {"n", "v"}
    filled = fill(template, {"n": 5, "v": {"multi": ""}})
    assert list(filled.items()) == [
        ("z", 5),
        ("a", [{"multi": ""}, "x ${n}", 1]),
        ("m", {"k": {"multi": ""}}),
    ]
    with pytest.raises(ValueError, match="Out of range"):
        encode({"a": math.nan})


def test_a_template_that_names_what_no_order_has_is_refused() -> None:
    check_template(MODEL)
    with pytest.raises(ValueError, match=r"no priority; there is cmd_id, desired"):
        check_template(MODEL.model_copy(update={"command_template": {"p": ["${priority}"]}}))


def test_topics_are_exact_and_their_filters_shared_by_all_devices() -> None:
    at = topics_of(MODEL, "s", "LCS-1")
    assert (at.command, at.ack) == ("onekey/s/LCS-1/cmd", "onekey/s/LCS-1/ack")
    assert (at.state, at.availability) == ("onekey/s/LCS-1/state", "onekey/s/LCS-1/availability")
    assert (at.ack_filter, at.state_filter) == ("onekey/s/+/ack", "onekey/s/+/state")
    assert at.availability_filter == "onekey/s/+/availability"
    odd = MODEL.topics.model_copy(update={"state": "{site}/dev-{device}/st"})
    assert topics_of(MODEL.model_copy(update={"topics": odd}), "s", "x").state_filter == "s/+/st"


@pytest.mark.parametrize("name", ["", "a/b", "+", "#", "a\x00", "a\n"])
def test_a_name_that_would_change_the_topic_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a level"):
        topics_of(MODEL, "s", name)
    with pytest.raises(ValueError, match="cannot be a level"):
        topics_of(MODEL, name, "d")


def test_another_dialect_is_read_by_its_paths_alone() -> None:
    dialect = MODEL.model_copy(
        update={
            "state": MODEL.state.model_copy(
                update={"device": None, "shown": "data.face", "cmd_id": None, "mode": None, "at_ms": "t.ms"}
            )
        }
    )
    state = read_state(
        dialect, OwnForm(DeviceType.HEAD), "x", b'{"data":{"face":"closed"},"t":{"ms":1700000000000.5}}'
    )
    assert (state.value, state.cmd_id, state.mode) == (Aspect.CLOSED, None, "remote")
    assert state.at_ms == 1_700_000_000_000


@pytest.mark.parametrize("at", [-1, 0, 10**30, 4_102_444_800_000])
def test_a_clock_nobody_can_mean_is_no_clock(at: int) -> None:
    payload = encode({"cmd_id": "1.1", "ok": True, "at": at})
    assert read_ack(MODEL, "x", payload).at_ms is None


def test_drivers_are_found_by_the_protocol_they_speak() -> None:
    modules = driver_modules()
    assert modules["mqtt"].__name__ == "devices.drivers.mqtt"
    assert all(protocol == module.PROTOCOL for protocol, module in modules.items())
    assert all(callable(module.make) for module in modules.values()), "the field makes each alike"
