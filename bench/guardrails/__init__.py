"""Guard rails measured: what the packs find and miss, beside what other detectors do, and what it costs."""
