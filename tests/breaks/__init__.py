"""What must not be got wrong: at least three breaks of each rule, each with the test that turns red."""

from tests.breaking import Break
from tests.breaks.devices import OF_DEVICES
from tests.breaks.holding import OF_HOLDING
from tests.breaks.interlocks import OF_INTERLOCKS
from tests.breaks.joining import OF_JOINING
from tests.breaks.lanes import OF_LANES
from tests.breaks.types_of_devices import OF_TYPES_OF_DEVICES

BREAKS: tuple[Break, ...] = (
    *OF_LANES,
    *OF_JOINING,
    *OF_DEVICES,
    *OF_HOLDING,
    *OF_INTERLOCKS,
    *OF_TYPES_OF_DEVICES,
)
