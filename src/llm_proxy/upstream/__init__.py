"""The HTTP client side: pools, time limits, exception renaming."""
