"""The web process beside plain programs."""
