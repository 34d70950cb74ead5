"""Interlocks for tests: written short, drawn at random, added to a site."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from random import Random

from config.abilities import words_for
from config.interlocks import Interlock
from config.showings import RUNGS, above_all, top
from config.site import Site
from devices.values import DeviceType


def rule(name: str, never: Mapping[str, str | Iterable[str]], *, settle_ms: int = 2_000) -> Interlock:
    """Return an interlock; showings are words in one string or in a row."""
    words = {d: frozenset(w.split() if isinstance(w, str) else w) for d, w in never.items()}
    return Interlock(name, words, f"{name}不得并列", f"{name} never together", settle_ms)


def with_rules(site: Site, *rules: Interlock) -> Site:
    """Return the site with these interlocks and no others."""
    return replace(site, interlocks={one.id: one for one in rules})


def drawn_rules(rng: Random, site: Site, count: int, *, of: tuple[DeviceType, ...]) -> list[Interlock]:
    """Return interlocks a site could have: the road at rest and the most restrictive state keep them."""
    devices = [d for d in site.devices.values() if d.type in of]
    rules: list[Interlock] = []
    for n in range(count):
        if len(devices) < 2:
            break
        chosen = rng.sample(devices, rng.choice((2, 2, 2, 3)) if len(devices) > 2 else 2)
        never = {}
        for device in chosen:
            all_words = words_for(device)
            never[device.id] = frozenset(rng.sample(all_words, rng.randint(1, max(1, len(all_words) - 2))))
        one = Interlock(f"drawn-{n}", never, "随机", "drawn", 2_000)
        if sound(site, one):
            rules.append(one)
    return rules


def sound(site: Site, one: Interlock) -> bool:
    """Return whether `config check` would take it."""
    rest = {"open", "dark", "blank"}
    at_rest = all(
        words & ({"open"} if site.devices[d].type is DeviceType.HEAD else rest - {"open"})
        for d, words in one.never.items()
    )
    kept_at_top = any(
        (highest := top(site.devices[d].type, words_for(site.devices[d]))) is not None
        and above_all(site.devices[d].type, highest, words)
        for d, words in one.never.items()
    )
    return kept_at_top and not at_rest and all(site.devices[d].type in RUNGS for d in one.never)
