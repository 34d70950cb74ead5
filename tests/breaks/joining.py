"""Breaks of S4 to S6: signs, joined facts, release."""

from tests.breaking import Break

ARBITRATION = "controller/states/arbitration.py"
INTERLOCK = "controller/states/interlock.py"
LOOK = "controller/fleet/look.py"
RELEASE = "controller/incidents/release.py"
SIGNS = "controller/signs/sign_texts.py"
SIGN_RULE = "controller/rules/sign_message.py"
T_ARBITRATION = "tests/unit/test_arbitration.py"
T_INTERLOCK = "tests/unit/test_interlock.py"
T_LAWS = "tests/unit/test_laws.py::test_no_drawn_road_breaks_a_law[0]"
T_LOOK = "tests/unit/test_look.py"
T_RELEASE = "tests/unit/test_release.py"
T_SIGNS = "tests/unit/test_rule_sign_message.py"

OF_JOINING: tuple[Break, ...] = (
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
)
