"""Named values of the database itself: the revision of the configuration, the check of the sealing key."""

from sqlalchemy import BigInteger, Connection, Text, cast, insert, select, update

from llm_proxy.store.schema import meta

REVISION = "revision"


def get(connection: Connection, name: str) -> str | None:
    """Return a value, or None."""
    return connection.scalar(select(meta.c.value).where(meta.c.name == name))


def put(connection: Connection, name: str, value: str) -> None:
    """Set a value, new or not."""
    if not connection.execute(update(meta).where(meta.c.name == name).values(value=value)).rowcount:
        connection.execute(insert(meta).values(name=name, value=value))


def revision(connection: Connection) -> int:
    """Return how often providers, keys or guard rails were changed."""
    return int(get(connection, REVISION) or 0)


def bump_revision(connection: Connection) -> None:
    """Count a change, in the transaction that makes it: other processes reload when they see the number move."""
    counted = cast(cast(meta.c.value, BigInteger) + 1, Text)
    if not connection.execute(update(meta).where(meta.c.name == REVISION).values(value=counted)).rowcount:
        connection.execute(insert(meta).values(name=REVISION, value="1"))
