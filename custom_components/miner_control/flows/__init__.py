"""Steps that link a controller, shared by all flows."""
