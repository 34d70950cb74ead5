"""Scenarios: what happens, what the road must show; run against real processes, judged by the lamps."""
