"""The desired state of the book, derived once for the same facts: one change asks for it several times."""

from collections import OrderedDict
from collections.abc import Hashable, Sequence

from config.site import Site
from controller.states.arbitration import DesiredStates, Source, desired_states, over

KEPT = 4
"""A step of a release looks at the state before it, after it, and at the one with it again."""


class Joined:
    """What arbitration gives, remembered by what it was given."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._known: OrderedDict[Hashable, tuple[tuple[Source, ...], DesiredStates]] = OrderedDict()

    def states(
        self, sources: Sequence[Source], *, now_ms: int, missing: frozenset[str] = frozenset()
    ) -> DesiredStates:
        """Return the same as `desired_states`; the very same object while nothing has changed."""
        key = missing, tuple(_key(source, now_ms) for source in sources)
        known = self._known.get(key)
        if known is None:
            # The sources are kept too: plans are told apart by identity, which lasts as long as they do.
            known = tuple(sources), desired_states(self._site, sources, now_ms=now_ms, missing=missing)
            self._known[key] = known
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return known[1]


def _key(source: Source, now_ms: int) -> Hashable:
    """Return what a source is known by: a stored plan never changes, what is held is one demand."""
    plan = id(source.plan) if source.incident else source.plan.demands
    over_by_now = over(source.siren_until_ms, now_ms), over(source.speaker_until_ms, now_ms)
    replaced = source.brief_until_ms is not None, over(source.brief_until_ms, now_ms)
    return source.id, source.activated_ms, plan, over_by_now, replaced
