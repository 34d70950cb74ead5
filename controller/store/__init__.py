"""What survives: rows and the hash-chained journal, written by one writer."""
