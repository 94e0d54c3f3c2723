"""Sources, detectors, drawing, writers: plain functions and small classes that need no process to be tested.

Imported by worker processes only: cv2, av and openvino never enter the main process.
"""
