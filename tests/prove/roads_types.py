"""Abilities of equipment on a road that is drawn already: few clips, coarse speeds, heads with two faces.

They have a generator of their own, so that a seed keeps the road and the incidents it always had.
"""

from dataclasses import replace
from random import Random

from config.site import Device, Site
from devices.models import load_models
from devices.values import Aspect, DeviceType
from tests.unit.equipped_road import CLIPS, SPEEDS

HELD = (tuple(CLIPS), tuple(CLIPS), ("slow", "out"), ("slow",))
ABLE_KMH = (SPEEDS, SPEEDS, (40, 60, 80), (60, 100), (30, 50, 70, 90))


def varied(seed: int, site: Site) -> Site:
    """Return the road of a seed with speakers and speed signs that can do less, and some two-faced heads."""
    rng = Random(f"abilities {seed}")
    clips, kmh = frozenset(rng.choice(HELD)), rng.choice(ABLE_KMH)
    gantries = [gantry for gantry in site.gantries if site.heads(gantry)]
    faces = rng.choice(gantries) if gantries and rng.random() < 0.2 else None
    keys = load_models()["two-faced-light"].value_keys() or frozenset()
    one_way = frozenset(Aspect(key) for key in keys)

    def able(device: Device) -> Device | None:
        match device.type:
            case DeviceType.SPEAKER:
                return replace(device, clips=clips)
            case DeviceType.SPEED:
                return replace(device, speeds=kmh)
            case DeviceType.HEAD if device.gantry == faces:
                return replace(device, aspects=device.aspects & one_way)
            case _:
                return None

    less = {name: other for name, device in site.devices.items() if (other := able(device)) is not None}
    return replace(site, devices={**site.devices, **less})
