"""Trials over real wires: what a line, a device or a stranger does to one order, and what must hold."""
