"""Arrays, devices, recording and random numbers: the imperative core over torch."""
