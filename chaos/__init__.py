"""Break everything around the integration, and see whether it tells the truth."""
