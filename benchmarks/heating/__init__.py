"""A simulated house that miners heat, for a month of winter."""
