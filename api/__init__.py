"""The outermost layer: HTTP, command line, wiring of the process, and the rig that spawns whole processes."""
