"""Which received bytes are an answer, not yet one, or garbage."""

import pytest

from devices.links.modbus_wire import reply_fault

READ = "00 05 00 00 00 06 01 04 00 0a 00 02"
READ_BITS = "00 05 00 00 00 06 01 02 00 0a 00 09"
WRITE = "00 05 00 00 00 0b 01 10 00 0a 00 02 04 00 01 00 02"
IDENTITY = "00 05 00 00 00 05 01 2b 0e 04 00"

GOOD = [
    pytest.param(READ, "00 05 00 00 00 07 01 04 04 00 01 00 02", id="registers"),
    pytest.param(READ_BITS, "00 05 00 00 00 05 01 02 02 ff 01", id="bits"),
    pytest.param(WRITE, "00 05 00 00 00 06 01 10 00 0a 00 02", id="write"),
    pytest.param(READ, "00 05 00 00 00 03 01 84 02", id="exception"),
    pytest.param(IDENTITY, "00 05 00 00 00 0d 01 2b 0e 04 81 00 00 01 00 03 41 42 43", id="identity"),
    pytest.param(READ, "00 04 00 00 00 03 01 90 02 00 05 00 00 00 03 01 84 02", id="late-one-first"),
]


@pytest.mark.parametrize(("sent", "reply"), GOOD)
def test_an_answer_is_taken_however_it_is_cut(sent: str, reply: str) -> None:
    data = bytes.fromhex(reply)
    for length in range(len(data) + 1):
        assert reply_fault(data[:length], bytes.fromhex(sent)) is None


@pytest.mark.parametrize(
    ("sent", "reply"),
    [
        pytest.param(READ, "00 05 00 01", id="protocol-id"),
        pytest.param(READ, "00 05 00 00 00 02", id="short"),
        pytest.param(READ, "00 05 00 00 00 ff", id="long"),
        pytest.param(READ, "00 05 00 00 00 07 02 04 04 00 01 00 02", id="unit"),
        pytest.param(READ, "00 05 00 00 00 07 01 03 04 00 01 00 02", id="function"),
        pytest.param(READ, "00 05 00 00 00 05 01 04 02 00 01", id="fewer-registers"),
        pytest.param(READ_BITS, "00 05 00 00 00 04 01 02 01 ff", id="fewer-bits"),
        pytest.param(WRITE, "00 05 00 00 00 06 01 10 00 0b 00 02", id="write-elsewhere"),
        pytest.param(WRITE, "00 05 00 00 00 06 01 10 00 0a 00 01", id="write-less"),
        pytest.param(READ, "00 05 00 00 00 04 01 84 02 00", id="exception-size"),
        pytest.param(IDENTITY, "00 05 00 00 00 0d 01 2b 0e 04 81 00 00 02 00 03 41 42 43", id="identity-cut"),
        pytest.param(IDENTITY, "00 05 00 00 00 0d 01 2b 0d 04 81 00 00 01 00 03 41 42 43", id="other-mei"),
    ],
)
def test_garbage_is_named(sent: str, reply: str) -> None:
    assert reply_fault(bytes.fromhex(reply), bytes.fromhex(sent))
