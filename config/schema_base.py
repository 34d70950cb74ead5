"""What every form of a site file is built on: strictness, names, words and chainages."""

from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Field

Name: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$")]
"""An id: letters, digits, `-` and `_`; it goes into topics and addresses of the API."""
ChainageText: TypeAlias = Annotated[str, Field(min_length=2, max_length=24)]
Words: TypeAlias = Annotated[str, Field(min_length=1, max_length=120)]
LaneKey: TypeAlias = Annotated[str, Field(pattern=r"^[1-9]$")]
Kmh: TypeAlias = Annotated[int, Field(ge=5, le=300)]
Register: TypeAlias = Annotated[int, Field(ge=0, le=65_535)]

GroupName: TypeAlias = Literal[
    "crash",
    "breakdown",
    "debris",
    "pedestrian",
    "animal",
    "roadwork",
    "congestion",
    "weather",
    "fire",
    "spill",
    "wrong_way",
    "other",
]

STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)
"""Of every mapping of keys: an unknown key, or a value of another type, is a mistake."""
