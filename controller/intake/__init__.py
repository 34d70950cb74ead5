"""Channels by which reports come in; one file each."""
