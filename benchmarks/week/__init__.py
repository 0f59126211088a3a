"""A week of sun and a household, and six miners that are to use what is left."""
