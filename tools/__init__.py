"""What several programs of this project share."""
