"""Pure logic: no await, no clock, no I/O, no logging."""
