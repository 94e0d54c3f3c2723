"""The server: turns JSON into service calls, and events and pictures into messages. Imports the core only."""

SERVER_NAME = "siapp"
"""What the Server header says; aiohttp would tell its version and Python's."""

API_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""The Content-Security-Policy of what is no page."""
