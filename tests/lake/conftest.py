"""One Spark cluster for all tests of a process that ask for it."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator

import pytest

from tests.servers.spark import SparkCluster, find_spark


@pytest.fixture(scope="session")
def spark_master() -> Iterator[str]:
    """The address of a master with two workers."""
    home = find_spark()
    assert home is not None
    cluster = SparkCluster(home)
    try:
        cluster.start()
        yield cluster.master
    finally:
        from keskio.lake.spark import stop_spark

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # pyspark leaves its sockets to Python
            stop_spark()
            gc.collect()
        cluster.stop()
