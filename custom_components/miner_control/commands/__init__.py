"""What a miner can be told, who carries it out, and in which steps."""
