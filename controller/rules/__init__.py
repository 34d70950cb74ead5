"""One rule a module: an incident and a site in, demands out. Rules do not know each other."""
