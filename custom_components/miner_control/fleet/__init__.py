"""Several miners under one budget: a config entry of kind fleet."""
