"""What is kept of a miner: in its config entry, and in files of our own."""
