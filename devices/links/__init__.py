"""Connections: the only importers of the wire libraries outside the simulators."""
