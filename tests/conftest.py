"""What pytest leaves alone."""

# Run by hand under the real 1.9.1; importing them would record. Samples are read by tests/ops/calls.py.
collect_ignore_glob = ["**/record*.py", "**/ops/samples/*.py"]
