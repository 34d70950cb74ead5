"""What every device is to show while everything stands at once, and what of it would be a release. Pure."""
