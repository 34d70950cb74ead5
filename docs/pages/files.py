"""`reference/site-file.md` and `reference/device-models.md`: every key of the two YAML forms."""

from pydantic import BaseModel, TypeAdapter

from config.schema import SiteFile
from devices.models import forms, load_models, schema
from docs.pages.docstrings import attribute_texts, member_texts
from docs.pages.forms import sections
from docs.pages.markdown import code, table

_SITE = """# Site file

One YAML file describes one site: the road, the devices on it, where they answer, and the numbers of its
policy. `onekey config check FILE` names every mistake at once, each with line, key, value and remedy. An
unknown key is a mistake. Chainages are written as on the posts (`K1889+300`, `YK1890+025`); every length and
time has its unit in the key. A *name* is at most 63 letters, digits, `-` and `_`. The sample is
[config/sites/sanduling.yaml](../../config/sites/sanduling.yaml).
How to write one: [Integrate a site](../how-to/integrate-a-site.md).
"""
_SITE_TITLES = {
    "SiteFile": "The file",
    "NameFile": "A name",
    "CarriagewayFile": "A carriageway",
    "PieceFile": "A stretch",
    "LaneFile": "A lane",
    "TunnelFile": "A tunnel",
    "JunctionFile": "A junction",
    "JunctionSideFile": "A side of a junction",
    "RampFile": "A ramp",
    "LinkFile": "A link",
    "GantryFile": "A gantry",
    "DefaultsFile": "Defaults",
    "HeadDefaults": "Defaults of heads",
    "SignDefaults": "Defaults of signs",
    "BeaconDefaults": "Defaults of beacons",
    "PortalDefaults": "Defaults of portal signals",
    "SpeakerDefaults": "Defaults of speakers",
    "SpeedDefaults": "Defaults of speed signs",
    "DeviceFile": "A device",
    "AddressFile": "An address",
    "MultiFile": "A sign text",
    "MatrixFile": "A pixel matrix",
    "ClipFile": "A clip",
    "CameraFile": "A camera",
    "InterlockFile": "An interlock",
    "PolicyFile": "Policy",
    "QuietHoursFile": "Quiet hours",
    "ResponseFile": "A response",
    "MessagesFile": "Sign texts",
    "SignTextFile": "A text of the site",
}

_MODELS = """# Device models

A device model is one YAML file in [devices/models/](../../devices/models/): which register, coil or topic
commands the device, which proves it, and the code of each value. How to write one:
[Write a device model](../how-to/write-a-device-model.md).

## Shipped models
"""
_COMM_LOSS = """A dead controller cannot bring a device to its fallback: the device does it alone, after its
own time. The simulated devices do; a real one has to be set up so, and `comm_loss` of its model says how.
Try it when you [commission](../how-to/commission-a-device.md) it: pull its network cable and wait.
"""
_MODEL_TITLES = {
    "ModbusModel": "A Modbus model",
    "MqttModel": "An MQTT model",
    "Points": "Points",
    "CodeForm": "Form code",
    "LampForm": "Form lamps",
    "NumberForm": "Form numbers",
    "NumberField": "A field of form numbers",
    "FaceForm": "Form faces",
    "FaceCode": "A code of form faces",
    "Identity": "Identity",
    "MqttTopics": "Topics",
    "AckPaths": "Ack paths",
    "StatePaths": "State paths",
}
_PROOF = "What a read-back proves."
_MORE = {
    "ModbusModel": {
        "proof": _PROOF,
        "title": "What people call the model.",
        "protocol": "Says that it is a Modbus model.",
        "command": "Where a value is written.",
        "feedback": "Where it is read back.",
        "form": "How a value is coded: a code, a point a lamp, a number a field, or a code for two faces.",
        "identity": "How an endpoint says whether it is a simulator.",
    },
    "MqttModel": {
        "proof": _PROOF,
        "title": "What people call the model.",
        "protocol": "Says that it is an MQTT model.",
        "topics": "Topics of the device.",
        "ack": "Where an acknowledgement says what.",
        "state": "Where a report says what.",
        "sign_form": "How a sign is told its message: `multi`, the text with its tags, or `pixels`, the "
        "[picture](../how-to/write-a-device-model.md#mqtt-a-sign-told-pictures). Only for a model of signs.",
    },
    "CodeForm": {
        "kind": "Says that one number holds the value.",
        "codes": "Value → code, the same for command and feedback. Values: the aspects of a head or a portal "
        "signal; `dark`, `flash`, `siren`, `flash_siren` of a beacon. What is left out cannot be shown.",
        "local_bit": "Bit that says somebody operates it at its own panel; 15 is the highest.",
        "fault_bits": "Bits that say the device is faulty.",
    },
    "LampForm": {
        "kind": "Says that each lamp has a point of its own.",
        "patterns": "Value → lit lamps. Lamps in no pattern contradict each other: the value is unknown.",
        "local_point": "Offset in the feedback run of the input that says it is operated at its own panel.",
        "fault_point": "Offset in the feedback run of the input that says the device is faulty.",
    },
    "NumberForm": {
        "kind": "Says that each field of the value has a register of its own: `kmh` of a speed sign; `clip`, "
        "`repeats`, `volume` of a speaker.",
        "local_bit": "Bit of the status register that says somebody operates it at its own panel.",
        "fault_bits": "Bits of the status register that say the device is faulty.",
    },
    "FaceForm": {
        "kind": "Says that one code sets two faces of one head.",
        "local_bit": "Bit that says somebody operates it at its own panel; 15 is the highest.",
        "fault_bits": "Bits that say the device is faulty.",
    },
    "MqttTopics": {
        "command": "Where commands are published, QoS 1, never retained.",
        "ack": "Where the device acknowledges a command or refuses it.",
        "state": "Where it reports what its lamps show; retained.",
        "availability": "`online` or `offline`, retained; `offline` is its last will.",
    },
    "AckPaths": {
        "device": "Which device speaks; an ack that names another one is dropped.",
        "cmd_id": "Which command it answers.",
        "ok": "`true`, or `false` for a refusal.",
        "reason": "Why it refuses.",
        "applied_epoch": "Epoch of the newest command it applied.",
        "applied_seq": "Sequence number of that command.",
        "at_ms": "The device's clock, UTC milliseconds.",
    },
    "StatePaths": {
        "device": "Which device speaks; a report that names another one is dropped.",
        "shown": "What the lamps show.",
        "cmd_id": "The command that brought it about; without this key proof waits `settle_ms`.",
        "mode": "`remote`, `local` or `fallback`; `remote` where left out.",
        "fault": "`true` while the device reports a fault.",
        "at_ms": "The device's clock, UTC milliseconds.",
    },
}


def site_page() -> str:
    """Return the page of the site file."""
    return f"{_SITE}\n" + sections(SiteFile.model_json_schema(by_alias=True), _SITE_TITLES, {})


def models_page() -> str:
    """Return the page of device models."""
    models = load_models().values()
    shipped = [
        [
            f"[{m.model}](../../devices/models/{m.model}.yaml)",
            m.title,
            ", ".join(m.types),
            m.protocol,
            code(m.proof),
        ]
        for m in models
    ]
    parts = {**vars(schema), **vars(forms)}
    texts = {name: {**_said(parts[name]), **_MORE.get(name, {})} for name in _MODEL_TITLES}
    proofs = [[code(value), text] for value, text in member_texts(schema.Proof).items()]
    titles = {**_MODEL_TITLES, "Proof": "Proof"}
    form = TypeAdapter[object](schema.Model).json_schema()
    return "\n".join(
        [
            _MODELS,
            table(("model", "what it is", "types", "protocol", "proof"), shipped),
            "## When nobody speaks to it\n",
            _COMM_LOSS,
            table(("model", "what the device is set to do"), [[code(m.model), m.comm_loss] for m in models]),
            "## Proof\n",
            "What a read-back proves. More in [What verified means](../explanation/verified.md).\n",
            table(("proof", "means"), proofs),
            sections(form, titles, texts),
        ]
    )


def _said(form: type[BaseModel]) -> dict[str, str]:
    return {name: text[0].upper() + text[1:] for name, text in attribute_texts(form).items()}
