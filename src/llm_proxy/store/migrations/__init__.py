"""The schema's history: one file per revision in ``versions/``, never edited once released.

It runs from the package's own files, without an ini file.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from llm_proxy.errors import StoreError

VERSION_TABLE = "alembic_version"
CHAINED = "0003"  # the first revision whose events are in a chain


def upgrade(connection: Connection) -> str:
    """Bring the schema to this release's, inside the caller's transaction: all revisions or none.

    Returns the revision that it had, "" for a new database. Raises StoreError when a newer release wrote it.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    found = MigrationContext.configure(connection).get_current_heads()
    if not known.issuperset(found):
        raise StoreError(
            f"The database was written by a newer release (schema {', '.join(found)}): "
            "start that release, or restore a backup."
        )
    command.upgrade(config, "head")
    return found[0] if found else ""
