"""Servers for the comparison with Debezium: databases of its own, since Debezium reads every table's schema."""

import importlib.util
import pathlib
import sys

import pytest

SYSTEM = pathlib.Path(__file__).resolve().parents[1] / "system"
sys.path.insert(0, str(SYSTEM))

_spec = importlib.util.spec_from_file_location("system_conftest", SYSTEM / "conftest.py")
_system = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_system)
world_directory, kafka = _system.world_directory, _system.kafka

import servers  # noqa: E402  (found by the path above)

# What `include.query` shows has to be in the log.
QUERY_EVENTS = {"mariadb": "--binlog-annotate-row-events=ON", "mysql": "--binlog-rows-query-log-events=ON"}


@pytest.fixture(params=["mariadb", "mysql"])
def source(request, world_directory):
    """A server with nothing in it but the test's tables."""
    servers.need("debezium_libs")
    flavor = request.param
    server = servers.Database(world_directory / f"differential_{flavor}", flavor)
    server.start([QUERY_EVENTS[flavor]])
    yield server
    server.stop()
