"""All simulated devices of one site on their wires, and the knobs a test turns."""

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from typing import Any

from config.site import Link, LinkKind, ModbusAddress, Site, SiteKind
from devices.clock import Clock
from simulators.behaviour import COMM_LOSS_S, SimulatedDevice
from simulators.endpoints import Endpoint
from simulators.faults import DeviceFaults, LinkFaults
from simulators.lamp_history import LampHistory
from simulators.modbus_face import ModbusOutstation
from simulators.mqtt_face import MqttFleet
from simulators.shown import Shown, shown_to_json

_LOOPBACK = "127.0.0.1"


class LiveSite(ValueError):
    """A live site has real devices; nothing of it may be simulated (S10)."""


class Simulation:
    """Every device of a simulated site. `start`, then turn knobs, then `stop`."""

    def __init__(
        self,
        site: Site,
        clock: Clock,
        *,
        free_ports: bool,
        broker: tuple[str, int] | None = None,
        comm_loss_s: float = COMM_LOSS_S,
    ) -> None:
        """Build all devices; nothing listens yet. Needs a running loop.

        Args:
            free_ports: Modbus servers take free ports of 127.0.0.1 instead of what the site says.
            broker: used by every MQTT link instead of what the site says.
            comm_loss_s: a device nobody speaks to for so long shows its fallback.

        Raises:
            LiveSite: the site is not simulated.
            ValueError: two devices share a Modbus point.
        """
        if site.kind is not SiteKind.SIMULATED:
            raise LiveSite(
                f"site {site.id} is {site.kind}: only a site with `kind: simulated` can be simulated"
            )
        self.site = site
        self.history = LampHistory(clock)
        self._clock = clock
        self._faults_since_ms: dict[str, int] = {}
        self.devices = {
            device.id: SimulatedDevice(device, self.history, clips=site.clips, comm_loss_s=comm_loss_s)
            for device in site.devices.values()
        }
        self.outstations: dict[str, ModbusOutstation] = {}
        self.fleets: dict[str, MqttFleet] = {}
        for link in site.links.values():
            behind = [d for d in self.devices.values() if d.device.link == link.id]
            if link.kind is LinkKind.MQTT:
                self.fleets[link.id] = MqttFleet(link, site.id, behind, clock, broker=broker)
            else:
                self.outstations[link.id] = _outstation(link, behind, free_ports)
        self._online: dict[str, Callable[[], bool]] = {}
        for fleet in self.fleets.values():
            for face in fleet.devices:
                self._online[face.behaviour.device.id] = lambda face=face: face.connected  # type: ignore[misc]

    async def start(self) -> None:
        """Open every server and let every MQTT device look for its broker.

        Raises:
            OSError: a port is taken; everything opened before is closed again.
        """
        async with contextlib.AsyncExitStack() as undo:
            undo.push_async_callback(self.stop)
            for outstation in self.outstations.values():
                await outstation.start()
            for fleet in self.fleets.values():
                await fleet.start()
            undo.pop_all()

    async def stop(self) -> None:
        """Close everything; MQTT devices leave their last will."""
        for fleet in self.fleets.values():
            await fleet.stop()
        for outstation in self.outstations.values():
            await outstation.stop()
        for device in self.devices.values():
            device.close()

    @property
    def endpoints(self) -> dict[str, Endpoint]:
        """Where each link is to be found."""
        return {link_id: self._face(link_id).endpoint for link_id in self.site.links}

    def online(self, device_id: str) -> bool:
        """Return whether a controller could speak with it: connected to its broker, or its server up."""
        connected = self._online.get(device_id)
        if connected is not None:
            return connected()
        device = self.devices[device_id]
        outstation = self.outstations[device.device.link]
        assert isinstance(device.device.address, ModbusAddress)
        return (
            outstation.up
            and not device.faults.offline
            and device.device.address.unit not in outstation.faults.dead_units
        )

    def link_faults(self, link_id: str) -> LinkFaults:
        """Return the faults of one link."""
        return self._face(link_id).faults

    async def set_link_faults(self, link_id: str, **changes: Any) -> None:
        """Change some faults of one link, e.g. `down=True`."""
        face = self._face(link_id)
        self._faults_since_ms[link_id] = self._clock.wall_ms()
        await face.set_faults(replace(face.faults, **changes))

    def set_device_faults(self, device_id: str, **changes: Any) -> None:
        """Change some faults of one device, e.g. `silent=True`."""
        device = self.devices[device_id]
        self._faults_since_ms[device_id] = self._clock.wall_ms()
        device.set_faults(replace(device.faults, **changes))

    def restore(self, device_id: str) -> None:
        """Take all faults off one device."""
        self._faults_since_ms[device_id] = self._clock.wall_ms()
        self.devices[device_id].set_faults(DeviceFaults())

    async def set_latency(self, latency_ms: int) -> None:
        """Give every link the same latency."""
        for link_id in self.site.links:
            await self.set_link_faults(link_id, latency_ms=latency_ms)

    async def reset(self) -> None:
        """Take off all faults of devices and links and let every device show its base."""
        now_ms = self._clock.wall_ms()
        self._faults_since_ms = dict.fromkeys([*self.site.links, *self.devices], now_ms)
        for link_id, link in self.site.links.items():
            await self._face(link_id).set_faults(LinkFaults(serial=link.serial))
        for device in self.devices.values():
            device.reset()

    def device_json(self, device_id: str) -> dict[str, Any]:
        """Return one device as the control API gives it."""
        device = self.devices[device_id]
        faults = asdict(device.faults)
        faults["wrong"] = _shown(device.faults.wrong)
        return {
            "id": device_id,
            "type": device.device.type.value,
            "link": device.device.link,
            "commanded": _shown(device.register),
            "lamp": _shown(device.lamp),
            "feedback": _shown(device.feedback.shown),
            "mode": device.mode.value,
            "local": device.faults.local,
            "faults": faults,
            "faults_since_ms": self._faults_since_ms.get(device_id),
            "online": self.online(device_id),
        }

    def link_json(self, link_id: str) -> dict[str, Any]:
        """Return one link as the control API gives it."""
        face = self._face(link_id)
        faults = asdict(face.faults)
        faults["dead_units"] = sorted(face.faults.dead_units)
        endpoint = face.endpoint
        return {
            "id": link_id,
            "kind": face.link.kind.value,
            "host": endpoint.host,
            "port": endpoint.port,
            "faults": faults,
            "faults_since_ms": self._faults_since_ms.get(link_id),
        }

    def _face(self, link_id: str) -> ModbusOutstation | MqttFleet:
        return self.outstations.get(link_id) or self.fleets[link_id]


def _outstation(link: Link, devices: Iterable[SimulatedDevice], free_ports: bool) -> ModbusOutstation:
    if free_ports:
        return ModbusOutstation(link, devices, host=_LOOPBACK, port=0)
    return ModbusOutstation(link, devices)


def _shown(shown: Shown | None) -> Any:
    return None if shown is None else shown_to_json(shown)
