"""The window: turns clicks into service calls, and events into signals. Imports the core only."""
