"""The measuring instruments measure what they say."""
