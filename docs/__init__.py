"""What people read; the reference pages are written from the code by `python -m docs.generate`."""
