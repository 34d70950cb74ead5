"""The course of an incident: driven, corrected, extended, planned again, released, timed."""
