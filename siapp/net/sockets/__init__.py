"""WebSockets: opening, watching over, sending, closing. What they carry is decided by the handlers."""
