"""The broker killed, the key pressed, the broker back: every device behind it is named, then proved."""

from benchmarks.broker_back import measure


async def test_every_device_behind_a_broker_that_was_killed_is_named_and_driven_when_it_is_back() -> None:
    """The same as `python -m benchmarks.broker_back`, small: what it judges counts here, not the time."""
    took_s = await measure(devices=60, rounds=1)
    assert len(took_s) == 1
