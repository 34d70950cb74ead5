"""The Modbus face of simulated devices: a real TCP server per link, with the faults of a gateway.

pymodbus frames and decodes. Queueing is ours, because its server answers late requests with the
transaction id of a later one, and its identity object is one per process.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import cast

from pymodbus.constants import ExcCodes
from pymodbus.exceptions import ModbusIOException
from pymodbus.pdu import ExceptionResponse, ModbusPDU
from pymodbus.pdu.mei_message import ReadDeviceInformationRequest, ReadDeviceInformationResponse
from pymodbus.server import ModbusTcpServer
from pymodbus.server.requesthandler import ServerRequestHandler
from pymodbus.simulator import DataType, SimData, SimDevice

from config.site import Link
from devices.models.schema import Identity
from simulators.behaviour import SimulatedDevice
from simulators.endpoints import Endpoint
from simulators.faults import LinkFaults
from simulators.loss import Loss
from simulators.modbus_units import Units

_LOG = logging.getLogger("onekey.simulators")
logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)  # it prints every frame it cannot read

_MAX_WAITING = 256
"""Requests one connection may have waiting; a client that sends more is cut off."""
_MAX_BYTES = 65_536
_READ_ONE_OBJECT = 4
_WRITES = frozenset({5, 6, 15, 16, 22, 23})
_OWN_UNITS = frozenset({0, 255})
"""Unit ids by which a client means the TCP endpoint itself."""
_NOT_A_STORE = SimDevice(id=0, simdata=[SimData(0, values=[0], datatype=DataType.UINT16)])
"""pymodbus wants one; `Units` takes its place before the first request."""


class ModbusOutstation:
    """One Modbus TCP endpoint and every device behind it."""

    def __init__(
        self,
        link: Link,
        devices: Iterable[SimulatedDevice],
        *,
        host: str | None = None,
        port: int | None = None,
    ) -> None:
        self.link = link
        self.faults = LinkFaults(serial=link.serial)
        self.connections: set[_Connection] = set()
        self._host = link.host if host is None else host
        self._port = link.port if port is None else port
        self._units = Units(devices)
        self._line = asyncio.Lock()
        self._loss = Loss()
        self._server: _Server | None = None

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens; the port stays the same while the link is down."""
        return Endpoint(self._host, self._port)

    @property
    def up(self) -> bool:
        """Whether it accepts connections."""
        return self._server is not None

    async def start(self) -> None:
        """Listen; port 0 takes a free one, kept from then on.

        Raises:
            OSError: the port is taken.
        """
        if self._server is not None:
            return
        server = _Server(self, self._units, self._host, self._port)
        try:
            await server.serve_forever(background=True)
        except RuntimeError as err:
            raise OSError(
                f"link {self.link.id}: cannot listen on {self._host}:{self._port}; "
                "free the port, or let the simulated devices take free ones"
            ) from err
        self._port = server.port
        self._server = server

    async def stop(self) -> None:
        """Close the socket and cut all connections; `start` opens the same port again."""
        server, self._server = self._server, None
        if server is None:
            return
        cut = list(self.connections)
        for connection in cut:
            connection.cut()
        await server.shutdown()  # type: ignore[no-untyped-call]
        await asyncio.gather(*(connection.worker for connection in cut), return_exceptions=True)
        self.connections.clear()

    async def set_faults(self, faults: LinkFaults) -> None:
        """Replace the faults of this link; returns once the socket is closed or open as they say."""
        self.faults = faults
        await (self.stop() if faults.down else self.start())

    async def answer(self, request: ModbusPDU, arrived_s: float) -> ModbusPDU | None:
        """Return the answer to one request after all delays; None where nobody answers."""
        if self.faults.serial:
            async with self._line:
                return await self._answer(request, asyncio.get_running_loop().time())
        return await self._answer(request, arrived_s)

    async def _answer(self, request: ModbusPDU, from_s: float) -> ModbusPDU | None:
        unit, faults = request.dev_id, self.faults
        if unit in _OWN_UNITS and unit not in self._units.behaviours:
            await _until(from_s, faults.latency_ms)
            if isinstance(request, ReadDeviceInformationRequest):
                return _identity(request, {0: Identity().simulator})
            return _refuse(request, ExcCodes.GATEWAY_PATH_UNAVIABLE)
        touched = self._units.touched(unit, request)
        if (
            not touched
            or unit in faults.dead_units
            or (faults.serial and any(d.faults.offline for d in touched))
        ):
            await _until(from_s, faults.dead_unit_ms)
            return _refuse(request, ExcCodes.GATEWAY_NO_RESPONSE)
        if any(device.faults.silent or device.faults.offline for device in touched):
            return None
        if request.function_code in _WRITES and self._loss.takes(
            f"{self.link.id}/{unit}", faults.loss_percent, faults.loss_seed
        ):
            return None
        for device in self._units.behaviours[unit]:
            device.heard()
        await _until(from_s, faults.latency_ms + max(device.faults.latency_ms for device in touched))
        for device in touched:
            if device.faults.exception is not None:
                return _refuse(request, device.faults.exception)
        if isinstance(request, ReadDeviceInformationRequest):
            return _identity(request, self._units.identities[unit])
        # pymodbus annotates its old context class here, and calls only the two methods `Units` has
        return await request.datastore_update(self._units, unit)  # type: ignore[arg-type]


class _Server(ModbusTcpServer):
    """The listening socket of one outstation."""

    def __init__(self, outstation: ModbusOutstation, units: Units, host: str, port: int) -> None:
        super().__init__(_NOT_A_STORE, address=(host, port))
        self.context = units
        self._outstation = outstation

    @property
    def port(self) -> int:
        """The port it is bound to."""
        listening = cast(asyncio.Server, self.transport)  # so asyncio calls it; uvloop has its own class
        return int(listening.sockets[0].getsockname()[1])

    def callback_new_connection(self) -> ServerRequestHandler:
        """Serve one more client."""
        return _Connection(self, self._outstation)


class _Connection(ServerRequestHandler):
    """One client: takes every whole frame as it comes, answers them in order, each with its own id."""

    def __init__(self, server: _Server, outstation: ModbusOutstation) -> None:
        super().__init__(server, None, None, None)  # type: ignore[no-untyped-call]
        self.max_buffer_size = _MAX_BYTES
        self._outstation = outstation
        self._waiting: asyncio.Queue[tuple[ModbusPDU, float] | None] = asyncio.Queue()
        self.worker = asyncio.get_running_loop().create_task(
            self._serve(), name=f"modbus connection {outstation.link.id}"
        )
        outstation.connections.add(self)

    def callback_data(self, data: bytes, addr: tuple[str, int] | None = None) -> int:
        """Queue every whole frame in `data`; return how many bytes they took."""
        used = 0
        while used < len(data):
            if any(data[used + 2 : used + 4]):  # not Modbus at all
                self.cut()
                return len(data)
            try:
                taken, request = self.framer.handleFrame(data[used:], 0, 0)
            except ModbusIOException as err:  # a whole frame, but of no function pymodbus knows
                function, unit = data[used + 7] & 0x7F, data[used + 6]
                self._send(ExceptionResponse(function, ExcCodes.ILLEGAL_FUNCTION, unit, err.transaction_id))
                used += 6 + int.from_bytes(data[used + 4 : used + 6], "big")
                continue
            used += taken
            if request is None:
                break
            if self._waiting.qsize() >= _MAX_WAITING:
                self.cut()
                return len(data)
            self._waiting.put_nowait((request, self.loop.time()))
        return used

    def callback_disconnected(self, exc: Exception | None) -> None:
        """Let the worker finish what the device has already received, then end."""
        super().callback_disconnected(exc)
        self._waiting.put_nowait(None)

    def cut(self) -> None:
        """Drop the connection and everything it still wanted."""
        if self.transport is not None:
            cast(asyncio.Transport, self.transport).abort()
        self.worker.cancel()

    async def _serve(self) -> None:
        try:
            while (item := await self._waiting.get()) is not None:
                request, arrived_s = item
                try:
                    response = await self._outstation.answer(request, arrived_s)
                except Exception:
                    _LOG.exception("link %s: a request broke the simulated device", self._outstation.link.id)
                    response = _refuse(request, ExcCodes.DEVICE_FAILURE)
                if response is not None:
                    response.transaction_id, response.dev_id = request.transaction_id, request.dev_id
                    self._send(response)
        finally:
            self._outstation.connections.discard(self)

    def _send(self, response: ModbusPDU) -> None:
        """Write past pymodbus's own `send`, which forgets the bytes of a request still coming in."""
        transport = cast(asyncio.Transport | None, self.transport)  # pymodbus sets it to None at the end
        if transport is not None and not transport.is_closing():
            transport.write(self.framer.buildFrame(response))


async def _until(from_s: float, delay_ms: int) -> None:
    if delay_ms > 0:
        left_s = from_s + delay_ms / 1000 - asyncio.get_running_loop().time()
        if left_s > 0:
            await asyncio.sleep(left_s)


def _refuse(request: ModbusPDU, code: int) -> ModbusPDU:
    return ExceptionResponse(request.function_code, code)


def _identity(request: ReadDeviceInformationRequest, objects: dict[int, str]) -> ModbusPDU:
    if request.read_code == _READ_ONE_OBJECT:
        found = {k: text for k, text in objects.items() if k == request.object_id}
        if not found:
            return _refuse(request, ExcCodes.ILLEGAL_ADDRESS)
    else:
        found = {k: text for k, text in sorted(objects.items()) if k >= request.object_id} or objects
    return ReadDeviceInformationResponse(read_code=request.read_code, information=found)
