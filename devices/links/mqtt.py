"""The connection to one broker: kept up, topics dispatched, and every device's side proved (S10).

Clean sessions: nothing queues across a disconnect, watchers look again when the link is back.
"""

import asyncio
import contextlib
import logging
import random
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import aiomqtt

from devices.clock import Clock
from devices.errors import DeviceUnreachable, NotASimulator
from devices.json_paths import BadPayloadError, encode, parse_object
from devices.links.mqtt_filters import TopicFilters
from devices.links.mqtt_session import MqttSession, told

Handler: TypeAlias = Callable[[bytes, bool, float], None]
"""(payload, retained, loop seconds of receipt); runs in the loop, cheap."""

FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 0.5
STEADY_S: Final = 5.0
"""A connection that lived this long starts the back-off anew; a shorter one does not (it would spin)."""
ASK_S: Final = (0.1, 0.2, 0.4, 0.5)
"""How long each question for a proof waits for its answer; together below every step deadline."""
FILTERS_A_PACKET: Final = 100
IDENTITY_BYTES: Final = 1_024
STOPPED: Final = "stopped"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MqttLinkState:
    """What metrics and console show of a link.

    Attributes:
        since_ms: UTC milliseconds when it last went up or down.
        reason: why it is down; empty while up.
        counters: messages and mishaps since the start, by name.
    """

    up: bool
    since_ms: int
    reason: str
    counters: Mapping[str, int]


class MqttLink:
    """One client of one broker; `run` is its supervised task.

    Args:
        client_id: unique per controller process; a second client of the same id would push this one out.
        simulated: which side the site is on; a device of the other side is not driven.
    """

    def __init__(
        self,
        link_id: str,
        host: str,
        port: int,
        *,
        site_id: str,
        client_id: str,
        clock: Clock,
        simulated: bool,
    ) -> None:
        self._link_id = link_id
        self._host = host
        self._port = port
        self._client_id = client_id
        self._clock = clock
        self._simulated = simulated
        self._prefix = f"onekey/{site_id}/"
        self._handlers: dict[str, Handler] = {}
        self._identities = f"{self._prefix}+/identity"
        self._filters = TopicFilters(self._identities)
        self._changed = asyncio.Event()
        self._all_asked = asyncio.Event()
        self._tried = asyncio.Event()
        self._on_up: list[Callable[[], None]] = []
        self._on_down: list[Callable[[], None]] = []
        self._session: MqttSession | None = None
        self._why = "not started"
        self._since_ms = clock.wall_ms()
        self._counters: Counter[str] = Counter()
        self._raised: set[str] = set()
        self._said = ""
        self._nonce = ""
        self._up_s = 0.0
        self._sides: dict[str, bool] = {}
        self._answers: dict[str, asyncio.Event] = {}

    @property
    def link_id(self) -> str:
        """Its id in the site file."""
        return self._link_id

    @property
    def up(self) -> bool:
        """Whether a publish could leave now."""
        return self._session is not None

    @property
    def reason(self) -> str:
        """Why it is down; empty while up."""
        return "" if self.up else f"broker {self._host}:{self._port}: {self._why}"

    @property
    def state(self) -> MqttLinkState:
        """A snapshot for metrics and console."""
        return MqttLinkState(self.up, self._since_ms, self.reason, dict(self._counters))

    async def tried(self) -> None:
        """Return once the first attempt to connect has ended, well or not.

        At a start devices are asked before there can be a connection: until then none is lost.
        """
        await self._tried.wait()

    def subscribe(self, topic: str, handler: Handler, *, wire_filter: str = "") -> None:
        """Have `handler` called for every message on exactly `topic`; before or after the start.

        Args:
            wire_filter: what the broker is asked for, e.g. one wildcard shared by all devices; empty
                asks for the topic itself. A topic added to a filter already asked for has the filter
                asked for again, so that its retained message comes too.

        Raises:
            ValueError: the topic is taken; two devices under one name.
        """
        if topic in self._handlers:
            raise ValueError(
                f"link {self.link_id}: {topic} is subscribed twice; are two devices named alike?"
            )
        self._handlers[topic] = handler
        self._filters.add(topic, wire_filter or topic)
        self._all_asked.clear()
        self._changed.set()

    def missed(self, *topics: str) -> None:
        """Say that a message on each of these was waited for in vain: the broker may not know we want it."""
        if not self.up:
            return
        again = [topic for topic in topics if self._filters.missed(topic, self._clock.mono_s())]
        if again:
            self._counters["asked_again"] += len(again)
            self._changed.set()

    def watch_up(self, wake: Callable[[], None]) -> None:
        """Have `wake()` called whenever the link came up: look again."""
        self._on_up.append(wake)

    def watch_down(self, wake: Callable[[], None]) -> None:
        """Have `wake()` called whenever the link was lost."""
        self._on_down.append(wake)

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1) -> None:
        """Hand one message to the connection, never retained; the device's own answer proves it arrived.

        Raises:
            DeviceUnreachable: the link is down or its broker has stopped confirming; nothing is queued.
        """
        session = self._session
        if session is None:
            raise DeviceUnreachable(self.reason, shared=self.link_id)
        try:
            session.send(topic, payload, qos)
        except aiomqtt.MqttError as err:
            self._counters["publish_failed"] += 1
            text = f"broker {self._host}:{self._port}: {told(err)}"
            raise DeviceUnreachable(text, shared=self.link_id) from err
        self._counters["published"] += 1

    async def prove(self, device: str) -> None:
        """Return once the device is on the site's side of simulated | live, on this connection (S10).

        Waits first until the broker has taken every subscription: an answer to a command sent before
        would be lost. In a simulated site it must have answered our hello; it is asked again for up to
        1.2 s. In a live site a device that answers is refused for as long as it goes on answering.

        Raises:
            NotASimulator: it is on the other side, or did not answer.
            DeviceUnreachable: the link is down.
        """
        if self.up:
            await self._all_asked.wait()
        if self._simulated:
            if not self._sides.get(device):
                await self._ask_until_proved(device)
        elif device in self._sides:
            del self._sides[device]
            await self._ask(device, sum(ASK_S[:3]))
            if device in self._sides:
                raise NotASimulator(
                    f"{device} answers as a simulator and this site is live: nothing was sent. "
                    "Stop the simulation on this broker, or give it a broker of its own."
                )

    def disprove(self, device: str) -> None:
        """Forget the proof: the device left the broker, another may come back under its name."""
        if self._simulated:
            self._sides.pop(device, None)

    async def run(self) -> None:
        """Keep the connection up until cancelled; pauses 0.1 s to 0.5 s, ± 25 %, between attempts."""
        pause_s = FIRST_PAUSE_S
        while True:
            session = MqttSession(self._host, self._port, self._client_id, self._dispatch)
            began_s = self._clock.mono_s()
            why = STOPPED
            try:
                await session.open()
                await self._serve(session)
            except (aiomqtt.MqttError, OSError) as err:
                why = told(err)
            finally:
                self._went_down(why)
                await session.drop()
            if self._clock.mono_s() - began_s > STEADY_S:
                pause_s = FIRST_PAUSE_S
            await asyncio.sleep(pause_s * random.uniform(0.75, 1.25))  # noqa: S311 - spreads retries
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def _serve(self, session: MqttSession) -> None:
        """Subscribe, report up, and take in later subscriptions until the connection is lost."""
        self._filters.renew()
        while True:
            self._changed.clear()
            await self._ask_for_topics(session)
            if self._session is None:
                self._came_up(session)
            waiting = asyncio.create_task(self._changed.wait(), name=f"mqtt-topics-{self.link_id}")
            try:
                await asyncio.wait((waiting, session.lost), return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiting.cancel()
                await asyncio.wait({waiting})
            if session.lost.done():
                raise aiomqtt.MqttError(str(session.lost.exception() or "closed")) from None

    async def _ask_for_topics(self, session: MqttSession) -> None:
        unasked = self._filters.take()
        for first in range(0, len(unasked), FILTERS_A_PACKET):
            asked = unasked[first : first + FILTERS_A_PACKET]
            self._counters["subscribed"] += len(asked)
            for refused in await session.subscribe_all(asked):
                self._counters["refused_filters"] += 1
                _log.error("link %s: the broker refuses to subscribe %s: grant it", self.link_id, refused)
        if self._filters.complete:
            self._all_asked.set()

    def _came_up(self, session: MqttSession) -> None:
        self._session = session
        self._tried.set()
        self._since_ms = self._clock.wall_ms()
        self._up_s = self._clock.mono_s()
        self._counters["connects"] += 1
        self._nonce = secrets.token_hex(8)
        session.send(f"{self._prefix}hello", self._hello(), 1)
        _log.info("link %s: up at %s:%s", self.link_id, self._host, self._port)
        self._said = ""
        for wake in self._on_up:
            wake()

    def _went_down(self, why: str) -> None:
        self._why = why
        self._tried.set()
        if self._said != why:
            self._said = why
            level = logging.INFO if why == STOPPED else logging.WARNING
            _log.log(level, "link %s: down: %s", self.link_id, why)
        if self._session is None:
            self._counters["failed_connects"] += 1
            return
        self._session = None
        self._since_ms = self._clock.wall_ms()
        if self._simulated:
            self._sides.clear()
        self._all_asked.set()
        for event in self._answers.values():
            event.set()  # nobody waits out an answer that cannot come
        for wake in self._on_down:
            wake()

    def _dispatch(self, topic: str, payload: bytes, retained: bool) -> None:
        self._counters["received"] += 1
        handler = self._handlers.get(topic)
        if handler is None:
            if topic.endswith("/identity") and topic.startswith(self._prefix):
                self._filters.heard(self._identities)
                self._identity(topic[len(self._prefix) : -len("/identity")], payload, retained)
            else:
                self._counters["unrouted"] += 1  # another device of the site, not of this controller
            return
        self._filters.heard(topic)
        try:
            handler(payload, retained, self._clock.mono_s())
        except Exception:
            self._counters["handler_errors"] += 1
            if topic not in self._raised:
                self._raised.add(topic)
                _log.exception("link %s: %s: a handler raised; more are only counted", self.link_id, topic)

    def _hello(self) -> bytes:
        return encode({"v": 1, "nonce": self._nonce})

    def _identity(self, device: str, payload: bytes, retained: bool) -> None:
        """Take an answer to a hello. A live site needs no nonce of ours to know a simulator."""
        try:
            said = parse_object(payload, IDENTITY_BYTES)
        except BadPayloadError:
            self._counters["bad_identity"] += 1
            return
        ours = said.get("nonce") == self._nonce and not retained and self.up
        if said.get("device") != device or (self._simulated and not ours):
            self._counters["stray_identity"] += 1
            return
        if self._simulated:
            self._sides[device] = said.get("simulator") is True
        elif said.get("simulator") is True:
            self._sides[device] = True
        if event := self._answers.get(device):
            event.set()

    async def _ask_until_proved(self, device: str) -> None:
        denied = self._sides.pop(device, None) is False
        for nth, wait_s in enumerate(ASK_S):
            # The hello to all may still be on its way: the first question can save itself.
            if nth == 0 and not denied and self._clock.mono_s() - self._up_s < ASK_S[0]:
                await self._hear(device, wait_s)
            else:
                await self._ask(device, wait_s)
            if not self.up:
                raise DeviceUnreachable(self.reason, shared=self.link_id)
            if self._sides.get(device):
                return
            if device in self._sides:
                break
        else:
            self.missed(self._identities)
        raise NotASimulator(
            f"{device} did not prove itself a simulator: nothing was sent. This site is simulated: "
            "start its simulators on this broker, or take real devices off it."
        )

    async def _ask(self, device: str, wait_s: float) -> None:
        await self.publish(f"{self._prefix}{device}/hello", self._hello())
        await self._hear(device, wait_s)

    async def _hear(self, device: str, wait_s: float) -> None:
        event = self._answers.setdefault(device, asyncio.Event())
        event.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await event.wait()
