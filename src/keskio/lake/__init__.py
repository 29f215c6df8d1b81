"""The lake: all events as Parquet, views that stay, named queries, engines."""
