"""The plan of one incident: what a report means for the road, and what every rule asks for. Pure."""
