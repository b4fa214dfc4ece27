"""``python -m llm_proxy.cli``."""

from llm_proxy.cli import main

main()
