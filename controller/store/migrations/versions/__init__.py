"""One file a step; a released one is never edited again."""
