"""The demo that siapp ships: a drawn street, a clip of it, and a small network trained to see in it."""
