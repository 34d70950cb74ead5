"""Kills at named places: a controller process that is cheap to start, and what must hold after each kill."""
