"""A row of the catalogue, and where its tests are."""

from dataclasses import dataclass

SEVERAL = "needs several controllers; there is one (README, Not there yet)"
SECURITY = "belongs to the work on access and transport, not to the journal and recovery"

TRIALS = "contract/test_wire_trials.py"
SIM, SIM_MQTT = "contract/test_sim_modbus.py", "contract/test_sim_mqtt.py"
LINE, REFUSED = "contract/test_modbus_connection.py", "contract/test_modbus_refusals.py"
MQTT, DRIVER = "contract/test_mqtt_link.py", "contract/test_mqtt_driver.py"
STORE, DEGRADED, KILL = (f"contract/test_store{name}.py" for name in ("", "_degraded", "_kill"))
SEALS, DEAD = "contract/test_checkpoints.py", "scenario/test_dead_devices.py"
LOOP, LAMPS = "unit/test_reconciler.py", "unit/test_simulated_behaviour.py"
ENVELOPE, PAYLOADS = "unit/test_simulated_envelope.py", "unit/test_mqtt_payloads.py"
ALARMS, LINKS = "unit/test_alarms.py", "unit/test_device_alarms.py"
PRESS, PROBLEMS = "unit/test_api_incidents.py", "unit/test_api_problems.py"
RECEIVED, SSE = "unit/test_api_received.py", "unit/test_api_sse.py"
FAILED, REPLAN = "scenario/test_failed_devices.py", "unit/test_replanning.py"
YAML, MEETING = "unit/test_site_yaml.py", "unit/test_releases_meet.py"


@dataclass(frozen=True, slots=True)
class Fault:
    """One row.

    Attributes:
        must: what has to happen.
        tests: `file::test`, below tests/.
        lacks: what of it no test shows, and why; empty where the tests show all of it.
    """

    what: str
    must: str
    tests: tuple[str, ...] = ()
    lacks: str = ""


def of(file: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{file}::{name}" for name in names)
