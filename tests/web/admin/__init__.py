"""The admin application over a real store, called in process."""
