"""The catalogue of faults: what must happen in each, and the tests that show it, or why there is none yet.

python -m tests.faults            prints every row with its tests or the reason
python -m tests.faults --check    exit code 1 if a row names a test that is not there
pytest -k fault-17                runs the tests of a row
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent
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


def _of(file: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{file}::{name}" for name in names)


FAULTS: Mapping[int, Fault] = {
    1: Fault(
        "device never answers",
        "failed at the step deadline, the others go on, alarm, retried with back-off",
        (
            *_of(DEAD, "test_a_dead_head_is_named_and_driven_when_it_returns"),
            *_of(REPLAN, "test_a_dead_head_hands_its_role_on_at_the_deadline_and_is_driven_when_it_returns"),
            *_of(LOOP, "test_attempts_never_spin"),
        ),
    ),
    2: Fault(
        "answers after the deadline",
        "counted late; the state is taken from a read-back, not from the acknowledgement",
        (
            *_of(LINE, "test_a_late_answer_is_not_credited_to_the_next_request"),
            *_of(DRIVER, "test_duplicate_and_late_acks_count_once"),
            *_of(LOOP, "test_slow_lamps_are_polled_until_they_show_it"),
        ),
    ),
    3: Fault(
        "read-back differs from what was commanded",
        "mismatch, alarm, at most two re-sends, never done",
        _of(LOOP, "test_a_stuck_lamp_is_written_three_times_and_named"),
    ),
    4: Fault(
        "stuck lamp: acknowledged, unchanged",
        "as 3; the device is planned around",
        (
            *_of(DEAD, "test_a_stuck_lamp_is_never_called_verified"),
            *_of(FAILED, "test_a_failed_head_is_planned_around_until_it_is_repaired"),
            *_of(REPLAN, "test_a_flapping_head_does_not_make_the_plan_swing"),
        ),
    ),
    5: Fault(
        "dark lamp",
        "a closure counts as not shown; the device upstream is used",
        (
            *_of(LOOP, "test_a_fault_flag_is_never_verified_and_is_driven_again_when_gone"),
            *_of(FAILED, "test_a_failed_head_is_planned_around_until_it_is_repaired"),
        ),
        "partial pixels of a sign are not reported by any device model",
    ),
    6: Fault(
        "Modbus exceptions 1, 2, 3",
        "no retry at once (decision 25), an alarm about the configuration",
        (
            *_of(REFUSED, "test_each_exception_code_of_a_write"),
            *_of(LOOP, "test_a_refusal_is_not_repeated_at_once"),
        ),
    ),
    7: Fault("exception 4", "device fault, one retry", _of(REFUSED, "test_each_exception_code_of_a_write")),
    8: Fault(
        "exceptions 5 and 6",
        "polled, or tried again inside the deadline",
        _of(
            REFUSED,
            "test_a_passing_refusal_is_tried_again",
            "test_a_busy_write_is_not_overtaken_by_a_later_one_and_delays_nobody",
        ),
    ),
    9: Fault(
        "exceptions 0x0A and 0x0B",
        "one alarm for the gateway, every device behind it unknown",
        (
            *_of(DEAD, "test_a_dead_unit_behind_a_gateway_costs_its_neighbours_nothing_in_the_verdict"),
            *_of(LINKS, "test_a_unit_with_several_devices_is_one_alarm_and_moves_to_its_link"),
        ),
    ),
    10: Fault(
        "garbage frame, wrong length, wrong protocol",
        "connection dropped, counted, made again; never parsed on",
        (
            *_of(LINE, "test_garbage_drops_the_connection_and_is_counted"),
            *_of("contract/test_chaos.py", "test_a_flip_turns_one_bit_and_the_seed_repeats_it"),
            *_of("unit/test_modbus_frames.py", "test_garbage_is_named"),
        ),
    ),
    11: Fault(
        "wrong transaction id",
        "ignored; the step times out",
        _of(LINE, "test_a_late_answer_is_not_credited_to_the_next_request"),
    ),
    12: Fault(
        "frames in pieces or run together",
        "parsed, or timed out",
        (
            *_of("unit/test_modbus_frames.py", "test_an_answer_is_taken_however_it_is_cut"),
            *_of("scenario/test_bad_wire.py", "test_a_bad_wire_makes_nothing_untrue"),
        ),
    ),
    13: Fault(
        "half-open TCP",
        "found by our own deadline, not by TCP",
        _of(
            LINE,
            "test_a_socket_that_accepts_and_never_answers_is_unreachable_until_it_does",
            "test_a_line_gone_dead_is_closed_after_two_units_stay_silent",
        )
        + _of("scenario/test_bad_wire.py", "test_a_bad_wire_makes_nothing_untrue"),
    ),
    14: Fault(
        "connection refused",
        "fails fast, back-off with jitter, no spin",
        (
            *_of(LINE, "test_requests_to_a_closed_port_fail_fast_and_name_it"),
            *_of("unit/test_modbus_pace.py", "test_backoff_doubles_to_its_cap_and_never_spins"),
        ),
    ),
    15: Fault(
        "device reboots and loses its state",
        "read after the reconnect, driven again",
        (
            *_of(LAMPS, "test_reboot_loses_lamps_and_command_and_what_was_under_way"),
            *_of(LOOP, "test_a_head_lost_for_a_minute_shows_the_closure_when_it_returns"),
            *_of(SIM_MQTT, "test_reboot_cuts_the_connection_and_loses_lamps_and_memory"),
        ),
    ),
    16: Fault(
        "device flapping every two seconds",
        "quarantine, one alarm",
        _of(ALARMS, "test_a_flapping_device_is_one_alarm_until_it_is_calm"),
    ),
    17: Fault(
        "duplicate acknowledgement",
        "counts once",
        (
            *_of(DRIVER, "test_duplicate_and_late_acks_count_once"),
            *_of(ENVELOPE, "test_a_duplicate_gets_the_stored_ack_and_is_not_applied_again"),
        ),
    ),
    18: Fault(
        "late acknowledgement of an earlier command",
        "not credited to the new one",
        (
            *_of(
                DRIVER, "test_what_is_not_ours_is_never_credited", "test_duplicate_and_late_acks_count_once"
            ),
            *_of(TRIALS, "test_no_proof_is_false_and_nothing_old_is_shown"),
        ),
    ),
    19: Fault(
        "acknowledgement of an unknown command or of another device",
        "rejected and counted",
        _of(DRIVER, "test_what_is_not_ours_is_never_credited"),
        "it is a counter, not yet a security event",
    ),
    20: Fault(
        "an older command is applied last",
        "refused by (epoch, seq); a dumb device is caught by the read-back",
        (
            *_of(LAMPS, "test_an_older_command_never_overtakes_a_newer_one"),
            *_of(SIM_MQTT, "test_refusals_duplicates_and_order_over_the_wire"),
            *_of(
                "scenario/test_starts.py",
                "test_a_reinstalled_controller_takes_over_devices_that_know_a_higher_epoch",
            ),
            *_of(LOOP, "test_drift_is_driven_back_every_time"),
        ),
    ),
    21: Fault(
        "switched by hand at the device",
        "alarm; a restriction is driven again, nothing is released by itself",
        (
            *_of(DEAD, "test_a_device_in_local_mode_is_not_written"),
            *_of(LOOP, "test_drift_is_driven_back_every_time", "test_a_found_closure_is_not_opened"),
        ),
    ),
    22: Fault(
        "device clock wrong",
        "expiry in the device's time, alarm",
        (
            *_of(SIM_MQTT, "test_a_command_is_late_by_the_clock_of_the_device"),
            *_of(PAYLOADS, "test_a_clock_nobody_can_mean_is_no_clock"),
            *_of(DRIVER, "test_the_clock_of_a_device_is_told_by_acks_and_states_and_no_late_one_counts"),
            *_of(
                "unit/test_device_clocks.py",
                "test_a_wrong_clock_is_one_alarm_that_says_what_it_means",
                "test_it_ends_when_the_clock_is_right_and_not_at_its_own_limit",
            ),
            *_of("scenario/test_clocks.py", "test_a_wrong_clock_costs_no_proof_and_is_told"),
        ),
    ),
    23: Fault(
        "controller silent beyond the dead-man time",
        "the device shows its fallback and reports it; the controller shows FALLBACK when it goes on",
        (
            *_of(
                "scenario/test_deadman.py",
                "test_a_frozen_controller_and_a_lost_broker_leave_devices_at_their_fallback",
            ),
            *_of(LAMPS, "test_comm_loss_brings_the_fallback_until_the_next_command"),
        ),
        "no Modbus model has a bit for it: those are only seen to show it, MQTT devices say it",
    ),
    24: Fault(
        "power of a section lost and back",
        "unknown, then driven again, no storm",
        (
            *_of(DEAD, "test_a_dead_outstation_is_named_head_by_head_and_driven_when_it_returns"),
            *_of(LINKS, "test_a_dead_link_is_one_alarm"),
        ),
    ),
    25: Fault(
        "broker restarted",
        "what was not acknowledged is driven again, or failed",
        (
            *_of(MQTT, "test_broker_restart_wakes_watchers_and_the_device_is_driven_again"),
            *_of(DEAD, "test_a_stopped_broker_is_named_device_by_device_and_all_are_driven_when_it_is_back"),
        ),
    ),
    26: Fault(
        "broker down at the start",
        "the controller serves, Modbus devices are driven",
        (
            *_of(
                "scenario/test_starts.py", "test_without_a_broker_the_rest_is_driven_and_all_once_it_is_there"
            ),
            *_of(
                MQTT,
                "test_no_broker_is_one_warning_and_paced_attempts",
                "test_what_is_asked_before_the_first_connection_waits_for_it",
            ),
        ),
    ),
    27: Fault(
        "controller and broker apart",
        "no false proof",
        _of(MQTT, "test_frozen_broker_costs_its_caller_the_callers_deadline_and_nothing_is_left"),
        f"the lease {SEVERAL}",
    ),
    28: Fault(
        "broker frozen",
        "our own deadline fires before keepalive",
        (
            *_of(MQTT, "test_frozen_broker_costs_its_caller_the_callers_deadline_and_nothing_is_left"),
            *_of(LINKS, "test_devices_that_fall_silent_one_after_the_other_become_one_alarm"),
        ),
    ),
    29: Fault(
        "retained stale command",
        "refused by the device",
        (
            *_of(SIM_MQTT, "test_a_retained_command_is_refused_when_it_is_replayed"),
            *_of(TRIALS, "test_no_proof_is_false_and_nothing_old_is_shown"),
        ),
    ),
    30: Fault(
        "expired queued command",
        "not sent, not applied",
        (
            *_of(DRIVER, "test_an_expired_order_is_not_sent"),
            *_of(LINE, "test_an_expired_order_is_never_sent"),
            *_of(SIM_MQTT, "test_a_command_is_late_by_the_clock_of_the_device"),
        ),
    ),
    31: Fault(
        "queue overflow",
        "the newest desired state wins",
        _of(
            MQTT,
            "test_what_a_frozen_broker_did_not_take_follows_or_is_dropped_with_the_link",
        ),
    ),
    32: Fault(
        "payload too large",
        "ours is not sent; theirs is dropped and counted",
        (
            *_of(DRIVER, "test_too_large_a_command_is_refused_before_anything_is_sent"),
            *_of(PAYLOADS, "test_deep_and_large_payloads_are_refused_with_the_size"),
        ),
    ),
    33: Fault(
        "bad UTF-8, JSON, NaN, depth, types",
        "dropped, counted, no task dies",
        (
            *_of(DRIVER, "test_bad_payloads_are_dropped_and_the_next_good_one_counts"),
            *_of(
                PAYLOADS,
                "test_any_bytes_are_an_object_or_refused",
                "test_what_json_loads_would_let_pass_is_refused",
            ),
        ),
    ),
    34: Fault(
        "session taken over by the same client id",
        "alarm, back off, no ping-pong",
        _of(MQTT, "test_a_peer_that_hangs_up_before_accepting_is_left_at_once"),
        "each start has a random client id, so our own processes cannot; a stranger's is an ordinary loss",
    ),
    35: Fault(
        "slow consumer",
        "bounded queues; the slow one starts anew",
        _of(SSE, "test_a_client_that_does_not_read_is_given_a_new_snapshot_and_no_queue"),
    ),
    36: Fault("ACL denies publish", "no live state by the deadline; the alarm names the ACL", (), SECURITY),
    37: Fault(
        "TLS certificate expired or of another CA", "refused, alarm, warning 30 days ahead", (), SECURITY
    ),
    38: Fault(
        "kill -9 at each failpoint",
        "resumed, or failed by name; nothing acknowledged lost; nothing harmful twice",
        (
            *_of(
                "scenario/test_kills.py",
                "test_kills_at_every_place_and_at_random_moments",
                "test_a_kill_around_the_migration_leaves_a_store_that_opens",
            ),
            *_of(KILL, "test_kill_9_loses_nothing_acknowledged"),
            *_of(SEALS, "test_a_rotation_cut_off_by_a_kill_is_finished_by_the_next_start"),
            *_of("unit/test_histories.py", "test_the_laws_hold_in_a_few_histories"),
        ),
    ),
    39: Fault(
        "out of memory",
        "as 38; limits keep it bounded",
        (),
        "the kernel ends the process as kill -9 does (fault-38); no test bounds the memory of a long run",
    ),
    40: Fault(
        "disk full",
        "restrictions go on, audit degraded, release refused",
        (
            *_of(DEGRADED, "test_an_io_error_latches_although_the_next_write_is_accepted"),
            *_of("unit/test_watchdog.py", "test_a_disk_that_fills_is_told_twice_and_ends"),
        ),
    ),
    41: Fault(
        "fsync error or delay",
        "latched; answers in time; a person restores",
        (
            *_of("scenario/test_degraded.py", "test_an_fsync_delayed_by_five_seconds_holds_no_restriction"),
            *_of(DEGRADED, "test_an_io_error_latches_although_the_next_write_is_accepted"),
        ),
    ),
    42: Fault(
        "database locked for seconds",
        "bounded, off the loop",
        _of(
            DEGRADED,
            "test_a_slow_intent_is_answered_in_time_spooled_and_lands_once",
            "test_a_commit_that_takes_seconds_holds_the_answer_300_ms_and_the_event_loop_not_at_all",
        ),
    ),
    43: Fault("database connection lost in a transaction (PostgreSQL)", "asked, not repeated", (), SEVERAL),
    44: Fault("PostgreSQL failover", "lease lost → stop", (), SEVERAL),
    45: Fault(
        "store or chain broken at the start",
        "started read-only with an alarm: restrictions on orders, no release, nothing driven from it",
        (
            *_of("scenario/test_broken_store.py", "test_a_damaged_store_is_driven_read_only"),
            *_of(STORE, "test_a_broken_end_of_the_chain_is_refused_and_a_broken_middle_is_named"),
            *_of(SEALS, "test_a_cut_tail_is_found_by_a_verifier_and_by_the_next_start"),
        ),
    ),
    46: Fault(
        "clock jumps an hour",
        "deadlines monotonic, order by seq",
        _of(
            STORE,
            "test_epochs_rise_with_every_start_even_if_the_clock_steps_back",
            "test_ids_go_on_after_a_restart_and_begin_anew_each_utc_day",
        ),
        "the linter bans the wall clock elsewhere; no whole process is run under a false clock",
    ),
    47: Fault("two controllers own a section", "the lower epoch writes nothing", (), SEVERAL),
    48: Fault("lease holder paused", "nothing is sent before it has looked again", (), SEVERAL),
    49: Fault(
        "event loop stands still for 3 s",
        "a thread logs the stack, systemd is told nothing",
        _of(
            "unit/test_watchdog.py",
            "test_a_loop_that_stood_still_is_named_with_the_place",
            "test_systemd_is_told",
        ),
    ),
    50: Fault(
        "no more threads or file descriptors",
        "new work refused cleanly",
        _of(SSE, "test_too_many_streams_are_refused_with_a_problem"),
        "streams are bounded; no test runs the process under ulimit",
    ),
    51: Fault(
        "SIGTERM in the middle of a plan",
        "finished or handed over in the grace, and said",
        _of(
            "scenario/test_orderly_stop.py",
            "test_a_press_under_way_is_finished_before_the_process_ends",
            "test_what_cannot_be_finished_is_named_and_taken_over",
        ),
    ),
    52: Fault(
        "other version",
        "unknown envelope refused; newer schema refused; older one migrated",
        (
            *_of(
                STORE, "test_a_newer_schema_is_refused", "test_a_migration_that_stops_half_way_leaves_nothing"
            ),
            *_of(ENVELOPE, "test_refusals_name_reason_and_what_was_applied"),
        ),
    ),
    53: Fault(
        "the same key and body twice",
        "the same incident",
        _of(PRESS, "test_the_same_key_is_the_same_incident"),
    ),
    54: Fault(
        "the same key, another body",
        "422; in flight 409",
        _of(
            PRESS,
            "test_another_body_under_the_same_key_is_refused",
            "test_a_repeat_while_the_first_is_being_answered_is_told_to_wait",
        ),
    ),
    55: Fault(
        "a thousand incidents at once",
        "all stored, the most restrictive wins, no starvation",
        _of("unit/test_arbitration.py", "test_the_order_of_sources_does_not_matter"),
        "arbitration over many sources is a property test; no load test presses a thousand times yet",
    ),
    56: Fault(
        "contradicting incidents; one of two is closed",
        "what the other wants stays",
        _of("unit/test_arbitration.py", "test_clearing_one_leaves_what_the_others_derive"),
    ),
    57: Fault(
        "malformed body, wrong content type",
        "4xx, no stack trace",
        _of(PROBLEMS, "test_what_is_no_json_is_400", "test_another_content_type_is_415"),
    ),
    58: Fault(
        "huge body", "413 before it is parsed", _of(PROBLEMS, "test_a_long_body_is_413_declared_or_not")
    ),
    59: Fault(
        "slow headers, body, idle",
        "cut in time",
        _of(RECEIVED, "test_a_body_that_does_not_come_is_given_up"),
        "bodies; slow headers and idle sockets: " + SECURITY,
    ),
    60: Fault(
        "no or wrong credential",
        "401 for every route",
        _of("unit/test_api_auth.py", "test_no_call_but_a_get_works_without_the_token"),
        "roles: " + SECURITY,
    ),
    61: Fault(
        "request forged by another page",
        "refused",
        _of("unit/test_api_session.py", "test_a_foreign_page_can_neither_order_nor_log_in"),
    ),
    62: Fault(
        "script in a text",
        "shown as text; inline blocked",
        _of("unit/test_api_pages.py", "test_pages_allow_no_inline_and_no_foreign_source"),
    ),
    63: Fault(
        "control characters, tags, length in a sign's text",
        "allowed characters only, measured",
        _of("unit/test_api_devices.py", "test_a_lock_must_be_something_the_device_can_show"),
        "offensive words: " + SECURITY,
    ),
    64: Fault("path in a scenario's name", "refused", (), SECURITY),
    65: Fault(
        "YAML bomb, depth, duplicate keys, `no`",
        "refused with file and line",
        _of(YAML, "test_a_bomb_of_aliases_is_refused_without_growing", "test_text_that_is_refused_whole"),
    ),
    66: Fault("SQL or formula injection", "parameters only", (), SECURITY),
    67: Fault(
        "stolen or expired session, guessing",
        "ended, slowed down",
        _of("unit/test_api_session.py", "test_a_session_ends_by_itself", "test_a_wrong_token_opens_nothing"),
    ),
    68: Fault(
        "flood of streams",
        "capped, the slow ones start anew",
        _of(
            SSE,
            "test_too_many_streams_are_refused_with_a_problem",
            "test_a_client_that_does_not_read_is_given_a_new_snapshot_and_no_queue",
        ),
    ),
    69: Fault(
        "site with mistakes",
        "not loaded; all of them with lines",
        _of(
            "unit/test_site_faults.py",
            "test_five_mistakes_come_in_one_error_with_file_line_key_value_and_remedy",
        ),
    ),
    70: Fault(
        "site changed in the middle of an incident",
        "refused while an open incident wants a device that is gone; else told as outdated",
        (
            *_of("unit/test_site_changed.py", "test_a_site_that_lacks_a_wanted_device_is_not_driven"),
            *_of("unit/test_outdated.py", "test_an_outdated_plan_stands_until_a_person_updates_it"),
        ),
        "there is no --accept-removed",
    ),
}


@cache
def _tests_of(file: str) -> frozenset[str]:
    path = ROOT / file
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def problems() -> Iterator[str]:
    """Yield what is wrong with the catalogue."""
    for number in range(1, 71):
        if number not in FAULTS:
            yield f"fault-{number} has no row"
    for number, fault in FAULTS.items():
        if not fault.tests and not fault.lacks:
            yield f"fault-{number} has neither a test nor a reason"
        for test in fault.tests:
            file, _, name = test.partition("::")
            if name not in _tests_of(file):
                yield f"fault-{number}: there is no tests/{file}::{name}"


def rows_of(file: str, name: str) -> list[int]:
    """Return the rows a test of `file` (below tests/) belongs to."""
    return [number for number, fault in FAULTS.items() if f"{file}::{name}" in fault.tests]


def main() -> int:
    """Print the catalogue, or check it; return the exit code."""
    wrong = list(problems())
    if "--check" not in sys.argv[1:]:
        for number, fault in sorted(FAULTS.items()):
            sys.stdout.write(f"fault-{number}  {fault.what}\n    must: {fault.must}\n")
            sys.stdout.writelines(f"    test: tests/{test}\n" for test in fault.tests)
            if fault.lacks:
                sys.stdout.write(f"    {'but' if fault.tests else 'none'}: {fault.lacks}\n")
        shown = sum(bool(f.tests) for f in FAULTS.values())
        whole = sum(bool(f.tests) and not f.lacks for f in FAULTS.values())
        sys.stdout.write(f"{len(FAULTS)} faults: {shown} with tests, {whole} of them wholly shown\n")
    sys.stdout.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
