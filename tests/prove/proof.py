"""One seed judged: the plans of its incidents, joined with everything else that stands, against the laws."""

from typing import TypedDict

from tests.prove import interlock_laws, join_laws, laws, laws_types, place_laws, release_laws
from tests.prove.standing import stand


class Case(TypedDict):
    """What is drawn for a seed."""

    incidents: int
    held: bool


def case(seed: int) -> Case:
    """Return what to draw for a seed: one to four incidents, and every other four seeds what is held too."""
    return {"incidents": 1 + seed % 4, "held": seed // 4 % 2 == 1}


def judge(seed: int, *, incidents: int = 1, held: bool = False) -> list[str]:
    """Return every law the road of a seed breaks; empty where it keeps them all."""
    standing = stand(seed, incidents=incidents, held=held)
    return [
        *laws.broken(standing),
        *laws_types.broken(standing),
        *join_laws.broken(standing, seed),
        *release_laws.broken(standing, seed),
        *place_laws.broken(standing, seed),
        *interlock_laws.broken(standing, seed),
    ]
