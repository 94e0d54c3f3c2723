"""Measures the figures that siapp is judged by, on this machine."""
