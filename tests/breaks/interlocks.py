"""Breaks of the interlock table (S9): load, desired state, before each send, on read-back, reset."""

from tests.breaking import Break

CHECKS = "config/interlock_checks.py"
PARTNERS = "controller/interlocks/partners.py"
RAISE = "controller/interlocks/interlock_raise.py"
RECONCILER = "controller/fleet/reconciler.py"
TABLE = "controller/interlocks/interlock_table.py"
WATCH = "controller/interlocks/conflict_watch.py"
ORDERS = "controller/interlocks/interlock_orders.py"

T_BUILT_IN = "tests/unit/test_built_in_interlocks.py"
T_FAULTS = "tests/unit/test_site_faults.py::test_a_file_gives_exactly_the_findings_it_is_marked_with"
T_HOLD = "tests/unit/test_holding_back.py"
T_RAISE = "tests/unit/test_interlock_raise.py"
T_ROAD = "tests/unit/test_conflicts_on_the_road.py"
T_TABLE = "tests/unit/test_interlock_table.py"

OF_INTERLOCKS: tuple[Break, ...] = (
    Break(
        "S9",
        CHECKS,
        "if _violated_at_rest(interlock, devices):",
        "if False:",
        f"{T_FAULTS}[interlock-base]",
    ),
    Break(
        "S9",
        CHECKS,
        "if not _kept_at_top(interlock, devices):",
        "if False:",
        f"{T_FAULTS}[interlock-top]",
    ),
    Break(
        "S9",
        "config/built_in_interlocks.py",
        "(*_facing_arrows(site), *_portals(site))",
        "(*_facing_arrows(site),)",
        f"{T_BUILT_IN}::test_a_portal_signal_is_red_while_the_first_gantry_behind_it_is_closed",
    ),
    Break(
        "S9",
        "controller/states/arbitration.py",
        "states |= _interlocked(site, states, sources, wishes, missing, brief=is_brief(replaced, now_ms))",
        "pass",
        f"{T_RAISE}::test_the_desired_state_names_the_interlock_and_belongs_to_who_caused_it",
    ),
    Break(
        "S9",
        RAISE,
        "if word in can and heights[word] > at]",
        "if word in can]",
        f"{T_RAISE}::test_the_smallest_step_up_is_taken_and_says_which_interlock_did_it",
    ),
    Break(
        "S9",
        RAISE,
        "[*facts, *crosses(site, log)]",
        "facts",
        f"{T_RAISE}::test_what_is_raised_keeps_the_laws_too",
    ),
    Break(
        "S9",
        RECONCILER,
        "verdict = Look.HELD if waits else verdict",
        "pass",
        f"{T_HOLD}::test_a_release_waits_until_the_partner_is_proved_and_goes_at_that_moment",
    ),
    Break(
        "S9",
        PARTNERS,
        "return frozenset({reading.value, *reconciler.condition.unproved})",
        "return frozenset({reading.value})",
        f"{T_HOLD}::test_no_release_ever_leaves_while_a_partner_may_conflict",
    ),
    Break(
        "S7",
        PARTNERS,
        "if reading is None or reading.value is None or reading.fault or not reading.live:",
        "if reading is None or reading.value is None or not reading.live:",
        f"{T_HOLD}::test_an_unknown_partner_counts_as_the_worst[faulty]",
    ),
    Break(
        "S9",
        PARTNERS,
        "self._reconcilers[other].retry()",
        "pass",
        f"{T_HOLD}::test_a_release_waits_until_the_partner_is_proved_and_goes_at_that_moment",
    ),
    Break(
        "S9",
        PARTNERS,
        "self._reconcilers[device].watched = True",
        "pass",
        f"{T_HOLD}::test_the_partners_of_a_held_release_are_read_like_wanted_devices",
    ),
    Break(
        "S9",
        WATCH,
        "return interlock.settle_ms / 1000 if moving else min(STILL_S, interlock.settle_ms / 1000)",
        "return 0.0",
        f"{T_ROAD}::test_a_conflict_shorter_than_the_settle_time_is_no_alarm",
    ),
    Break(
        "S9",
        WATCH,
        "return interlock.settle_ms / 1000 if moving else min(STILL_S, interlock.settle_ms / 1000)",
        "return interlock.settle_ms / 1000",
        f"{T_ROAD}::test_where_nothing_was_ordered_it_is_alarmed_within_a_second_of_the_read_that_shows_it",
    ),
    Break(
        "S9",
        WATCH,
        "return any(conflict.certain for conflict in conflicts(",
        "return any(True for conflict in conflicts(",
        f"{T_ROAD}::test_what_is_unknown_is_no_conflict_seen",
    ),
    Break(
        "S9",
        "controller/book.py",
        "sources += [Source(one.source, one.plan, one.since_ms, None) for one in self.latches.values()]",
        "pass",
        f"{T_ROAD}::test_a_conflict_that_outlasts_the_settle_time_is_alarmed_within_a_second_and_driven_shut",
    ),
    Break(
        "S9",
        "controller/recovery.py",
        "book.latches[name] = found",
        "pass",
        f"{T_ROAD}::test_a_latch_survives_a_restart_and_is_reset_over_the_api",
    ),
    Break(
        "S9",
        ORDERS,
        "self._check(interlock, without_proof)",
        "pass",
        f"{T_ROAD}::test_the_reset_is_refused_while_the_conflict_stands_and_then_lets_the_devices_go",
    ),
    Break(
        "S9",
        ORDERS,
        "if room.store.degraded:",
        "if False:",
        f"{T_ROAD}::test_what_cannot_be_reset_says_why",
    ),
)
