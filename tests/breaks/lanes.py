"""Breaks of S1 to S3: aspects, arrows, bands."""

from tests.breaking import Break

ASPECTS = "controller/plan/aspects.py"
BANDS = "controller/plan/bands.py"
INTERLOCK = "controller/states/interlock.py"
MODBUS = "devices/modbus_values.py"
PLANNER = "controller/plan/planner.py"
T_CLOSURE = "tests/unit/test_rule_lane_closure.py"
T_GOLDEN = "tests/contract/test_modbus_golden.py"
T_INTERLOCK = "tests/unit/test_interlock.py"
T_RESPONSES = "tests/unit/test_responses.py"

OF_LANES: tuple[Break, ...] = (
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
)
