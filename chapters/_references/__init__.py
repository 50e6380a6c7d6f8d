"""What exercises are checked against: imported by their cells, so that it is not in view there."""
