"""`siapp bench`: siapp, the network alone, ultralytics and the usual loop, side by side on this machine."""
