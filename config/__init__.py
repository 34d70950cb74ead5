"""The site: file schema, loader, checks, the frozen facts the rest sees; and process settings."""
