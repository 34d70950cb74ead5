"""Making a connection, and whether its endpoint is of the same kind as the site (S10)."""

from collections.abc import Callable, Sequence

from devices.errors import DeviceUnreachable, NotASimulator
from devices.links.modbus_wire import GATEWAY_CODES, LineLostError, ModbusWire, RefusedError
from devices.models.schema import Identity

CONNECT_TIMEOUT_S = 1.0
_SILENT_UNITS_ASKED = 2
"""After this many silent units the line is taken for dead; the next attempt asks others first."""


async def connect(
    wire: ModbusWire,
    where: str,
    units: Sequence[int],
    *,
    simulated: bool,
    identity: Identity,
    timeout_s: float,
    on_silent: Callable[[int, RefusedError | None], None],
) -> None:
    """Open `wire` and prove its endpoint, see `prove`.

    Raises:
        DeviceUnreachable: not connected or not proved; the wire is closed again.
    """
    try:
        await wire.open(CONNECT_TIMEOUT_S)
        await prove(
            wire,
            where,
            units,
            simulated=simulated,
            identity=identity,
            timeout_s=timeout_s,
            on_silent=on_silent,
        )
    except LineLostError as err:
        wire.close(abandon=True)
        raise DeviceUnreachable(f"{where}: {err.reason}") from err
    except BaseException:
        wire.close(abandon=True)
        raise


async def prove(
    wire: ModbusWire,
    where: str,
    units: Sequence[int],
    *,
    simulated: bool,
    identity: Identity,
    timeout_s: float,
    on_silent: Callable[[int, RefusedError | None], None],
) -> None:
    """Let the first unit that answers speak for the endpoint.

    A live site goes on where no unit answers: a real device need not know the function.

    Args:
        units: in the order to ask them.
        on_silent: told of each unit without an answer of its own, with the gateway's refusal if any.

    Raises:
        NotASimulator: the endpoint is of the other kind than the site.
        DeviceUnreachable: simulated site, and no unit answered.
        LineLostError: the connection ended.
    """
    silent = 0
    for unit in units:
        try:
            said = await wire.identify(unit, identity.mei_object, timeout_s)
        except TimeoutError:
            on_silent(unit, None)
            silent += 1
            if silent == _SILENT_UNITS_ASKED:
                break
            continue
        except RefusedError as err:
            if err.code in GATEWAY_CODES:
                on_silent(unit, err)
                continue
            said = ""
        if simulated and said != identity.simulator:
            what = f"says {said!r}" if said else "gives no identity"
            raise NotASimulator(f"{where} is no simulator ({what}), but the site is simulated")
        if not simulated and said == identity.simulator:
            raise NotASimulator(f"{where} is a simulator, but the site is live")
        return
    if simulated:
        raise DeviceUnreachable(f"{where}: no unit answered the identity read")
