"""What one sign says: texts, their catalogue and how they are chosen, fitted and paged. Pure."""
