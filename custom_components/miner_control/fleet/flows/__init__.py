"""The steps that set up a fleet, its members and its circuits."""
