"""The strip of a carriageway with a plan on it, as an SVG page to look at and to print."""

from api.strip.page import Picture, draw

__all__ = ["Picture", "draw"]
