"""Every bit of a device told to a person."""

import pytest

from devices.explain import explain
from devices.models import load_models
from devices.models.schema import ModbusModel

MODELS = {name: m for name, m in load_models().items() if isinstance(m, ModbusModel)}


def told(model: str, *points: int) -> dict[str, str]:
    return {p.name: p.means for p in explain(MODELS[model], points, 100)}


def test_a_code_with_flags() -> None:
    rows = told("plc-lane-light", 0b1100_0000_0000_0010)
    assert rows["input 100 mask 0x1fff"] == "closed"
    assert rows["input 100 bit 15"] == "local mode: somebody operates it at its panel"
    assert rows["input 100 bit 14"] == "device fault"
    assert rows["input 100 bit 13"] == "no fault 2"
    assert told("plc-lane-light", 0x1F)["input 100 mask 0x1fff"] == "a code the model does not know"


def test_lamps() -> None:
    model = MODELS["lamp-coils"]
    points = [0] * model.feedback.count
    points[0] = 1
    rows = list(told("lamp-coils", *points).values())
    assert rows[0].endswith("lit")
    assert rows[1].endswith("dark")


@pytest.mark.parametrize("name", sorted(MODELS))
@pytest.mark.parametrize("word", [0, 1, 0x8000, 0xFFFF])
def test_every_model_is_explained_whatever_it_says(name: str, word: int) -> None:
    model = MODELS[name]
    bits = model.feedback.table in ("coil", "discrete")
    points = (min(word, 1) if bits else word,) * model.feedback.count
    assert len(explain(model, points, 0)) >= model.feedback.count
