"""siapp: the intelligent video-analysis station. Cameras in, detections out, on the desk and over the network."""

__version__ = "0.1.0"
