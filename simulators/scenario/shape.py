"""The form of a scenario file, checked by pydantic; what its sentences mean is read in `script`."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool

NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"
Name = Annotated[str, Field(pattern=NAME)]
Item = str | dict[str, Any]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Both(_Part):
    """A text in both languages."""

    zh: str
    en: str


class ScenarioFile(_Part):
    """One scenario, one file."""

    scenario: Name
    """Its name: small letters, digits, - and _."""
    about: str | Both = ""
    """What happens and what it shows, one sentence; `{zh: …, en: …}` for both languages."""
    family: Name = "own"
    """Which guarded behaviour it is about; lists are grouped by it."""
    site: str | None = None
    """Site file, seen from the folder of this file; `sanduling` is the packaged sample. Where not given,
    `--site`, or the sample."""
    long: StrictBool = False
    """It takes long; `make prove` runs it, `make test` does not."""
    given: dict[str, str | int] = {}
    """Names a campaign may vary, and what they are otherwise; `{name}` in any text stands for the value."""
    before: list[Item] = []
    """Steps taken while the controller is stopped and its store empty: what it finds at its start."""
    steps: Annotated[list[Item], Field(min_length=1)]
    """Steps and expectations in order."""
