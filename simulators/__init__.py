"""Simulated devices on the real wire, in a process of their own; they know nothing of driver code."""
