"""What Alembic runs: on the connection and in the transaction that `headwater.store.schema` hands over."""

from alembic import context

from headwater.store.schema import VERSION_TABLE
from headwater.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    transactional_ddl=True,  # also on SQLite, where we begin the transaction ourselves
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
