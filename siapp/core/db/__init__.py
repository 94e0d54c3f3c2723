"""The database: engine, tables, queries, migrations. Every session is behind this package."""
