"""Timings of mxnet-next beside its rivals': ``python -m benchmarks --help``.

This file, ``worker.py`` and ``cases/`` are also run by the interpreters that hold the rivals: Python 3.8 and later,
the standard library and the rival's own package.
"""
