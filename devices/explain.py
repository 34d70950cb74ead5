"""What every bit of a device means, for a person with a meter in hand; no I/O."""

from dataclasses import dataclass

from devices.models.forms import CodeForm, FaceForm, LampForm, NumberForm, low_bit
from devices.models.schema import ModbusModel


@dataclass(frozen=True, slots=True)
class Point:
    """One point as it was read: where, what, and what it means."""

    name: str
    raw: str
    means: str


def explain(model: ModbusModel, points: tuple[int, ...], first: int) -> list[Point]:
    """Return the feedback points of a device, bit by bit.

    Args:
        points: as read, `model.feedback.count` of them.
        first: address of the first.
    """
    table = model.feedback.table
    match model.form:
        case CodeForm() as form:
            flags = _flags(form.local_bit, form.fault_bits)
            codes = {code: key for key, code in form.codes.items()}
            return _register(table, first, points[0], form.code_mask, codes, flags, form.byte_order)
        case FaceForm() as form:
            flags = _flags(form.local_bit, form.fault_bits)
            faces = {c.code: f"front {c.front.value}, back {c.back.value}" for c in form.codes}
            return _register(table, first, points[0], form.code_mask, faces, flags, form.byte_order)
        case LampForm() as form:
            return [_lamp(form, table, first, offset, bit) for offset, bit in enumerate(points)]
        case NumberForm() as form:
            names = {field.feedback: name for name, field in form.fields.items()}
            if form.status is not None:
                names[form.status] = "status bits"
            return [
                Point(f"{table} {first + n}", f"0x{word:04x}", f"{names.get(n, 'not used')} = {word}")
                for n, word in enumerate(points)
            ]


def _flags(local: int | None, faults: tuple[int, ...]) -> dict[int, str]:
    named = {bit: "device fault" if n == 0 else f"fault {n + 1}" for n, bit in enumerate(faults)}
    return named | ({local: "local mode: somebody operates it at its panel"} if local is not None else {})


def _register(
    table: str,
    address: int,
    raw: int,
    mask: int,
    codes: dict[int, str],
    flags: dict[int, str],
    byte_order: str,
) -> list[Point]:
    word = raw if byte_order == "big" else (raw >> 8 | (raw & 0xFF) << 8)
    code = (word & mask) >> low_bit(mask)
    where = f"{table} {address}"
    rows = [Point(where, f"0x{raw:04x}", f"binary {word:016b}" + (", bytes swapped" if word != raw else ""))]
    rows.append(
        Point(f"{where} mask 0x{mask:04x}", str(code), codes.get(code, "a code the model does not know"))
    )
    for bit in range(15, -1, -1):
        is_set = word >> bit & 1
        if bit in flags:
            rows.append(
                Point(f"{where} bit {bit}", str(is_set), flags[bit] if is_set else f"no {flags[bit]}")
            )
        elif is_set and not mask >> bit & 1:
            rows.append(Point(f"{where} bit {bit}", "1", "not in the model: should be 0"))
    return rows


def _lamp(form: LampForm, table: str, first: int, offset: int, bit: int) -> Point:
    if offset == form.local_point:
        means = "local mode" if bit else "no local mode"
    elif offset == form.fault_point:
        means = "device fault" if bit else "no device fault"
    elif offset < len(form.lamps):
        means = f"lamp {form.lamps[offset]} {'lit' if bit else 'dark'}"
    else:
        means = "not in the model"
    return Point(f"{table} {first + offset}", str(bit), means)
