"""The brain: from a report to desired states, their proof and their record. Sees dataclasses only."""
