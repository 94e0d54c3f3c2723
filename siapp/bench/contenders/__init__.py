"""What is measured: each of these runs in a process of its own, is given JSON and prints JSON, a line at a time.

siapp's own are started through `entry`. The files in `theirs` know nothing of siapp and are run by path, in the
Python of an environment that has ultralytics.
"""
