"""What pytest leaves alone, and how many examples property tests try."""

from hypothesis import settings

# Run by hand under the real 1.9.1; importing them would record. Samples are read by tests/ops/calls.py.
collect_ignore_glob = ["**/record*.py", "**/ops/samples/*.py"]

settings.register_profile("change", max_examples=50, deadline=None)
settings.register_profile("nightly", max_examples=1000, deadline=None)  # make nightly
settings.load_profile("change")
