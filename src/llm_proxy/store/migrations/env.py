"""What Alembic runs to find its connection: the one that ``upgrade`` was given, with its open transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
