"""What a driver or link may raise: the class alone decides whether the caller tries again.

DeviceError
├── DeviceUnreachable    nothing heard in time, no link, gateway path gone: try again later
│   └── NotASimulator    a simulated site met an endpoint that did not prove itself one (S10)
└── DeviceRejected       the device (or gateway) answered no: trying the same again cannot help
"""


class DeviceError(Exception):
    """Base of the two; `reason` is a short text a person reads in the verdict."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class DeviceUnreachable(DeviceError):
    """No answer, so the device's state is unknown; the caller retries with back-off (P3).

    Args:
        reason: short text for people.
        shared: what is lost where that is more than this device: a link's id, or `<link>/<unit>`.
    """

    def __init__(self, reason: str, *, shared: str = "") -> None:
        super().__init__(reason)
        self.shared = shared


class NotASimulator(DeviceUnreachable):
    """The endpoint is on the wrong side of simulated | live; nothing was written to it (S10)."""


class DeviceRejected(DeviceError):
    """The device refused this order; `stale` and `expired` carry what a native device said.

    Args:
        reason: short text for people.
        code: the wire's own word: `stale`, `expired`, `retained`, `exc-2`, …
        applied: for `stale`, the highest (epoch, seq) the device says it has applied.
        device_ms: for `stale` and `expired`, the device's clock in its own milliseconds.
    """

    def __init__(
        self,
        reason: str,
        *,
        code: str = "",
        applied: tuple[int, int] | None = None,
        device_ms: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.applied = applied
        self.device_ms = device_ms
