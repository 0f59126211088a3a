"""What is kept of a miner."""
