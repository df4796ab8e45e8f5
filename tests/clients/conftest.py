"""Servers for the tests with other people's clients; the fixtures of tests/system are shared."""

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
clickhouse, mariadb = _system.clickhouse, _system.mariadb

import servers  # noqa: E402  (found by the path above)


@pytest.fixture(scope="session")
def registry(world_directory, kafka):
    server = servers.Registry(world_directory / "registry", kafka, "_schemas_of_clients").start()
    yield server
    server.stop()
