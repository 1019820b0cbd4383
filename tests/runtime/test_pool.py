"""Memory that arrays leave is there for the next ones."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

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
    clean["THP_MEM_ALLOC_ENABLE"] = "0"  # PAGES are small ones
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


HUGE = """
import mxnet as mx
kept = mx.nd.ones((8192, 1024))
print(open("/proc/self/smaps").read())
"""


@pytest.mark.parametrize(("setting", "some"), [(None, True), ("0", False)])
def test_large_arrays_are_in_huge_pages_unless_torch_was_told_otherwise(setting: str | None, some: bool) -> None:
    state = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    if not state.exists() or "[madvise]" not in state.read_text():
        pytest.skip("huge pages are not given to those who ask, and to them alone")
    clean = {k: v for k, v in os.environ.items() if k != "THP_MEM_ALLOC_ENABLE"}
    own = {} if setting is None else {"THP_MEM_ALLOC_ENABLE": setting}
    told = subprocess.run([sys.executable, "-c", HUGE], env=clean | own, check=True, capture_output=True, text=True)
    kilobytes = sum(int(n) for n in re.findall(r"AnonHugePages: +(\d+) kB", told.stdout))
    assert (kilobytes >= 16384) is some
