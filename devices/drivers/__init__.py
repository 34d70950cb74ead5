"""Generic drivers: one file a protocol; each speaks through a link it is handed."""
