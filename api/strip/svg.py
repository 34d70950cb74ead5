"""SVG as text: elements with escaped attributes and escaped text, nothing else."""

import re
from typing import TypeAlias
from xml.sax.saxutils import escape, quoteattr

Number: TypeAlias = int | float
_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters XML cannot hold in any form."""


def tag(name: str, *inside: str, **attributes: Number | str) -> str:
    """Return one element; an underscore in an attribute is a hyphen, one at its end is dropped."""
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(_said(value))}" for key, value in attributes.items()
    )
    body = "".join(inside)
    return f"<{name}{written}>{body}</{name}>" if body else f"<{name}{written}/>"


def words(x: Number, y: Number, text: str, **attributes: Number | str) -> str:
    """Return a line of text."""
    return tag("text", escape(printable(text)), x=x, y=y, **attributes)


def title(text: str) -> str:
    """Return what a viewer shows beside the pointer."""
    return tag("title", escape(printable(text)))


def printable(text: str) -> str:
    """Return a text without what XML cannot hold."""
    return _UNPRINTABLE.sub("", text)


def group(*inside: str, **attributes: Number | str) -> str:
    """Return elements drawn together; empty where there are none."""
    return tag("g", *inside, **attributes) if any(inside) else ""


def moved(x: Number, y: Number, *inside: str, **attributes: Number | str) -> str:
    """Return elements whose own origin lies at a point."""
    return group(*inside, transform=f"translate({_said(x)} {_said(y)})", **attributes)


def _said(value: Number | str) -> str:
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return printable(str(value))
