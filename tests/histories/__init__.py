"""Random histories in virtual time: orders of people, faults of devices, and what must hold in every one."""
