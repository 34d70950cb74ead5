"""One loop a device: what it is driven to, what is seen of it, and what follows from a look."""
