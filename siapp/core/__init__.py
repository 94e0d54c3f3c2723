"""A complete program without a face: no Qt, no HTTP. The window and the server both stand on it."""
