"""The stores: Parquet lake, graph (embedded or Neo4j), projection, verification, safe and named queries, export."""
