"""Memory that arrays leave is there for the next ones."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

FAULTS = """
import resource
import mxnet as mx

def run():
    for _ in range(10):
        (mx.nd.ones((1000, 10000)) + 1).wait_to_read()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

before = run()
print(run() - before)
"""
PAGES = 10 * 2 * 40_000_000 // 4096
"""What the arrays of one run touch if they are all new, as blocks of more than 32 MB are to glibc by itself."""

on_glibc = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the pool is glibc's")


def faults(**environment: str) -> int:
    own = {"MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES", "MXNET_CPU_MEM_POOL_TYPE"}
    clean = {k: v for k, v in os.environ.items() if k not in own}
    command = [sys.executable, "-c", FAULTS]
    return int(subprocess.run(command, env={**clean, **environment}, check=True, capture_output=True).stdout)


@on_glibc
def test_large_arrays_take_the_memory_of_those_before() -> None:
    assert faults() < PAGES / 4


@on_glibc
@pytest.mark.parametrize(
    "environment", [{"MXNET_CPU_MEM_POOL_TYPE": "Unpooled"}, {"MALLOC_MMAP_THRESHOLD_": "1000000"}]
)
def test_memory_goes_back_to_the_system_where_that_was_asked_for(environment: dict[str, str]) -> None:
    assert faults(**environment) > PAGES / 4


def test_an_unknown_kind_of_pool_is_refused_by_name() -> None:
    command = [sys.executable, "-c", "import mxnet as mx; mx.nd.ones(1)"]
    told = subprocess.run(
        command, env={**os.environ, "MXNET_CPU_MEM_POOL_TYPE": "Whale"}, capture_output=True, text=True
    )
    assert told.returncode != 0
    assert "MXNET_CPU_MEM_POOL_TYPE" in told.stderr and "Unpooled" in told.stderr
