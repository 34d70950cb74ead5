"""What the store may raise: it cannot be opened, and the text says what to do about it."""


class StoreError(Exception):
    """The store cannot be used; the message names the file, the reason and the remedy."""
