"""Where do the gateway's rules find something in files? For ``llm-proxy scan``: no network, no settings, no server."""
