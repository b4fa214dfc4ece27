"""Puts third-party assets of pages into the wheel, from the packages that carry them: no CDN at run time."""

from importlib.metadata import files
from pathlib import Path
from shutil import copyfile
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ASSETS = Path(__file__).parent / "src/llm_proxy/web/assets/swagger"
WANTED = ("swagger-ui-bundle.js", "swagger-ui.css")


class CustomBuildHook(BuildHookInterface):
    """Copies Swagger UI out of the package ``fastapi-offline`` (Apache-2.0 assets of the Swagger project)."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (hatchling's signature)
        """Copy each wanted file; a missing one fails the build, never the running page."""
        ASSETS.mkdir(parents=True, exist_ok=True)
        carried = {file.name: file for file in files("fastapi-offline") or ()}
        for name in WANTED:
            copyfile(str(carried[name].locate()), ASSETS / name)
