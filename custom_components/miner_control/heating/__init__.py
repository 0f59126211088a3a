"""Have a miner heat the room that it stands in."""
