"""Which device upstream takes over the role of one that is missing (S14)."""

from bisect import bisect_left
from collections.abc import Collection, Sequence

from config.site import Device


def stand_ins(row: Sequence[Device], missing: Collection[str], reach_m: int) -> dict[str, Device]:
    """Return missing device → the nearest usable one of the row upstream of it.

    Args:
        row: devices of one type in the order traffic meets them.
        missing: ids of the devices that are not there.
        reach_m: how far upstream of the missing one it may stand; one without any such is left out.
    """
    usable = [device for device in row if device.id not in missing]
    at_m = [device.at_m for device in usable]
    found = {}
    for gone in row:
        before = bisect_left(at_m, gone.at_m) - 1
        if gone.id in missing and before >= 0 and at_m[before] >= gone.at_m - reach_m:
            found[gone.id] = usable[before]
    return found
