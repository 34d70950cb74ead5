"""Whether a text fits a sign of the site, and whether it may stand there at all."""

from collections.abc import Iterable
from functools import cache
from importlib import resources

from config.site import SignShape
from devices import sign_layout
from devices.multi import parse, plain


def why_unfit(multi: str, shape: SignShape) -> str | None:
    """Return why a MULTI text cannot be shown whole, None where it can; see `devices.sign_layout`."""
    return sign_layout.why_unfit(multi, shape)


def why_refused(multi: str, shape: SignShape, banned: Iterable[str] = ()) -> str | None:
    """Return why a person's text may not stand on a sign.

    It does not fit, a page goes before it is read, or it says what signs never say.

    Args:
        multi: the text with its tags.
        shape: of the sign.
        banned: words of the site, beside the product's own.
    """
    return why_unfit(multi, shape) or why_unread(multi) or why_banned(multi, banned)


def why_unread(multi: str) -> str | None:
    """Return which page of a text that fits goes before it is read, None where there is none."""
    pages = parse(multi).pages
    if len(pages) == 1:
        return None
    for number, page in enumerate(pages, start=1):
        needed_ds = sign_layout.reading_time_ds("".join(line.text for line in page.lines))
        stays_ds = sign_layout.DEFAULT_PAGE_DS if page.on_ds is None else page.on_ds
        if stays_ds < needed_ds:
            return (
                f"page {number} stays {stays_ds / 10:g} s and takes {needed_ds / 10:g} s to read: "
                f"give it [pt{needed_ds}o0]"
            )
    return None


def why_banned(multi: str, banned: Iterable[str] = ()) -> str | None:
    """Return which word of a text signs never say, None where there is none; breaks do not hide one."""
    text = plain(multi).casefold()
    closed_up = "".join(text.split())
    for word in (*banned_words(), *banned):
        folded = word.casefold()
        if folded.isascii():
            hit = f" {folded} " in f" {''.join(c if c.isalnum() else ' ' for c in text)} "
        else:
            hit = folded in closed_up
        if hit:
            return f"signs never say {word}"
    return None


def banned_words() -> tuple[str, ...]:
    """Return the product's own list, `config/banned_words.txt`."""
    return _listed("banned_words.txt")


def approved_texts(own: Iterable[str] = ()) -> tuple[str, ...]:
    """Return what may be put on a sign by hand: `config/approved_texts.txt` and a site's own."""
    return (*_listed("approved_texts.txt"), *own)


@cache
def _listed(name: str) -> tuple[str, ...]:
    text = resources.files("config").joinpath(name).read_text(encoding="utf-8")
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return tuple(line for line in lines if line)
