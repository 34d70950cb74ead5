"""Everything that can be made to go wrong with a simulated device or a simulated connection."""

from dataclasses import dataclass

from simulators.shown import Shown


@dataclass(frozen=True, slots=True)
class DeviceFaults:
    """One device's faults; the defaults are a healthy device.

    Attributes:
        latency_ms: the device takes this long before it looks at a request or command.
        lamp_delay_ms: from the command register to the lamps.
        feedback_delay_ms: from the lamps to what a read-back or state reports.
        silent: hears nothing and says nothing, though its connection stands.
        offline: without power on its communication side: MQTT gone with last will, a Modbus unit dead.
        stuck: the lamps stay as they are, whatever is commanded.
        wrong: the lamps show this, whatever is commanded.
        local: its cabinet is switched to manual: commands do not reach the lamps.
        fault: it reports itself faulty.
        exception: Modbus exception code it answers; an MQTT device answers `invalid`.
        drop_state: an MQTT device acknowledges but reports no state.
        clock_offset_ms: how far the clock of an MQTT device is ahead of the true time.
    """

    latency_ms: int = 0
    lamp_delay_ms: int = 0
    feedback_delay_ms: int = 0
    silent: bool = False
    offline: bool = False
    stuck: bool = False
    wrong: Shown | None = None
    local: bool = False
    fault: bool = False
    exception: int | None = None
    drop_state: bool = False
    clock_offset_ms: int = 0


@dataclass(frozen=True, slots=True)
class LinkFaults:
    """One connection's faults.

    Attributes:
        latency_ms: added to every request or command on it.
        down: an outstation's socket is closed and its connections are cut; MQTT devices lose their broker.
        dead_units: unit ids that nobody answers for.
        dead_unit_ms: a gateway waits this long for a dead unit before it answers exception 0x0B.
        serial: one request at a time over all connections, as behind an RS-485 line.
        loss_percent: so many of a hundred commands never reach the device; reads are not lost.
        loss_seed: the same seed loses the same commands.
    """

    latency_ms: int = 0
    down: bool = False
    dead_units: frozenset[int] = frozenset()
    dead_unit_ms: int = 1_000
    serial: bool = False
    loss_percent: int = 0
    loss_seed: int = 0
