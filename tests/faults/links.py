"""Rows 21 to 37: clocks, broker, links."""

from collections.abc import Mapping

from tests.faults.row import (
    DEAD,
    DRIVER,
    LAMPS,
    LINE,
    LINKS,
    LOOP,
    MQTT,
    PAYLOADS,
    SECURITY,
    SEVERAL,
    SIM_MQTT,
    SSE,
    TRIALS,
    Fault,
    of,
)

OF_LINKS: Mapping[int, Fault] = {
    21: Fault(
        "switched by hand at the device",
        "alarm; a restriction is driven again, nothing is released by itself",
        (
            *of(DEAD, "test_a_device_in_local_mode_is_not_written"),
            *of(LOOP, "test_drift_is_driven_back_every_time", "test_a_found_closure_is_not_opened"),
        ),
    ),
    22: Fault(
        "device clock wrong",
        "expiry in the device's time, alarm",
        (
            *of(SIM_MQTT, "test_a_command_is_late_by_the_clock_of_the_device"),
            *of(PAYLOADS, "test_a_clock_nobody_can_mean_is_no_clock"),
            *of(DRIVER, "test_the_clock_of_a_device_is_told_by_acks_and_states_and_no_late_one_counts"),
            *of(
                "unit/test_device_clocks.py",
                "test_a_wrong_clock_is_one_alarm_that_says_what_it_means",
                "test_it_ends_when_the_clock_is_right_and_not_at_its_own_limit",
            ),
            *of("scenario/test_clocks.py", "test_a_wrong_clock_costs_no_proof_and_is_told"),
        ),
    ),
    23: Fault(
        "controller silent beyond the dead-man time",
        "the device shows its fallback and reports it; the controller shows FALLBACK when it goes on",
        (
            *of(
                "scenario/test_deadman.py",
                "test_a_frozen_controller_and_a_lost_broker_leave_devices_at_their_fallback",
            ),
            *of(LAMPS, "test_comm_loss_brings_the_fallback_until_the_next_command"),
        ),
        "no Modbus model has a bit for it: those are only seen to show it, MQTT devices say it",
    ),
    24: Fault(
        "power of a section lost and back",
        "unknown, then driven again, no storm",
        (
            *of(DEAD, "test_a_dead_outstation_is_named_head_by_head_and_driven_when_it_returns"),
            *of(LINKS, "test_a_dead_link_is_one_alarm"),
        ),
    ),
    25: Fault(
        "broker restarted",
        "what was not acknowledged is driven again, or failed",
        (
            *of(MQTT, "test_broker_restart_wakes_watchers_and_the_device_is_driven_again"),
            *of(DEAD, "test_a_stopped_broker_is_named_device_by_device_and_all_are_driven_when_it_is_back"),
            *of(
                "scenario/test_broker_back.py",
                "test_every_device_behind_a_broker_that_was_killed_is_named_and_driven_when_it_is_back",
            ),
        ),
    ),
    26: Fault(
        "broker down at the start",
        "the controller serves, Modbus devices are driven",
        (
            *of(
                "scenario/test_starts.py", "test_without_a_broker_the_rest_is_driven_and_all_once_it_is_there"
            ),
            *of(
                MQTT,
                "test_no_broker_is_one_warning_and_paced_attempts",
                "test_what_is_asked_before_the_first_connection_waits_for_it",
            ),
        ),
    ),
    27: Fault(
        "controller and broker apart",
        "no false proof",
        of(MQTT, "test_frozen_broker_costs_its_caller_the_callers_deadline_and_nothing_is_left"),
        f"the lease {SEVERAL}",
    ),
    28: Fault(
        "broker frozen",
        "our own deadline fires before keepalive",
        (
            *of(MQTT, "test_frozen_broker_costs_its_caller_the_callers_deadline_and_nothing_is_left"),
            *of(LINKS, "test_devices_that_fall_silent_one_after_the_other_become_one_alarm"),
        ),
    ),
    29: Fault(
        "retained stale command",
        "refused by the device",
        (
            *of(SIM_MQTT, "test_a_retained_command_is_refused_when_it_is_replayed"),
            *of(TRIALS, "test_no_proof_is_false_and_nothing_old_is_shown"),
        ),
    ),
    30: Fault(
        "expired queued command",
        "not sent, not applied",
        (
            *of(DRIVER, "test_an_expired_order_is_not_sent"),
            *of(LINE, "test_an_expired_order_is_never_sent"),
            *of(SIM_MQTT, "test_a_command_is_late_by_the_clock_of_the_device"),
        ),
    ),
    31: Fault(
        "queue overflow",
        "the newest desired state wins",
        of(
            MQTT,
            "test_what_a_frozen_broker_did_not_take_follows_or_is_dropped_with_the_link",
        ),
    ),
    32: Fault(
        "payload too large",
        "ours is not sent; theirs is dropped and counted",
        (
            *of(DRIVER, "test_too_large_a_command_is_refused_before_anything_is_sent"),
            *of(PAYLOADS, "test_deep_and_large_payloads_are_refused_with_the_size"),
        ),
    ),
    33: Fault(
        "bad UTF-8, JSON, NaN, depth, types",
        "dropped, counted, no task dies",
        (
            *of(DRIVER, "test_bad_payloads_are_dropped_and_the_next_good_one_counts"),
            *of(
                PAYLOADS,
                "test_any_bytes_are_an_object_or_refused",
                "test_what_json_loads_would_let_pass_is_refused",
            ),
        ),
    ),
    34: Fault(
        "session taken over by the same client id",
        "alarm, back off, no ping-pong",
        of(MQTT, "test_a_peer_that_hangs_up_before_accepting_is_left_at_once"),
        "each start has a random client id, so our own processes cannot; a stranger's is an ordinary loss",
    ),
    35: Fault(
        "slow consumer",
        "bounded queues; the slow one starts anew",
        of(SSE, "test_a_client_that_does_not_read_is_given_a_new_snapshot_and_no_queue"),
    ),
    36: Fault("ACL denies publish", "no live state by the deadline; the alarm names the ACL", (), SECURITY),
    37: Fault(
        "TLS certificate expired or of another CA", "refused, alarm, warning 30 days ahead", (), SECURITY
    ),
}
