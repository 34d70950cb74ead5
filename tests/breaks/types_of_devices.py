"""Breaks of what portal signals, speakers, speed signs and heads with two faces must not get wrong."""

from tests.breaking import Break

BEACONS = "controller/plan/beacons.py"
CIRCLES = "controller/interlocks/circles.py"
PORTALS = "controller/plan/portals.py"
RELEASE = "controller/incidents/release.py"
SPEAKER = "controller/rules/speaker.py"
SPEED = "controller/plan/speeds.py"
VALUES = "devices/modbus_values.py"
T_BEACONS = "tests/unit/test_joined_beacons.py"
T_CIRCLES = "tests/unit/test_circles.py"
T_PORTAL = "tests/unit/test_rule_portal_signal.py"
T_SPEAKER = "tests/unit/test_rule_speaker.py"
T_SPEED = "tests/unit/test_rule_speed_steps.py"
T_FACES = "tests/unit/test_two_faces.py"
T_GOLDEN = "tests/contract/test_golden_types.py"

OF_TYPES_OF_DEVICES: tuple[Break, ...] = (
    Break(
        "S3",
        PORTALS,
        "there = [s for s in stretches if s.from_m <= bore.exit_m and s.to_m >= device.at_m]",
        "there = [s for s in stretches if s.from_m <= bore.entry_m and s.to_m >= bore.exit_m]",
        f"{T_PORTAL}::test_a_closure_over_which_no_head_hangs_lights_the_signal_too",
    ),
    Break(
        "S5",
        PORTALS,
        "shut = next((s for s in there if s.all_lanes), None)",
        "shut = None",
        f"{T_PORTAL}::test_a_closure_over_which_no_head_hangs_lights_the_signal_too",
    ),
    Break(
        "S5",
        PORTALS,
        "wall_m = next((at_m for at_m in walls if device.at_m <= at_m <= bore.exit_m), None)",
        "wall_m = None",
        f"{T_PORTAL}::test_crosses_over_every_lane_inside_make_it_red_whoever_put_them_there",
    ),
    Break(
        "S6",
        RELEASE,
        'rows += [(d.at_m - 0.5, d.id, f"portal {d.id}", (d.id,)) for d in portals]',
        'rows += [(d.at_m + 9_999, d.id, f"portal {d.id}", (d.id,)) for d in portals]',
        f"{T_PORTAL}::test_it_leaves_red_after_the_heads_behind_it_and_before_those_that_let_traffic_on_to_it",
    ),
    Break(
        "S7",
        SPEAKER,
        "out = (inside.certain or facts.other_bore) and not facts.closed_ahead_of(at_m, policy.speaker_m)",
        "out = not facts.closed_ahead_of(at_m, policy.speaker_m)",
        f"{T_SPEAKER}::test_what_speakers_say",
    ),
    Break(
        "S14",
        SPEAKER,
        "return ClipSays.SLOW_DOWN if says is ClipSays.DRIVE_OUT else says",
        "return says",
        f"{T_SPEAKER}::test_the_role_of_a_missing_speaker_moves_upstream_and_nobody_there_is_driven_out",
    ),
    Break(
        "S13",
        "controller/states/arbitration.py",
        "case SpeakerState() if over(source.speaker_until_ms, now_ms):",
        "case SpeakerState() if over(source.siren_until_ms, now_ms):",
        f"{T_SPEAKER}::test_speakers_fall_silent_after_their_own_time_and_stay_in_the_desired_state",
    ),
    Break(
        "S4",
        SPEED,
        "lawful = [kmh for kmh in sign.speeds if max(last - step, target) <= kmh <= last]",
        "lawful = [kmh for kmh in sign.speeds if target <= kmh <= last]",
        f"{T_SPEED}::test_speeds_never_rise_nor_fall_by_more_than_a_step",
    ),
    Break(
        "S8",
        VALUES,
        "proved = known is not None and known.back is Aspect.CLOSED",
        "proved = known is not None",
        f"{T_GOLDEN}::test_a_back_face_that_is_not_closed_is_never_a_value",
    ),
    Break(
        "S8",
        VALUES,
        "written = (c for c in form.codes if c.front.value == key and c.back is Aspect.CLOSED)",
        "written = (c for c in form.codes[::-1] if c.front.value == key)",
        f"{T_GOLDEN}::test_each_value_is_these_bytes_and_is_proved",
    ),
    Break(
        "S11",
        "devices/driver.py",
        "return self.value if self.value is not None or self.faces is None else self.faces[0]",
        "return self.value",
        f"{T_FACES}::test_a_look_at_a_head_whose_back_is_not_closed",
    ),
    Break(
        "S5",
        BEACONS,
        "for device in (*instead, *near) if own else ():",
        "for device in ():",
        f"{T_BEACONS}::test_beacons_flash_and_sound_from_before_the_joined_closure",
    ),
    Break(
        "S13",
        BEACONS,
        "loud = any(value.siren for value in own)",
        "loud = True",
        f"{T_BEACONS}::test_their_sirens_end_with_the_last_of_the_closure_and_they_go_on_flashing",
    ),
    Break(
        "S8",
        BEACONS,
        "siren=loud and device.siren",
        "siren=loud",
        f"{T_BEACONS}::test_beacons_flash_and_sound_from_before_the_joined_closure",
    ),
    Break(
        "S14",
        BEACONS,
        "if device.id not in missing]",
        "]",
        f"{T_BEACONS}::test_one_that_is_out_of_service_hands_its_role_upstream",
    ),
    Break(
        "S14",
        BEACONS,
        "for device in (*instead, *near)",
        "for device in near",
        f"{T_BEACONS}::test_one_that_is_out_of_service_hands_its_role_upstream",
    ),
    Break(
        "S9",
        CIRCLES,
        "if after not in first and _lawful(",
        "if after not in first or not _lawful(",
        f"{T_CIRCLES}::test_every_step_of_a_way_is_lawful_never_too_mild_and_it_ends",
    ),
    Break(
        "S9",
        CIRCLES,
        "if strictness(v) >= strictness(desired))",
        ")",
        f"{T_CIRCLES}::test_nothing_is_milder_on_the_way_than_in_the_end",
    ),
)
