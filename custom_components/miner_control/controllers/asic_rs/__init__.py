"""What the library asic-rs speaks to."""
