"""Text from users: parsed, checked, and written in the words of the engine that will run it."""

from graphdb.cypher.preparation import Prepared, prepare

__all__ = ["Prepared", "prepare"]
