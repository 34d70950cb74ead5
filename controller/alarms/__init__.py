"""What needs a person's eye, once a cause, until facts clear it."""
