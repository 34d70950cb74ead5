"""Rows 38 to 52: store, disk, process."""

from collections.abc import Mapping

from tests.faults.row import DEGRADED, ENVELOPE, KILL, REPLAN, SEALS, SEVERAL, SSE, STORE, Fault, of

OF_PROCESS: Mapping[int, Fault] = {
    38: Fault(
        "kill -9 at each failpoint",
        "resumed, or failed by name; nothing acknowledged lost; nothing harmful twice",
        (
            *of(
                "scenario/test_kills.py",
                "test_kills_at_every_place_and_at_random_moments",
                "test_a_kill_around_the_migration_leaves_a_store_that_opens",
            ),
            *of(KILL, "test_kill_9_loses_nothing_acknowledged"),
            *of(SEALS, "test_a_rotation_cut_off_by_a_kill_is_finished_by_the_next_start"),
            *of("unit/test_histories.py", "test_the_laws_hold_in_a_few_histories"),
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
            *of(DEGRADED, "test_an_io_error_latches_although_the_next_write_is_accepted"),
            *of("unit/test_watchdog.py", "test_a_disk_that_fills_is_told_twice_and_ends"),
        ),
    ),
    41: Fault(
        "fsync error or delay",
        "latched; answers in time; a person restores",
        (
            *of("scenario/test_degraded.py", "test_an_fsync_delayed_by_five_seconds_holds_no_restriction"),
            *of(DEGRADED, "test_an_io_error_latches_although_the_next_write_is_accepted"),
        ),
    ),
    42: Fault(
        "database locked for seconds",
        "bounded, off the loop",
        of(
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
            *of("scenario/test_broken_store.py", "test_a_damaged_store_is_driven_read_only"),
            *of(STORE, "test_a_broken_end_of_the_chain_is_refused_and_a_broken_middle_is_named"),
            *of(SEALS, "test_a_cut_tail_is_found_by_a_verifier_and_by_the_next_start"),
        ),
    ),
    46: Fault(
        "clock jumps an hour",
        "deadlines monotonic, order by seq",
        (
            *of(
                STORE,
                "test_epochs_rise_with_every_start_even_if_the_clock_steps_back",
                "test_ids_go_on_after_a_restart_and_begin_anew_each_utc_day",
            ),
            *of(
                REPLAN,
                "test_a_wrong_way_stretch_grows_by_the_time_that_passes_and_not_by_a_clock_that_is_set",
            ),
        ),
        "no whole process is run under a false clock; locks, shelves and sirens end by the wall clock: one "
        "set back while a siren sounds makes it sound longer, until somebody silences it",
    ),
    47: Fault("two controllers own a section", "the lower epoch writes nothing", (), SEVERAL),
    48: Fault("lease holder paused", "nothing is sent before it has looked again", (), SEVERAL),
    49: Fault(
        "event loop stands still for 3 s",
        "a thread logs the stack, systemd is told nothing",
        of(
            "unit/test_watchdog.py",
            "test_a_loop_that_stood_still_is_named_with_the_place",
            "test_systemd_is_told",
        ),
    ),
    50: Fault(
        "no more threads or file descriptors",
        "new work refused cleanly",
        of(SSE, "test_no_more_streams_than_the_limit_though_all_come_at_once"),
        "streams are bounded; no test runs the process under ulimit",
    ),
    51: Fault(
        "SIGTERM in the middle of a plan",
        "finished or handed over in the grace, and said",
        of(
            "scenario/test_orderly_stop.py",
            "test_a_press_under_way_is_finished_before_the_process_ends",
            "test_what_cannot_be_finished_is_named_and_taken_over",
        ),
    ),
    52: Fault(
        "other version",
        "unknown envelope refused; newer schema refused; older one migrated",
        (
            *of(
                STORE, "test_a_newer_schema_is_refused", "test_a_migration_that_stops_half_way_leaves_nothing"
            ),
            *of(ENVELOPE, "test_refusals_name_reason_and_what_was_applied"),
        ),
    ),
}
