"""Shared servers: one database, broker and ClickHouse a run; tests have their own names in them."""

import itertools

import pytest

import servers

_names = itertools.count(1)


@pytest.fixture(scope="session")
def world_directory(tmp_path_factory):
    return tmp_path_factory.mktemp("world")


@pytest.fixture(scope="session")
def kafka(world_directory):
    server = servers.Kafka(world_directory / "kafka").start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def clickhouse(world_directory):
    server = servers.ClickHouse(world_directory / "clickhouse").start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def mariadb(world_directory):
    server = servers.Database(world_directory / "mariadb", "mariadb").start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def mysql(world_directory):
    server = servers.Database(world_directory / "mysql", "mysql").start()
    yield server
    server.stop()


@pytest.fixture(params=["mariadb", "mysql"])
def database(request):
    """Each test that asks for `database` runs on both servers."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def db(database):
    """A database of the test's own; its tables' names are the test's own too."""
    name = f"t{next(_names)}"
    with database.connect() as connection:
        connection.cursor().execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    yield name
    with database.connect() as connection:
        connection.cursor().execute(f"DROP DATABASE {name}")


@pytest.fixture
def pipeline(tmp_path, database, kafka, clickhouse, db):
    """Makes `rowhouse run` on the test's database; whatever was started is ended."""
    started = []

    def make(**changes):
        changes.setdefault("pipeline", db)
        changes.setdefault("prefix", f"rh_{db}")
        run = servers.Rowhouse(tmp_path / "rowhouse", database, kafka, clickhouse,
                               [f"{db}.*"], **changes)
        started.append(run)
        return run

    yield make
    for run in started:
        run.stop()
    clickhouse.drop_queues(f"rh_{db}")
