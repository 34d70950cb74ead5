"""What a site file of right form may still mean wrongly."""

from config.draft import Draft
from config.finding import Finding


def check(draft: Draft) -> list[Finding]:
    """Return every finding about the meaning of a file."""
    return []
