"""The broker of the tests is the embedded broker of the product."""

from api.broker import NatsBroker, nats_broker

__all__ = ["NatsBroker", "nats_broker"]
