"""Usage and audit on their way into the store."""
