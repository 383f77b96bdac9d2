"""The graph on a Neo4j 5 server: imported or loaded, compared, and asked."""
