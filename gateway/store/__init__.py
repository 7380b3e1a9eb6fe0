"""The database: typed tables, sessions, migrations, sealed columns and the audit chain."""
