"""Figures the product is held to, each printed with the machine and load it was measured on."""
