"""What must never stand together: the site's table, kept, watched on the road and latched (S9)."""
