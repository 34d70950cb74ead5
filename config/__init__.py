"""The site: file schema, loader, checks and the frozen facts the rest of the program sees; and process settings."""
