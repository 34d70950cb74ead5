"""Real loops and drivers on real wires: a broker, outstations, simulated devices, a proxy before each."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import aiomqtt

from api.field import build_field
from config.site import Device, ModbusAddress, MqttAddress, Site
from controller.fleet.look import Look, Target
from controller.fleet.reconciler import Reconciler
from controller.incident import StepState
from devices.clock import SystemClock
from devices.driver import Order, Reading
from devices.errors import DeviceRejected
from devices.values import Aspect, Value
from simulators.chaos import ChaosProxy
from simulators.mqtt_face import MqttDevice
from simulators.simulation import Simulation
from tests.broker import nats_broker
from tests.simulated import simulation_of
from tests.sites import BROKER, PLC, head, tiny_site

EPOCH = 7
DEADLINE_MS = 400
REPORT_S = 0.5
REST = Target(Aspect.OPEN, wanted=False, leaves=(Aspect.CLOSED,))


@dataclass(frozen=True, slots=True)
class Proved:
    """A loop said that its device shows `value`; the times are of the machine's monotonic clock."""

    value: Value
    ordered_s: float
    read_s: float


@dataclass
class WireDesk:
    """Numbers orders, and notes them and what was said to be proved."""

    clock: SystemClock
    reconcilers: dict[str, Reconciler] = field(default_factory=dict)
    given: dict[str, list[Order]] = field(default_factory=dict)
    given_s: dict[str, float] = field(default_factory=dict)
    proved: dict[str, list[Proved]] = field(default_factory=dict)

    def new_order(self, device: str, target: Target, ttl_s: float) -> Order:
        assert target.value is not None
        orders, now_ms, now_s = self.given.setdefault(device, []), self.clock.wall_ms(), self.clock.mono_s()
        end_ms = now_ms + round(ttl_s * 1000)
        order = Order(target.value, EPOCH, len(orders) + 1, "I-1", now_ms, end_ms, now_s + ttl_s)
        orders.append(order)
        self.given_s[device] = now_s
        return order

    def held_back(self, device: str, value: Value) -> str:
        return ""

    def step(self, device: str, state: StepState, reason: str) -> None:
        if state is StepState.VERIFIED:
            loop = self.reconcilers[device]
            reading, value = loop.condition.reading, loop.target.value
            assert reading is not None
            assert value is not None
            self.proved.setdefault(device, []).append(Proved(value, self.given_s[device], reading.at_s))

    def looked(self, device: str, verdict: Look, changed: bool) -> None:
        pass

    def refused(self, device: str, refusal: DeviceRejected) -> bool:
        return True


@dataclass
class Wire:
    """Everything a trial turns and looks at."""

    site: Site
    clock: SystemClock
    desk: WireDesk
    simulation: Simulation
    reconcilers: dict[str, Reconciler]
    faces: dict[str, MqttDevice]
    proxies: dict[str, ChaosProxy]
    stranger: aiomqtt.Client

    def cut(self, device: str) -> None:
        """Reset the connection the controller has to what the device hangs on."""
        self.proxies[self.site.devices[device].link].cut()

    def stands(self, device: str) -> bool:
        """Whether its loop says that what is wanted is shown."""
        return self.reconcilers[device].condition.verdict is Look.VERIFIED

    def underway(self, device: str) -> bool:
        """Whether what is wanted is not proved yet."""
        return not self.stands(device)

    def reading(self, device: str) -> Reading | None:
        return self.reconcilers[device].condition.reading


def heads(mqtt: int, modbus: int) -> Site:
    """Return a site of heads only: so many on the broker, so many behind one PLC."""
    own = [
        *(head(f"M{n}", link=BROKER, address=MqttAddress(f"M{n}"), model="native-mqtt") for n in range(mqtt)),
        *(head(f"P{n}", link=PLC, address=ModbusAddress(1, 300 + n, 400 + n)) for n in range(modbus)),
    ]
    site = tiny_site(add=[_quick(one) for one in own])
    mine = {one.id for one in own}
    return replace(site, devices={d: one for d, one in site.devices.items() if d in mine})


def _quick(device: Device) -> Device:
    changes = {"step_deadline_ms": DEADLINE_MS}
    if isinstance(device.address, MqttAddress):
        changes["report_s"] = REPORT_S  # type: ignore[assignment]
    return replace(device, model=device.model.model_copy(update=changes))


@contextlib.asynccontextmanager
async def wired(site: Site) -> AsyncIterator[Wire]:
    """Run it all for the block; every device has been driven once when it begins."""
    clock = SystemClock()
    async with contextlib.AsyncExitStack() as stack:
        broker = await stack.enter_async_context(nats_broker())
        at = (broker.host, broker.port)
        simulation = await stack.enter_async_context(simulation_of(site, broker=at))
        proxies: dict[str, ChaosProxy] = {}
        links = dict(site.links)
        for link, end in simulation.endpoints.items():
            proxies[link] = ChaosProxy(end.host, end.port)
            links[link] = replace(links[link], host="127.0.0.1", port=await proxies[link].start())
            stack.push_async_callback(proxies[link].stop)
        ours = build_field(replace(site, links=links), clock, client_id="wire")
        desk = WireDesk(clock)
        for one in site.devices.values():
            loop = Reconciler(one.id, one.model, ours.drivers[one.id], desk, clock, REST)
            desk.reconcilers[one.id] = loop
        stranger = await stack.enter_async_context(aiomqtt.Client(*at, identifier="stranger"))
        stranger.pending_calls_threshold = 1_000
        tasks = [asyncio.create_task(link.run(), name=f"link {i}") for i, link in ours.links.items()]
        tasks += [asyncio.create_task(r.run(), name=f"loop {d}") for d, r in desk.reconcilers.items()]
        stack.push_async_callback(_end, tasks)
        faces = {d.behaviour.device.id: d for d in simulation.fleets[BROKER].devices}
        yield Wire(site, clock, desk, simulation, desk.reconcilers, faces, proxies, stranger)


async def _end(tasks: list["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert not [e for e in found if isinstance(e, Exception)], found
