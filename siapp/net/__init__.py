"""The server: turns JSON into service calls, and events and pictures into messages. Imports the core only."""
