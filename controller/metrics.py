"""The figures a site can be held to, in Prometheus form; one registry a process."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from controller.alarms.alarm_figures import AlarmFigures

_PATH_S = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class Metrics:
    """All metrics of the controller; names carry units."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        r = self.registry
        self.first_command = Histogram(
            "onekey_key_to_first_command_seconds", "Key to first command sent", buckets=_PATH_S, registry=r
        )
        self.last_verified = Histogram(
            "onekey_key_to_last_verified_seconds",
            "Key to last device verified, windows that were met",
            buckets=_PATH_S,
            registry=r,
        )
        self.verdicts = Counter("onekey_verdicts", "Verdicts by outcome", ["outcome"], registry=r)
        self.steps = Counter("onekey_steps", "Step transitions by state", ["state"], registry=r)
        self.passes = Counter("onekey_passes", "Looks at a device by verdict", ["verdict"], registry=r)
        self.devices = Gauge("onekey_devices", "Devices by type and verdict", ["type", "verdict"], registry=r)
        self.unreachable = Gauge("onekey_devices_unreachable", "Devices that do not answer", registry=r)
        self.holds = Counter("onekey_interlock_holds", "Releases held back", ["interlock"], registry=r)
        self.conflicts = Counter(
            "onekey_interlock_conflicts",
            "Conflicts seen on the road",
            ["interlock"],
            registry=r,
        )
        self.latched = Gauge("onekey_interlocks_latched", "Interlocks that wait for a reset", registry=r)
        self.alarms = Gauge(
            "onekey_alarms", "Standing alarms by kind, shelved ones left out", ["kind"], registry=r
        )
        self.alarms_raised = Counter(
            "onekey_alarms_raised", "Alarms raised by kind and priority", ["kind", "priority"], registry=r
        )
        self.alarms_unacked = Gauge(
            "onekey_alarms_unacked", "Listed alarms nobody has acknowledged", registry=r
        )
        self.alarms_shelved = Gauge("onekey_alarms_shelved", "Alarms on the shelf", registry=r)
        self.alarm_rate = Gauge(
            "onekey_alarm_rate_10min",
            "Alarms raised in the last ten minutes; above 10 is a flood",
            registry=r,
        )
        self.beyond_site = Counter(
            "onekey_beyond_site",
            "Stretches before this site that a neighbour was to warn in",
            ["carriageway"],
            registry=r,
        )
        self.loop_lag = Histogram(
            "onekey_loop_lag_seconds",
            "How late the event loop ran a timer",
            buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 1.0, 3.0),
            registry=r,
        )
        self.intent_commit = Histogram(
            "onekey_intent_commit_seconds",
            "Awaited intent transaction",
            buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 1.0),
            registry=r,
        )
        self.journal_queue = Gauge("onekey_journal_queue", "Records waiting for the writer", registry=r)
        self.journal_degraded = Gauge("onekey_journal_degraded", "1 while JOURNAL DEGRADED", registry=r)
        self.crashes = Counter("onekey_task_crashes", "Background tasks restarted", registry=r)

    def sampled(self, queue: Callable[[], float], degraded: Callable[[], float]) -> None:
        """Have the writer's two gauges read at scrape time."""
        self.journal_queue.set_function(queue)
        self.journal_degraded.set_function(degraded)

    def alarms_sampled(self, figures: Callable[[], AlarmFigures]) -> None:
        """Have the figures of the alarm list read at scrape time."""
        self.alarms_unacked.set_function(lambda: figures().unacked)
        self.alarms_shelved.set_function(lambda: figures().shelved)
        self.alarm_rate.set_function(lambda: figures().rate_10min)

    def exposition(self) -> bytes:
        """Return the text form of `/metrics`."""
        return generate_latest(self.registry)
