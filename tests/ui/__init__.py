"""The window, offscreen, over a real station."""
