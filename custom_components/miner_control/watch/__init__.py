"""Watch a miner, and tell what happens to it and what needs the user."""
