"""Breaks of S11 to S14: absence, bases, time limits, locks and what is missing."""

from tests.breaking import Break

ARBITRATION = "controller/states/arbitration.py"
BANDS = "controller/plan/bands.py"
LOOK = "controller/fleet/look.py"
T_ARBITRATION = "tests/unit/test_arbitration.py"
T_CLOSURE = "tests/unit/test_rule_lane_closure.py"
T_LAWS = "tests/unit/test_laws.py::test_no_drawn_road_breaks_a_law[0]"
T_LOOK = "tests/unit/test_look.py"

OF_HOLDING: tuple[Break, ...] = (
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
)
