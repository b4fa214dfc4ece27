"""LLM Proxy: a self-hosted, OpenAI-compatible gateway with keys, limits, guard rails and exact usage."""

from importlib.metadata import version

__version__ = version("llm-proxy")
