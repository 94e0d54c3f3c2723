"""Pictures of every page for the documentation: `python -m tools.screenshots`.

A real station in a temporary folder is filled with a believable control room, its cameras play rendered streets, its
tasks run. Then the window is led through its pages, in both languages and both themes.
"""
