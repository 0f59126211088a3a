"""Steps that link, find and repair devices on the network."""
