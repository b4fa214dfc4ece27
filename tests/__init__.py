"""The tests, path for path as `src`; `e2e` runs against a real gateway process and a programmable upstream."""
