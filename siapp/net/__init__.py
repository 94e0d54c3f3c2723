"""The server: turns JSON into service calls, and events and pictures into messages. Imports the core only."""

SERVER_NAME = "siapp"
"""What the Server header says; aiohttp would tell its version and Python's."""
