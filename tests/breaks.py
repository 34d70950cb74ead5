"""What must not be got wrong: at least three breaks of each rule, each with the test that turns red.

python -m tests.breaks            breaks everything, one line at a time, in copies of the tree
python -m tests.breaks --rule S3  only one rule
python -m tests.breaks --list     only says what would be broken
python -m tests.breaks --check    only says which breaks do not fit the tree any more (part of `make check`)
"""

import sys
from collections.abc import Sequence
from itertools import pairwise

from tests.breaking import Break, Result, outdated, run
from tests.breaks_interlocks import BREAKS_OF_INTERLOCKS
from tests.breaks_types import BREAKS_OF_TYPES

ASPECTS = "controller/plan/aspects.py"
ARBITRATION = "controller/states/arbitration.py"
BANDS = "controller/plan/bands.py"
INTERLOCK = "controller/states/interlock.py"
INTERLOCK_TABLE = "controller/interlocks/interlock_table.py"
LOOK = "controller/fleet/look.py"
MODBUS = "devices/modbus_values.py"
PLANNER = "controller/plan/planner.py"
RELEASE = "controller/incidents/release.py"
SIGNS = "controller/signs/sign_texts.py"
SIGN_RULE = "controller/rules/sign_message.py"

T_ARBITRATION = "tests/unit/test_arbitration.py"
T_CLOSURE = "tests/unit/test_rule_lane_closure.py"
T_GOLDEN = "tests/contract/test_modbus_golden.py"
T_INTERLOCK = "tests/unit/test_interlock.py"
T_INTERLOCK_TABLE = "tests/unit/test_interlock_table.py"
T_LAWS = "tests/unit/test_laws.py::test_no_drawn_road_breaks_a_law[0]"
T_LOOK = "tests/unit/test_look.py"
T_RELEASE = "tests/unit/test_release.py"
T_RESPONSES = "tests/unit/test_responses.py"
T_SIGNS = "tests/unit/test_rule_sign_message.py"

BREAKS: tuple[Break, ...] = (
    # S1: no head shows two aspects, and none is commanded two.
    Break(
        "S1",
        MODBUS,
        "if set(lamps) == set(lit)), None)",
        "if set(lamps) <= set(lit)), None)",
        f"{T_GOLDEN}::test_lamp_inputs_are_decoded",
    ),
    Break(
        "S1",
        MODBUS,
        "return tuple(int(lamp in lit) for lamp in model.form.lamps)",
        "return tuple(1 for lamp in model.form.lamps)",
        f"{T_GOLDEN}::test_each_value_is_these_bytes_and_is_proved",
    ),
    Break(
        "S1",
        PLANNER,
        "demands = sorted((demand for _, demand in best.values()), key=lambda d: order[d.device])",
        "demands = [demand for _, demand in best.values() for _ in (0, 1)]",
        "tests/unit/test_planner.py::test_demands_are_in_site_order_one_a_device_and_repeatable",
    ),
    # S2: an arrow points to a lane that stays open from there to the incident.
    Break(
        "S2",
        ASPECTS,
        "and not touches(self.shut[target], at_m, end_m)",
        "and not touches(self.shut[target], at_m, at_m)",
        f"{T_CLOSURE}::test_arrows_over_every_set_of_lanes_and_gantries",
    ),
    Break(
        "S2",
        ASPECTS,
        "arrow = Aspect.MERGE_RIGHT if columns[target] > own else Aspect.MERGE_LEFT",
        "arrow = Aspect.MERGE_LEFT if columns[target] > own else Aspect.MERGE_RIGHT",
        f"{T_CLOSURE}::test_arrows_point_to_the_nearest_open_lane",
    ),
    Break(
        "S2",
        ASPECTS,
        "if any(bore.entry_m <= at_m < bore.exit_m for bore in self.unchanging):",
        "if any(bore.entry_m <= at_m < bore.exit_m for bore in ()):",
        f"{T_RESPONSES}::test_no_arrow_stands_in_a_bore_without_lane_changes",
    ),
    Break(
        "S2",
        BANDS,
        "if bore.entry_m < start_m and bore.exit_m > start_m - site.policy.min_weave_m:",
        "if bore.entry_m < start_m and bore.exit_m > start_m:",
        f"{T_CLOSURE}::test_start_of_closure",
    ),
    # S3: along a lane warnings, then crosses, then nothing, each early enough.
    Break(
        "S3",
        BANDS,
        "start_m = place_m - policy.closure_before_m",
        "start_m = place_m",
        f"{T_CLOSURE}::test_start_of_closure",
    ),
    Break(
        "S3",
        ASPECTS,
        "for h in heads if stretch.from_m <= h.at_m <= stretch.to_m}",
        "for h in heads if stretch.from_m <= h.at_m < stretch.to_m - 500}",
        f"{T_CLOSURE}::test_what_a_driver_reads",
    ),
    Break(
        "S3",
        BANDS,
        "merge = {h.id: h.at_m for h in usable[:1] if h.at_m >= reach_m}",
        "merge = {}",
        f"{T_CLOSURE}::test_every_band_takes_at_least_the_nearest_gantry",
    ),
    Break(
        "S3",
        INTERLOCK,
        "if strictness(shown) < strictness(derived.aspect):",
        "if strictness(shown) > strictness(derived.aspect):",
        f"{T_INTERLOCK}::test_one_wrong_head",
    ),
    # S4: a sign is never milder than the next closure, sends nobody into one, is never skipped in silence.
    Break(
        "S4",
        INTERLOCK,
        "needed = Level.CLOSURE if nearest.all_lanes else Level.NOTICE",
        "needed = Level.NOTICE",
        f"{T_INTERLOCK}::test_a_sign_before_a_full_closure_says_so",
    ),
    Break(
        "S4",
        INTERLOCK,
        "sends = sign_texts.sends_to(text, carriageway) & closed",
        "sends = frozenset[int]()",
        f"{T_INTERLOCK}::test_a_sign_sends_nobody_to_a_closed_lane_over_which_no_head_hangs",
    ),
    Break(
        "S4",
        SIGN_RULE,
        "if facts.all_closed(carriageway):\n        return Situation.CLOSURE\n    if facts.on",
        "if facts.on",
        f"{T_SIGNS}::test_all_lanes_blocked_is_a_closure_on_every_sign",
    ),
    Break(
        "S4",
        SIGNS,
        "return Choice(write(message), number > 0, len(message.pages) > 1)",
        "return Choice(write(message), False, len(message.pages) > 1)",
        f"{T_SIGNS}::test_the_longest_text_that_fits_is_used_and_a_shorter_one_is_reported",
    ),
    Break(
        "S4",
        "controller/plan/portals.py",
        "elif wall_m is not None:",
        "elif False:",
        T_LAWS,
    ),
    # S5: aspects come from the joined facts of everything that stands.
    Break(
        "S5",
        ARBITRATION,
        "facts = [f for s in sources for f in s.plan.lane_facts if f.carriageway == carriageway]",
        "facts = [f for s in sources[:1] for f in s.plan.lane_facts if f.carriageway == carriageway]",
        f"{T_ARBITRATION}::test_a_second_closure_too_near_to_weave_closes_the_road_from_the_first",
    ),
    Break(
        "S5",
        ARBITRATION,
        "_, raised = raise_until_lawful(site, before, facts, points=points, missing=missing)",
        "raised = ()",
        f"{T_ARBITRATION}::test_two_incidents_that_block_both_lanes_close_the_road",
    ),
    Break(
        "S5",
        ARBITRATION,
        "head.id: max((w.value for w in wishes[head.id]), key=strictness)",
        "head.id: min((w.value for w in wishes[head.id]), key=strictness)",
        f"{T_ARBITRATION}::test_a_milder_lock_changes_nothing_while_the_warnings_of_a_release_stand",
    ),
    Break(
        "S5",
        ARBITRATION,
        "for source in sorted(sources, key=lambda s: s.precedence):",
        "for source in sources:",
        f"{T_ARBITRATION}::test_equal_demands_belong_to_both",
    ),
    Break(
        "S5",
        INTERLOCK,
        "nearest = min(stops or ahead, key",
        "nearest = min(ahead, key",
        f"{T_INTERLOCK}::test_a_full_stop_farther_on_counts_more_than_a_lane_closed_before_it",
    ),
    # S6: a release goes siren, lanes, warnings, signs; from the incident upstream; every head freshly read.
    Break(
        "S6",
        RELEASE,
        'for stage, wanted in (("lanes", CROSSES), ("warnings", WARNINGS)):',
        'for stage, wanted in (("warnings", WARNINGS), ("lanes", CROSSES)):',
        f"{T_RELEASE}::test_the_order_of_a_release",
    ),
    Break(
        "S6",
        RELEASE,
        "rows.sort(key=lambda row: (-row[0], row[1]))",
        "rows.sort(key=lambda row: (row[0], row[1]))",
        f"{T_RELEASE}::test_the_order_of_a_release",
    ),
    Break(
        "S6",
        RELEASE,
        "yield Phase(name.format(stage), plan, tuple(gone), wait)",
        "yield Phase(name.format(stage), plan, tuple(gone), tuple(gone))",
        f"{T_RELEASE}::test_the_order_of_a_release",
    ),
    Break(
        "S6",
        LOOK,
        "isinstance(left, type(shown)) and rank(shown) <= rank(left) for left in target.leaves",
        "isinstance(left, type(shown)) for left in target.leaves",
        f"{T_LOOK}::test_an_order_covers_what_it_was_given_for_and_nothing_stricter",
    ),
    Break(
        "S6",
        RELEASE,
        "return replace(fact, to_m=max(standing)) if standing else None",
        "return fact",
        T_LAWS,
    ),
    Break(
        "S6",
        RELEASE,
        "rest = tuple(d.device for d in plan.demands)",
        "rest = ()",
        T_LAWS,
    ),
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
    # S11: absence is not an order.
    Break(
        "S11",
        LOOK,
        "if front is not None and lowers(front, target):",
        "if False:",
        "tests/unit/test_reconciler.py::test_a_found_closure_is_not_opened",
    ),
    Break(
        "S11",
        LOOK,
        "return not target.wanted and is_restriction(shown, target.value) and shown not in target.leaves",
        "return False",
        f"{T_LOOK}::test_look",
    ),
    Break(
        "S11",
        ARBITRATION,
        "found = next((w for w in equal if w.source.adopted), None)",
        "found = None",
        f"{T_ARBITRATION}::test_what_was_found_stays_while_an_incident_wants_no_more",
    ),
    Break(
        "S11",
        LOOK,
        "if reading is not None and reading.local:\n        return Look.LOCAL",
        "if False:\n        return Look.LOCAL",
        "tests/unit/test_reconciler.py::test_a_device_in_local_mode_is_not_written_until_given_back",
    ),
    Break(
        "S11",
        ARBITRATION,
        "for head in heads\n        if head.id in wishes",
        "for head in heads\n        if any(w.source.incident for w in wishes.get(head.id, ()))",
        T_LAWS,
    ),
    # S12: every device has a base and a fallback, and a clear brings the base back.
    Break(
        "S12",
        "config/device_checks.py",
        "if raw is None:\n                if _lost_defaults(draft):",
        "if raw is None:\n                if True:",
        "tests/unit/test_site_faults.py::test_a_file_gives_exactly_the_findings_it_is_marked_with[no-base]",
    ),
    Break(
        "S12",
        "config/device_checks.py",
        "yield from _mild_fallback(draft, row, path, value)",
        "pass",
        "tests/unit/test_site_faults.py::"
        "test_a_file_gives_exactly_the_findings_it_is_marked_with[head-fallback-dark]",
    ),
    Break(
        "S12",
        "controller/fleet/fleet.py",
        'return Target(device.base, wanted=False, leaves=leaves, because="at rest")',
        'return Target(None, wanted=False, leaves=leaves, because="at rest")',
        "tests/unit/test_base.py::test_a_device_nothing_stands_for_goes_to_its_base",
    ),
    Break(
        "S12",
        "controller/incidents/driving.py",
        "if device.base is None and known and device.id not in room.book.adopted:",
        "if False:",
        "tests/unit/test_base.py::test_a_clear_restores_what_a_sign_of_others_showed",
    ),
    Break(
        "S12",
        "controller/fleet/fleet.py",
        "return Target(state.value, wanted=ours,",
        "return Target(state.value, wanted=True,",
        T_LAWS,
    ),
    # S13: sirens end by themselves, flashes go on; the review only asks.
    Break(
        "S13",
        ARBITRATION,
        "return until_ms is not None and now_ms >= until_ms",
        "return until_ms is not None and now_ms > until_ms",
        f"{T_ARBITRATION}::test_sirens_end_when_their_time_is_over_and_flashes_go_on",
    ),
    Break(
        "S13",
        ARBITRATION,
        "return replace(value, siren=False)",
        "return replace(value, siren=False, flash=False)",
        f"{T_ARBITRATION}::test_sirens_end_when_their_time_is_over_and_flashes_go_on",
    ),
    Break(
        "S13",
        ARBITRATION,
        "value = BeaconState(any(v.flash for v in wanted), any(v.siren for v in wanted))",
        "value = BeaconState(any(v.flash for v in wanted), all(v.siren for v in wanted))",
        f"{T_ARBITRATION}::test_a_siren_sounds_while_any_incident_wants_it",
    ),
    Break(
        "S13",
        "controller/incidents/course.py",
        "return self.sounding_ms if self.silenced_ms >= self.sounding_ms else",
        "return self.sounding_ms if False else",
        "tests/unit/test_sirens.py::test_until_when_it_sounds",
    ),
    Break(
        "S13",
        "controller/incidents/quiet.py",
        "return minute >= hours.from_min or minute < hours.to_min",
        "return minute >= hours.from_min and minute < hours.to_min",
        "tests/unit/test_sirens.py::test_quiet_hours",
    ),
    # S14: a lock only restricts, a closure text is never hidden, the role of a missing device moves upstream.
    Break(
        "S14",
        "controller/device_orders.py",
        "if isinstance(floor, type(value)) and rank(value) < rank(floor):",
        "if False:",
        "tests/unit/test_api_devices.py::test_a_lock_never_restricts_less_than_the_incident",
    ),
    Break(
        "S14",
        ARBITRATION,
        "if holding and strictness(best.value) < Level.CLOSURE:",
        "if False:",
        f"{T_ARBITRATION}::test_a_closure_text_becomes_milder_only_by_a_release",
    ),
    Break(
        "S14",
        ARBITRATION,
        "best = incidents[0] if incidents else (holding or others)[0]",
        "best = (others or incidents)[0]",
        f"{T_ARBITRATION}::test_an_incident_speaks_before_a_sign_lock",
    ),
    Break(
        "S14",
        BANDS,
        "yield from [h for h in usable if reach_m <= h.at_m < gone.at_m][:1]",
        "yield from ()",
        f"{T_CLOSURE}::test_the_role_of_a_missing_head_amid_its_band_moves_upstream_too",
    ),
    *BREAKS_OF_INTERLOCKS,
    *BREAKS_OF_TYPES,
)


def main(words: Sequence[str]) -> int:
    """Break, watch and say; exit code 1 where a break was not noticed for the right reason."""
    rules = {word.upper() for one, word in pairwise(words) if one == "--rule"}
    entries = [entry for entry in BREAKS if not rules or entry.rule in rules]
    if not entries:
        known = ", ".join(dict.fromkeys(entry.rule for entry in BREAKS))
        print(f"no breaks of {', '.join(sorted(rules))}; there are breaks of {known}", file=sys.stderr)
        return 2
    if "--list" in words:
        for entry in entries:
            print(f"{entry.name}\n    {entry.test}")
        return 0
    if "--check" in words:
        stale = [f"{entry.name}\n    {why}" for entry in entries if (why := outdated(entry))]
        for line in stale:
            print(f"out of date in tests/breaks.py: {line}", file=sys.stderr)
        return 1 if stale else 0
    bad = 0
    for number, outcome in enumerate(run(entries), start=1):
        bad += outcome.result is not Result.RED
        print(f"{number:3}/{len(entries)}  {outcome.result:24} {outcome.entry.name}", flush=True)
        print(f"         {outcome.entry.test}", flush=True)
        print(f"         {outcome.said[:160]}", flush=True)
    print(f"{len(entries) - bad} of {len(entries)} breaks turn their test red")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
