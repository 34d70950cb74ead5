"""One connection to a broker, from connect to close, on aiomqtt 2.5; what it leaves undone is done here.

Received messages go straight to a function, so there is no queue that could overflow and discard.
Publishing does not wait for the broker's PUBACK, which proves nothing about the device. Closing works
in every state: connecting, refused, frozen, lost; nothing is left running or open.
"""

import asyncio
import contextlib
import logging
import re
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

import aiomqtt
import paho.mqtt.client as paho
from aiomqtt.exceptions import MqttConnectError

CONNECT_S = 2.0
ANSWER_S = 3.0
KEEPALIVE_S = 5
MAX_UNACKED = 20_000
"""Publishes the broker has not confirmed; a frozen one takes none beyond."""

_NODELAY = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
_wire_log = logging.getLogger("devices.links.mqtt.wire")
_wire_log.setLevel(logging.CRITICAL)  # it repeats on every attempt what the link says once


def told(err: Exception) -> str:
    """Return an error of the library as one plain clause, without its numbers and brackets."""
    text = re.sub(r"^\[code:\d+\] ", "", str(err)).rstrip(".") or type(err).__name__
    return f"it refuses the connection: {text}" if isinstance(err, MqttConnectError) else text


class MqttSession(aiomqtt.Client):
    """Use once: `open`, then `subscribe_all` and `send` until `lost` is done, then `drop`.

    Args:
        take: called in the loop with (topic, payload, retained) for each message; must not raise.
    """

    def __init__(
        self, host: str, port: int, client_id: str, take: Callable[[str, bytes, bool], None]
    ) -> None:
        super().__init__(
            hostname=host,
            port=port,
            identifier=client_id,
            protocol=aiomqtt.ProtocolVersion.V311,
            clean_session=True,
            timeout=ANSWER_S,
            keepalive=KEEPALIVE_S,
            max_inflight_messages=0,
            max_queued_outgoing_messages=MAX_UNACKED,
            socket_options=_NODELAY,
            logger=_wire_log,
        )
        self._take = take
        self._tried = asyncio.Event()
        self._thread = threading.get_ident()
        self._client.connect_timeout = CONNECT_S
        self._client.suppress_exceptions = True  # e.g. a topic that is not UTF-8 must not end the connection

    @property
    def lost(self) -> asyncio.Future[None]:
        """Done as soon as the connection is gone; its exception, if any, says why."""
        return self._disconnected

    async def open(self) -> None:
        """Connect and wait for the broker's consent.

        Raises:
            aiomqtt.MqttError: no connection, refused, or no answer in time. Call `drop` all the same.
        """
        entering = asyncio.create_task(self.__aenter__(), name=f"mqtt-connect-{self.identifier}")
        try:
            await asyncio.shield(entering)
        except asyncio.CancelledError:
            # The thread that connects cannot be cancelled; leaving before its end would leak its socket.
            trying = asyncio.create_task(self._tried.wait(), name=f"mqtt-tried-{self.identifier}")
            await asyncio.wait({entering, trying}, return_when=asyncio.FIRST_COMPLETED)
            trying.cancel()
            entering.cancel()
            await asyncio.wait({entering, trying})
            if not entering.cancelled():
                entering.exception()
            raise
        if self._misc_task is not None:
            self._misc_task.set_name(f"mqtt-keepalive-{self.identifier}")

    async def subscribe_all(self, filters: Sequence[str]) -> list[str]:
        """Subscribe to all filters in one packet, QoS 1, and return those the broker refused.

        Raises:
            aiomqtt.MqttError: no answer in time, or the connection was lost.
        """
        asking = asyncio.create_task(
            self.subscribe([(f, 1) for f in filters]), name=f"mqtt-subscribe-{self.identifier}"
        )
        try:
            await asyncio.wait((asking, self.lost), return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                raise aiomqtt.MqttError("the connection was lost")
            codes = asking.result()
        finally:
            if not asking.cancel() and not asking.cancelled():
                asking.exception()
            await asyncio.wait({asking})
        refused = (c >= 128 if isinstance(c, int) else c.is_failure for c in codes)
        return [f for f, no in zip(filters, refused, strict=True) if no]

    def send(self, topic: str, payload: bytes, qos: int) -> None:
        """Publish now; the bytes are with the kernel on return unless its buffer is full.

        Raises:
            aiomqtt.MqttError: not connected, or the broker has stopped confirming.
        """
        info = self._client.publish(topic, payload, qos)
        if info.rc == paho.MQTT_ERR_SUCCESS:
            # Not left to the next loop turn: a fan-out of 1,000 would leave only when all are queued.
            rc = self._client.loop_write()
            if rc == paho.MQTT_ERR_SUCCESS:
                return
            raise aiomqtt.MqttCodeError(rc, "cannot write")
        raise aiomqtt.MqttCodeError(info.rc, "cannot publish")

    async def drop(self) -> None:
        """Say good-bye if the connection stands, and close it in whatever state it is. Safe to repeat."""
        await asyncio.sleep(0)  # what the connecting thread scheduled must not meet a closed socket
        ended = [self._connected, self._disconnected]
        for future in ended:
            if not future.cancel() and not future.cancelled():
                future.exception()
        if self._client.socket() is not None:
            with contextlib.suppress(OSError, ValueError):
                self._client.disconnect()
                self._client.loop_write()
            self._client._sock_close()  # noqa: SLF001 - paho has no public way that cannot wait
        if self._misc_task is not None:
            self._misc_task.cancel()
            await asyncio.wait({self._misc_task})

    # Below: aiomqtt's own hooks, narrowed.

    def _client_connect(self) -> None:
        try:
            super()._client_connect()
        finally:
            self._loop.call_soon_threadsafe(self._tried.set)

    def _on_message(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:
        self._take(message.topic, bytes(message.payload), message.retain)

    def _on_disconnect(
        self, client: paho.Client, userdata: Any, flags: Any, reason_code: Any, properties: Any = None
    ) -> None:
        if not self._connected.done():  # else `open` would sit out its whole time limit
            self._connected.set_exception(aiomqtt.MqttError("the broker closed the connection"))
            return
        super()._on_disconnect(client, userdata, flags, reason_code, properties)

    def _on_socket_register_write(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        # At once where possible: scheduled for later it could meet a closed socket, or come after the
        # matching removal and then spin.
        if threading.get_ident() == self._thread:
            self._loop.add_writer(sock.fileno(), self._write_on)
        else:
            super()._on_socket_register_write(client, userdata, sock)

    def _write_on(self) -> None:
        try:
            self._client.loop_write()
        except Exception as err:
            if not self._disconnected.done():
                self._disconnected.set_exception(err)
