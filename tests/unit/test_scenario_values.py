"""The words of a scenario for portal signals, speakers and speed signs, and what lamps they mean."""

import pytest

from config.loader import load_site, sample_site_path
from devices.values import DeviceType
from simulators.scenario.values import in_words, order_json, take_wishes

SITE = load_site(sample_site_path())


@pytest.mark.parametrize(
    ("device", "words", "met", "not_met"),
    [
        ("PS-FU", ["red"], "red", "yellow"),
        ("SPD-FU-01", ["60km/h"], {"kmh": 60}, {"kmh": 80}),
        ("SPD-FU-01", ["blank"], {"kmh": 0}, {"kmh": 40}),
        ("SPK-FU-02", ["silent"], {"clip": "", "repeats": 0, "volume": 0}, {"clip": "drive_out"}),
        (
            "SPK-FU-02",
            ["playing", "drive_out"],
            {"clip": "drive_out", "repeats": 9, "volume": 5},
            {"clip": ""},
        ),
    ],
)
def test_a_word_means_these_lamps(device, words, met, not_met) -> None:
    one = SITE.devices[device]
    (wish,), rest = take_wishes(words, frozenset({one.type}))
    assert rest == []
    assert wish.met(one, met)
    assert not wish.met(one, not_met)
    assert wish.met(one, order_json(wish, one))
    assert in_words(order_json(wish, one)) == " ".join(words)


def test_what_a_type_cannot_show_is_refused_with_what_it_can() -> None:
    with pytest.raises(ValueError, match="silent, playing CLIP"):
        take_wishes(["60km/h"], frozenset({DeviceType.SPEAKER}))
    with pytest.raises(ValueError, match="60km/h, blank"):
        take_wishes(["playing", "x"], frozenset({DeviceType.SPEED}))
    with pytest.raises(ValueError, match="0 to 300"):
        order_json(take_wishes(["999km/h"], frozenset({DeviceType.SPEED}))[0][0], SITE.devices["SPD-FU-01"])
