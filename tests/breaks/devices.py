"""Breaks of S7 to S10: what is not known, what a device can show, interlocks, simulated and live."""

from tests.breaking import Break

ASPECTS = "controller/plan/aspects.py"
BANDS = "controller/plan/bands.py"
INTERLOCK = "controller/states/interlock.py"
INTERLOCK_TABLE = "controller/interlocks/interlock_table.py"
LOOK = "controller/fleet/look.py"
T_CLOSURE = "tests/unit/test_rule_lane_closure.py"
T_INTERLOCK = "tests/unit/test_interlock.py"
T_INTERLOCK_TABLE = "tests/unit/test_interlock_table.py"
T_LAWS = "tests/unit/test_laws.py::test_no_drawn_road_breaks_a_law[0]"
T_LOOK = "tests/unit/test_look.py"

OF_DEVICES: tuple[Break, ...] = (
    # S7: UNKNOWN is the worse of what it may be, and is never taken as done.
    Break(
        "S7",
        LOOK,
        "return Look.WRITE if written.count or only_raises(target) else Look.READ",
        "return Look.WRITE",
        f"{T_LOOK}::test_look",
    ),
    Break(
        "S7",
        LOOK,
        "return Look.FAULT  # contradictory lamps at rest may be a closure (S7): alarm, do not touch",
        "return Look.WRITE",
        f"{T_LOOK}::test_look",
    ),
    Break(
        "S7",
        BANDS,
        "policy, place_m = site.policy, place.from_m",
        "policy, place_m = site.policy, place.to_m",
        f"{T_CLOSURE}::test_an_unknown_place_closes_the_whole_bore",
    ),
    Break(
        "S7",
        "controller/fleet/reconciler.py",
        "reading = None  # older than three intervals is UNKNOWN (S9)",
        "pass",
        "tests/unit/test_reconciler.py::test_a_head_that_reports_no_more_is_unknown",
    ),
    Break(
        "S7",
        BANDS,
        "policy, place_m = site.policy, place.from_m",
        "policy, place_m = site.policy, place.to_m - 1",
        T_LAWS,
    ),
    Break(
        "S7",
        INTERLOCK_TABLE,
        "return possible is None or any(",
        "return possible is not None and any(",
        f"{T_INTERLOCK_TABLE}::test_a_device_nobody_speaks_of_is_unknown",
    ),
    # S8: a head shows the best it can, and the plan says what was put in its place.
    Break(
        "S8",
        ASPECTS,
        "aspect = next((wish for wish in wishes if wish in device.aspects), None)\n        if aspect",
        "aspect = wishes[0]\n        if aspect",
        f"{T_CLOSURE}::test_without_arrows_the_merge_band_says_closed_ahead",
    ),
    Break(
        "S8",
        ASPECTS,
        "findings.append(_substituted(device, wishes[0], aspect))",
        "pass",
        f"{T_CLOSURE}::test_a_head_that_can_show_no_cross_shows_the_next_best",
    ),
    Break(
        "S8",
        "controller/rules/beacon.py",
        "value = BeaconState(facts.response.flash, loud and device.siren)",
        "value = BeaconState(facts.response.flash, loud)",
        "tests/unit/test_rule_beacon.py::test_a_beacon_without_siren_only_flashes_and_the_plan_says_so",
    ),
    Break(
        "S8",
        ASPECTS,
        "return (Aspect.CLOSED, Aspect.CLOSED_AHEAD, *arrows, Aspect.CAUTION)",
        "return (Aspect.CLOSED, *arrows, Aspect.CLOSED_AHEAD, Aspect.CAUTION)",
        f"{T_CLOSURE}::test_a_head_that_can_show_no_cross_shows_the_next_best",
    ),
    Break(
        "S8",
        "controller/rules/lane_closure.py",
        "yield from derivation.findings",
        "yield from ()",
        T_LAWS,
    ),
    # S9: what is unlawful together is raised, never lowered.
    Break(
        "S9",
        INTERLOCK,
        "wishes = (*lawful, Aspect.CLOSED_AHEAD, Aspect.CLOSED)",
        "wishes = (*lawful, Aspect.OPEN)",
        f"{T_INTERLOCK}::test_an_arrow_to_a_lane_with_a_cross_becomes_a_warning",
    ),
    Break(
        "S9",
        INTERLOCK,
        "found += _arrows(site, states, derivation)",
        "pass",
        f"{T_INTERLOCK}::test_an_arrow_that_can_be_no_warning_becomes_a_cross",
    ),
    Break(
        "S9",
        "controller/fleet/reconciler.py",
        "return POLL_WANTED_S if self._pressing else POLL_IDLE_S",
        "return POLL_IDLE_S",
        "tests/unit/test_reconciler.py::test_a_wanted_head_is_read_every_second",
    ),
    Break(
        "S9",
        INTERLOCK_TABLE,
        "if not held or not is_release(device, possible(device.id), after):",
        "if not held:",
        f"{T_INTERLOCK_TABLE}::test_a_restriction_is_never_held_back_whatever_the_partner_may_show",
    ),
    Break(
        "S9",
        INTERLOCK_TABLE,
        "return tuple(held)",
        "return ()",
        f"{T_INTERLOCK_TABLE}::test_a_release_waits_exactly_while_every_partner_may_take_part",
    ),
    Break(
        "S9",
        "controller/interlocks/interlock_raise.py",
        "(_, value), device = min(ways, key=lambda one: one[0][0])",
        "(_, value), device = max(ways, key=lambda one: one[0][0])",
        "tests/unit/test_interlock_raise.py::test_of_two_ways_out_the_shorter_one_is_taken",
    ),
    # S10: simulated and live never meet.
    Break(
        "S10",
        "devices/links/modbus_proof.py",
        "if simulated and said != identity.simulator:",
        "if False:",
        "tests/contract/test_modbus_connection.py::"
        "test_a_simulated_site_writes_nothing_to_an_endpoint_that_is_no_simulator",
    ),
    Break(
        "S10",
        "devices/links/modbus_proof.py",
        "if not simulated and said == identity.simulator:",
        "if False:",
        "tests/contract/test_modbus_connection.py::test_a_live_site_refuses_a_simulator",
    ),
    Break(
        "S10",
        "devices/links/mqtt.py",
        'self._sides[device] = said.get("simulator") is True',
        "self._sides[device] = True",
        "tests/contract/test_mqtt_driver.py::"
        "test_a_simulated_site_sends_nothing_to_a_device_that_is_no_simulator",
    ),
)
