"""The fixtures of tests/system, for the comparison with another reader of the binary log."""

import importlib.util
import pathlib
import sys

SYSTEM = pathlib.Path(__file__).resolve().parents[1] / "system"
sys.path.insert(0, str(SYSTEM))

_spec = importlib.util.spec_from_file_location("system_conftest_of_oracle", SYSTEM / "conftest.py")
_system = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_system)
world_directory, kafka, clickhouse = _system.world_directory, _system.kafka, _system.clickhouse
mariadb, mysql, database, db = _system.mariadb, _system.mysql, _system.database, _system.db
