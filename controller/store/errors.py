"""What the store may raise: it cannot be opened, and the text says what to do about it."""


class StoreError(Exception):
    """The store cannot be used; the message names the file, the reason and the remedy."""


class StoreBroken(StoreError):
    """What lies on disk is damaged: nothing may be driven from it, but restrictions can still be ordered."""
