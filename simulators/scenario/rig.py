"""What a scenario may do to the processes it runs against; implemented by whoever owns them."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol, TypeAlias


class NotHere(Exception):
    """These processes are not ours to end or start: a remote pair is driven by its URLs only."""


class Broker(Protocol):
    """The MQTT broker of a rig."""

    host: str
    port: int

    async def start(self) -> None:
        """Start it; no effect while it runs."""
        ...

    async def stop(self) -> None:
        """End it in order."""
        ...

    async def kill(self) -> None:
        """End it without warning."""
        ...

    async def restart(self) -> None:
        """Stop and start it on the same port with the same store."""
        ...

    def freeze(self) -> None:
        """Keep it from running; connections stay open."""
        ...

    def thaw(self) -> None:
        """Let it run on."""
        ...


class Rig(Protocol):
    """A controller, its simulated devices and their broker.

    Attributes:
        url, token: the controller's API.
        control_url: the control API of the simulated devices.
    """

    url: str
    token: str
    control_url: str

    @property
    def broker(self) -> Broker:
        """The broker of both."""
        ...

    async def kill_serve(self) -> None:
        """End the controller without warning."""
        ...

    async def stop_serve(self) -> None:
        """End the controller in order."""
        ...

    async def restart_serve(self) -> None:
        """Start it again on the same store and port."""
        ...

    def forget(self) -> None:
        """Throw away the store of a stopped controller."""
        ...


RigMaker: TypeAlias = Callable[[Path], AbstractAsyncContextManager[Rig]]
"""Makes a running rig for a site file."""


class RemoteRig:
    """A pair somewhere else: everything over its URLs, nothing of its processes."""

    def __init__(self, url: str, token: str, control_url: str) -> None:
        self.url, self.token, self.control_url = url, token, control_url

    @property
    def broker(self) -> Broker:
        """Not ours.

        Raises:
            NotHere: always.
        """
        raise NotHere("the broker of a remote pair cannot be ended or started from here")

    async def kill_serve(self) -> None:
        """Not ours.

        Raises:
            NotHere: always; likewise of the following.
        """
        raise NotHere("a remote controller cannot be ended or started from here")

    stop_serve = restart_serve = kill_serve

    def forget(self) -> None:
        """Not ours.

        Raises:
            NotHere: always.
        """
        raise NotHere("the store of a remote controller cannot be thrown away from here")
