"""Which devices a sentence means: `heads FU-*-1 but LCS-FU-09-1`, `signs of FU before sanduling`."""

import contextlib
import difflib
import fnmatch
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from config.chainage import parse_chainage
from config.site import Device, Site
from devices.values import DeviceType

NOUNS = {f"{kind.value}s": kind for kind in DeviceType} | {kind.value: kind for kind in DeviceType}
ANY = ("devices", "device")
NARROWERS: tuple[tuple[str, str], ...] = (
    ("of ROAD", "of one carriageway, by its id"),
    ("lane N", "heads over that lane, 1 the leftmost as the driver sees it"),
    ("in TUNNEL", "between the portals of its tube, portals included"),
    ("before TUNNEL|CHAINAGE", "upstream of its entrance portal, or of that place"),
    ("behind TUNNEL|CHAINAGE", "downstream of its exit portal, or of that place"),
    ("on LINK", "on one connection"),
    ("but PATTERN", "without these"),
)
"""What may follow a noun and its pattern, with the meaning; the reference page is written from it."""
_WORDS = frozenset(form.split()[0] for form, _ in NARROWERS)


@dataclass(frozen=True, slots=True)
class Devices:
    """Some devices of the site, in the order traffic meets them, and the words they were named by."""

    said: str
    ids: tuple[str, ...]
    types: frozenset[DeviceType]


def matches(pattern: str, device_id: str) -> bool:
    """Return whether one of the patterns (commas between them) is the id, or its end after a hyphen."""
    return any(
        fnmatch.fnmatchcase(device_id, one) or fnmatch.fnmatchcase(device_id, f"*-{one}")
        for one in pattern.split(",")
        if one
    )


def take_devices(words: Sequence[str], site: Site) -> tuple[Devices, list[str]]:
    """Read devices from the front of a sentence; returns them and the words that follow.

    Raises:
        ValueError: the sentence does not begin with devices, or none is meant; with what to write.
    """
    rest = list(words)
    noun = rest.pop(0) if rest else ""
    if noun not in NOUNS and noun not in ANY:
        nouns = ", ".join([*(f"{kind.value}s" for kind in DeviceType), "devices"])
        raise ValueError(f"{noun!r} names no devices; begin with {nouns}")
    tests: list[Callable[[Device], bool]] = []
    if noun in NOUNS:
        kind = NOUNS[noun]
        tests.append(lambda device: device.type is kind)
    pattern = ""
    if rest and rest[0] not in _WORDS and _is_pattern(rest[0], site):
        pattern = rest.pop(0)
        tests.append(lambda device: matches(pattern, device.id))
    while rest and rest[0] in _WORDS:
        word = rest.pop(0)
        if not rest:
            raise ValueError(f"{word!r} needs a word behind it")
        tests.append(_narrower(word, rest.pop(0), site))
    said = " ".join(words[: len(words) - len(rest)])
    found = [d for d in site.devices.values() if all(test(d) for test in tests)]
    if not found:
        near = difflib.get_close_matches(pattern, site.devices, n=1) if pattern else []
        hint = f"; did you mean {near[0]}?" if near else "; the site file lists what there is"
        raise ValueError(f"{said!r} means no device of site {site.id}{hint}")
    found.sort(key=lambda d: (d.carriageway, d.at_m, d.id))
    return Devices(said, tuple(d.id for d in found), frozenset(d.type for d in found)), rest


def _is_pattern(word: str, site: Site) -> bool:
    """A name or pattern has a capital, a digit or a star; no word of a sentence has."""
    return word in site.devices or any(c.isupper() or c.isdigit() or c in "*?" for c in word)


def _narrower(word: str, value: str, site: Site) -> Callable[[Device], bool]:
    match word:
        case "of":
            if value not in site.carriageways:
                raise ValueError(f"no carriageway {value!r}; there are {', '.join(site.carriageways)}")
            return lambda device: device.carriageway == value
        case "lane":
            if not value.isdigit():
                raise ValueError(f"lane {value!r} is no number; 1 is the leftmost")
            return lambda device: device.lane == int(value)
        case "on":
            if value not in site.links:
                raise ValueError(f"no link {value!r}; there are {', '.join(site.links)}")
            return lambda device: device.link == value
        case "but":
            return lambda device: not matches(value, device.id)
    return _about_tunnel(word, value, site)


def _about_tunnel(word: str, value: str, site: Site) -> Callable[[Device], bool]:
    if word != "in" and value not in site.tunnels and any(c.isdigit() for c in value):
        return _about_place(word, value, site)
    if value not in site.tunnels:
        raise ValueError(f"no tunnel {value!r}; there are {', '.join(site.tunnels) or 'none'}")
    tunnel = site.tunnels[value]

    def test(device: Device) -> bool:
        bore = tunnel.bore(device.carriageway)
        if bore is None:
            return False
        if word == "before":
            return device.at_m < bore.entry_m
        return device.at_m > bore.exit_m if word == "behind" else bore.entry_m <= device.at_m <= bore.exit_m

    return test


def _about_place(word: str, value: str, site: Site) -> Callable[[Device], bool]:
    chainage = parse_chainage(value)
    places: dict[str, int] = {}
    for carriageway in site.carriageways.values():
        with contextlib.suppress(ValueError):
            places[carriageway.id] = carriageway.chainage.to_m(chainage)
    if not places:
        raise ValueError(f"{value} is on no carriageway of site {site.id}")

    def test(device: Device) -> bool:
        at_m = places.get(device.carriageway)
        return at_m is not None and (device.at_m < at_m if word == "before" else device.at_m > at_m)

    return test
