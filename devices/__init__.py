"""Devices of the road: their values, models, drivers and links; the lowest layer, it imports none of ours."""
