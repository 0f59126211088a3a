"""What is read and commanded through asic-rs."""
