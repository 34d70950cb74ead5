"""Rows 1 to 20: devices, lines and what travels on them."""

from collections.abc import Mapping

from tests.faults.row import (
    ALARMS,
    DEAD,
    DRIVER,
    ENVELOPE,
    FAILED,
    LAMPS,
    LINE,
    LINKS,
    LOOP,
    REFUSED,
    REPLAN,
    SIM_MQTT,
    TRIALS,
    Fault,
    of,
)

OF_DEVICES: Mapping[int, Fault] = {
    1: Fault(
        "device never answers",
        "failed at the step deadline, the others go on, alarm, retried with back-off",
        (
            *of(DEAD, "test_a_dead_head_is_named_and_driven_when_it_returns"),
            *of(REPLAN, "test_a_dead_head_hands_its_role_on_at_the_deadline_and_is_driven_when_it_returns"),
            *of(LOOP, "test_attempts_never_spin"),
        ),
    ),
    2: Fault(
        "answers after the deadline",
        "counted late; the state is taken from a read-back, not from the acknowledgement",
        (
            *of(LINE, "test_a_late_answer_is_not_credited_to_the_next_request"),
            *of(DRIVER, "test_duplicate_and_late_acks_count_once"),
            *of(LOOP, "test_slow_lamps_are_polled_until_they_show_it"),
        ),
    ),
    3: Fault(
        "read-back differs from what was commanded",
        "mismatch, alarm, at most two re-sends, never done",
        of(LOOP, "test_a_stuck_lamp_is_written_three_times_and_named"),
    ),
    4: Fault(
        "stuck lamp: acknowledged, unchanged",
        "as 3; the device is planned around",
        (
            *of(DEAD, "test_a_stuck_lamp_is_never_called_verified"),
            *of(FAILED, "test_a_failed_head_is_planned_around_until_it_is_repaired"),
            *of(REPLAN, "test_a_flapping_head_does_not_make_the_plan_swing"),
        ),
    ),
    5: Fault(
        "dark lamp",
        "a closure counts as not shown; the device upstream is used",
        (
            *of(LOOP, "test_a_fault_flag_is_never_verified_and_is_driven_again_when_gone"),
            *of(FAILED, "test_a_failed_head_is_planned_around_until_it_is_repaired"),
        ),
        "partial pixels of a sign are not reported by any device model",
    ),
    6: Fault(
        "Modbus exceptions 1, 2, 3",
        "no retry at once (decision 25), an alarm about the configuration",
        (
            *of(REFUSED, "test_each_exception_code_of_a_write"),
            *of(LOOP, "test_a_refusal_is_not_repeated_at_once"),
        ),
    ),
    7: Fault("exception 4", "device fault, one retry", of(REFUSED, "test_each_exception_code_of_a_write")),
    8: Fault(
        "exceptions 5 and 6",
        "polled, or tried again inside the deadline",
        of(
            REFUSED,
            "test_a_passing_refusal_is_tried_again",
            "test_a_busy_write_is_not_overtaken_by_a_later_one_and_delays_nobody",
        ),
    ),
    9: Fault(
        "exceptions 0x0A and 0x0B",
        "one alarm for the gateway, every device behind it unknown",
        (
            *of(DEAD, "test_a_dead_unit_behind_a_gateway_costs_its_neighbours_nothing_in_the_verdict"),
            *of(LINKS, "test_a_unit_with_several_devices_is_one_alarm_and_moves_to_its_link"),
        ),
    ),
    10: Fault(
        "garbage frame, wrong length, wrong protocol",
        "connection dropped, counted, made again; never parsed on",
        (
            *of(LINE, "test_garbage_drops_the_connection_and_is_counted"),
            *of("contract/test_chaos.py", "test_a_flip_turns_one_bit_and_the_seed_repeats_it"),
            *of("unit/test_modbus_frames.py", "test_garbage_is_named"),
        ),
    ),
    11: Fault(
        "wrong transaction id",
        "ignored; the step times out",
        of(LINE, "test_a_late_answer_is_not_credited_to_the_next_request"),
    ),
    12: Fault(
        "frames in pieces or run together",
        "parsed, or timed out",
        (
            *of("unit/test_modbus_frames.py", "test_an_answer_is_taken_however_it_is_cut"),
            *of("scenario/test_bad_wire.py", "test_a_bad_wire_makes_nothing_untrue"),
        ),
    ),
    13: Fault(
        "half-open TCP",
        "found by our own deadline, not by TCP",
        of(
            LINE,
            "test_a_socket_that_accepts_and_never_answers_is_unreachable_until_it_does",
            "test_a_line_gone_dead_is_closed_after_two_units_stay_silent",
        )
        + of("scenario/test_bad_wire.py", "test_a_bad_wire_makes_nothing_untrue"),
    ),
    14: Fault(
        "connection refused",
        "fails fast, back-off with jitter, no spin",
        (
            *of(LINE, "test_requests_to_a_closed_port_fail_fast_and_name_it"),
            *of("unit/test_modbus_pace.py", "test_backoff_doubles_to_its_cap_and_never_spins"),
        ),
    ),
    15: Fault(
        "device reboots and loses its state",
        "read after the reconnect, driven again",
        (
            *of(LAMPS, "test_reboot_loses_lamps_and_command_and_what_was_under_way"),
            *of(LOOP, "test_a_head_lost_for_a_minute_shows_the_closure_when_it_returns"),
            *of(SIM_MQTT, "test_reboot_cuts_the_connection_and_loses_lamps_and_memory"),
        ),
    ),
    16: Fault(
        "device flapping every two seconds",
        "quarantine, one alarm",
        of(ALARMS, "test_a_flapping_device_is_one_alarm_until_it_is_calm"),
    ),
    17: Fault(
        "duplicate acknowledgement",
        "counts once",
        (
            *of(DRIVER, "test_duplicate_and_late_acks_count_once"),
            *of(ENVELOPE, "test_a_duplicate_gets_the_stored_ack_and_is_not_applied_again"),
        ),
    ),
    18: Fault(
        "late acknowledgement of an earlier command",
        "not credited to the new one",
        (
            *of(DRIVER, "test_what_is_not_ours_is_never_credited", "test_duplicate_and_late_acks_count_once"),
            *of(TRIALS, "test_no_proof_is_false_and_nothing_old_is_shown"),
        ),
    ),
    19: Fault(
        "acknowledgement of an unknown command or of another device",
        "rejected and counted",
        of(DRIVER, "test_what_is_not_ours_is_never_credited"),
        "it is a counter, not yet a security event",
    ),
    20: Fault(
        "an older command is applied last",
        "refused by (epoch, seq); a dumb device is caught by the read-back",
        (
            *of(LAMPS, "test_an_older_command_never_overtakes_a_newer_one"),
            *of(SIM_MQTT, "test_refusals_duplicates_and_order_over_the_wire"),
            *of(
                "scenario/test_starts.py",
                "test_a_reinstalled_controller_takes_over_devices_that_know_a_higher_epoch",
            ),
            *of(LOOP, "test_drift_is_driven_back_every_time"),
        ),
    ),
}
