"""Where traffic can still leave before a closure, and which exits a text sends it to."""

from config.site import Device, Exit, Site
from devices.multi import plain


def last_exit(site: Site, sign: Device, closed_from_m: int) -> Exit | None:
    """Return the last exit downstream of a sign that is not behind a start of closure; None for none."""
    row = (e for e in site.exits_along(sign.carriageway) if sign.at_m < e.at_m <= closed_from_m)
    return max(row, key=lambda e: e.at_m, default=None)


def exits_named(site: Site, sign: Device, multi: str) -> tuple[Exit, ...]:
    """Return the exits ahead of a sign whose name stands in its text; line breaks hide none."""
    read = "".join(plain(multi).split()).casefold()
    return tuple(
        e
        for e in site.exits_along(sign.carriageway)
        if e.at_m > sign.at_m and any("".join(n.split()).casefold() in read for n in (e.name.zh, e.name.en))
    )
