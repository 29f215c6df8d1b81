"""One Spark cluster for all tests of a process that ask for it."""

from __future__ import annotations

import gc
import os
import warnings
from collections.abc import Iterator

import pytest

from keskio.lake import spark
from tests.servers.spark import SparkCluster, find_spark

# For a few rows, compiling a plan takes longer than walking through it.
QUICK = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
}
# Six Javas begin and soon end: the compiler that optimises at length would take more than it ever gives.
BRIEF_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


@pytest.fixture(scope="session")
def spark_master() -> Iterator[str]:
    """The address of a master with two workers."""
    home = find_spark()
    assert home is not None
    os.environ["JAVA_TOOL_OPTIONS"] = BRIEF_JAVA
    cluster = SparkCluster(home)
    try:
        cluster.start()
        spark.OPTIONS.update(QUICK)
        yield cluster.master
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # pyspark leaves its sockets to Python
            spark.stop_spark()
            gc.collect()
        cluster.stop()
        del os.environ["JAVA_TOOL_OPTIONS"]
