"""A protocol that stands in this folder alone: the proof that one can be added."""
