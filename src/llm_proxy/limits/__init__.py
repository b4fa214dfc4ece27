"""Rate limiters: one process (memory)."""
