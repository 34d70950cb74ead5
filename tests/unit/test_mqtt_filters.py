"""A filter is asked for again only where nothing has come through it on this connection."""

from devices.links.mqtt_filters import ASK_AGAIN_S, TopicFilters


def asked() -> TopicFilters:
    filters = TopicFilters("+/identity")
    filters.add("a/state", "+/state")
    filters.add("b/state", "+/state")
    filters.renew()
    assert filters.take() == ["+/identity", "+/state"]
    return filters


def test_a_silent_filter_is_asked_for_again_once_in_a_while():
    filters = asked()
    assert filters.complete
    assert filters.missed("a/state", 10.0)
    assert not filters.complete
    assert filters.take() == ["+/state"]
    assert not filters.missed("b/state", 10.0 + ASK_AGAIN_S / 2)
    assert filters.missed("b/state", 10.0 + ASK_AGAIN_S)


def test_a_filter_that_brings_one_device_is_not_asked_for_again_for_another():
    filters = asked()
    filters.heard("b/state")
    assert not filters.missed("a/state", 10.0)
    assert filters.complete


def test_what_came_on_a_lost_connection_proves_nothing_on_the_next():
    filters = asked()
    filters.heard("b/state")
    filters.renew()
    filters.take()
    assert filters.missed("a/state", 10.0)
