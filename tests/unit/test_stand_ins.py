"""Which device takes over from a missing one, against the rule spelled out device by device (S14)."""

from hypothesis import given
from hypothesis import strategies as st

from controller.plan.stand_ins import stand_ins
from tests.unit.small_road import road

PLACES = st.lists(st.integers(1_000, 9_000), min_size=1, max_size=12, unique=True).map(sorted)


@given(PLACES, st.sets(st.integers(0, 11)), st.integers(0, 4_000))
def test_the_nearest_usable_one_upstream_within_reach(
    places: list[int], gone: set[int], reach_m: int
) -> None:
    site = road(beacons=tuple(places))
    row = [site.devices[f"B{at_m}"] for at_m in places]
    missing = {device.id for n, device in enumerate(row) if n in gone}
    found = stand_ins(row, missing, reach_m)
    for device in row:
        near = [
            other
            for other in row
            if other.id not in missing and device.at_m - reach_m <= other.at_m < device.at_m
        ]
        expected = near[-1] if near and device.id in missing else None
        assert found.get(device.id) == expected


def test_one_at_the_same_place_is_not_upstream() -> None:
    site = road(beacons=(5_000, 6_000))
    first, second = site.devices["B5000"], site.devices["B6000"]
    assert stand_ins((first, second, second), {first.id}, 4_000) == {}
    assert stand_ins((first, second), {second.id}, 999) == {}
    assert stand_ins((first, second), {second.id}, 1_000) == {second.id: first}
