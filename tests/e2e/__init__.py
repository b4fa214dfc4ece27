"""Black-box tests: a real gateway process between real clients and MOCK. Names carry the case ids of the fault list."""
