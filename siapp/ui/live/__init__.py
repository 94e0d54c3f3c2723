"""The live wall and its tiles."""
