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


class Registry(servers.Process):
    """`rowhouse registry` as a process of its own, with a topic of its own."""

    def __init__(self, directory, kafka, topic="_schemas"):
        super().__init__("registry", directory)
        self.port = servers.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = [f"kafka.bootstrap={kafka.bootstrap}", f"registry.schemas_topic={topic}"]

    def start(self):
        import requests
        sets = [x for setting in self.settings for x in ("--set", setting)]
        self.spawn([servers.binary(), "registry", "--listen", f"127.0.0.1:{self.port}", *sets])
        self.wait_ready(lambda: requests.get(f"{self.url}/subjects", timeout=5).status_code == 200)
        return self


@pytest.fixture(scope="session")
def registry(world_directory, kafka):
    server = Registry(world_directory / "registry", kafka, "_schemas_of_clients").start()
    yield server
    server.stop()
