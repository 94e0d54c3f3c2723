"""Experiments that decided something about siapp, kept so that they can be repeated on other machines."""
