"""The admin API: one file per noun."""
