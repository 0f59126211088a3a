"""Steps that link and repair entities of Home Assistant."""
