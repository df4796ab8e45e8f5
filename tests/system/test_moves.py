"""The source moves under a running pipeline: another server, a log gone, odd sessions. What ClickHouse
shows is equal afterwards, or the pipeline says by name why it can't be.

The decoder's own tests (events_system_test, moves_system_test) have each case apart; here is the way
through to the end.
"""

import pytest

import servers
from test_errors import CONFIG, complained, equal, refused

REPLICATE = {
    "mariadb": ("RESET MASTER", "SET GLOBAL gtid_slave_pos = ''",
                "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = {port}, "
                "MASTER_USER = 'rowhouse', MASTER_PASSWORD = 'rowhouse', "
                "MASTER_USE_GTID = slave_pos", "START SLAVE"),
    "mysql": ("RESET BINARY LOGS AND GTIDS",
              "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = {port}, "
              "SOURCE_USER = 'rowhouse', SOURCE_PASSWORD = 'rowhouse', "
              "SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1", "START REPLICA"),
}


def run_sql(database, *statements):
    with database.connect() as c:
        for sql in statements:
            c.cursor().execute(sql)


@pytest.fixture(params=["mariadb", "mysql"])
def pair(request, tmp_path, kafka, clickhouse):
    """A server, its replica, and a pipeline on the first; all the test's own."""
    flavor = request.param
    made = []
    for number, name in ((21, "first"), (22, "second")):
        database = servers.Database(tmp_path / name, flavor)
        logs = "--log-slave-updates" if flavor == "mariadb" else "--log-replica-updates"
        database.start([f"--server-id={number}", logs])
        made.append(database)
    first, second = made
    run_sql(second, *[sql.format(port=first.port) for sql in REPLICATE[flavor]][:-1])
    run_sql(first, REPLICATE[flavor][0])
    run_sql(second, REPLICATE[flavor][-1])
    name = f"moved_{tmp_path.name}"
    run = servers.Rowhouse(tmp_path / "rowhouse", first, kafka, clickhouse, [f"{name}.*"],
                           pipeline=name, prefix=name)
    made.append(run)
    yield first, second, run, name
    for part in reversed(made):
        part.kill()


def test_a_failover_to_a_replica_goes_on_there(pair, clickhouse):
    first, second, run, db = pair
    table = f"t_{db}"
    run_sql(first, f"CREATE DATABASE {db} CHARACTER SET utf8mb4",
            f"CREATE TABLE {db}.{table} (id INT PRIMARY KEY, v INT)",
            f"INSERT INTO {db}.{table} VALUES (1, 0), (2, 0), (3, 0)")
    run.start()
    run_sql(first, f"UPDATE {db}.{table} SET v = 1 WHERE id < 3")
    equal(first, clickhouse, db, table)
    assert run.stop() == 0
    # Not read before the first server goes for good.
    run_sql(first, f"UPDATE {db}.{table} SET v = 2 WHERE id = 2",
            f"DELETE FROM {db}.{table} WHERE id = 1")

    def caught_up():
        with second.connect() as c, c.cursor() as k:
            k.execute(f"SELECT id, v FROM {db}.{table} ORDER BY id")
            return k.fetchall() == ((2, 2), (3, 0))
    servers.wait_until(caught_up, "the replica has it all")
    first.kill()
    run_sql(second, "STOP SLAVE" if second.flavor == "mariadb" else "STOP REPLICA",
            f"UPDATE {db}.{table} SET v = 3 WHERE id = 3", f"INSERT INTO {db}.{table} VALUES (4, 3)")
    run.settings["source"]["port"] = second.port
    run.write_config()
    run.start()
    equal(second, clickhouse, db, table)
    run_sql(second, f"UPDATE {db}.{table} SET v = 4")
    equal(second, clickhouse, db, table)


def test_what_sessions_and_logs_can_do(pair, clickhouse):
    first, _, run, db = pair
    tables = [f"{name}_{db}" for name in ("xa", "minimal", "whole")]
    xa, minimal, whole = tables
    run_sql(first, f"CREATE DATABASE {db} CHARACTER SET utf8mb4",
            *[f"CREATE TABLE {db}.{t} (id INT PRIMARY KEY, v INT, note VARCHAR(9))" for t in tables],
            *[f"INSERT INTO {db}.{t} VALUES (1, 0, 'a'), (2, 0, 'b')" for t in tables])
    run.start()
    equal(first, clickhouse, db, *tables)

    # A prepared transaction that outlives the pipeline.
    with first.connect(db=db) as session, session.cursor() as k:
        for sql in ("XA START 'x'", f"UPDATE {xa} SET v = 9 WHERE id = 1",
                    f"INSERT INTO {xa} VALUES (3, 9, 'x')", "XA END 'x'", "XA PREPARE 'x'"):
            k.execute(sql)
    run_sql(first, f"UPDATE {db}.{xa} SET v = 1 WHERE id = 2")
    equal(first, clickhouse, db, xa)
    run.kill()
    run_sql(first, "XA COMMIT 'x'", f"UPDATE {db}.{xa} SET v = 10 WHERE id = 1")
    run.start()
    equal(first, clickhouse, db, xa)

    # A session of its own mind: one table is parked by name, the others go on.
    run_sql(first, "SET SESSION binlog_row_image = MINIMAL",
            f"DELETE FROM {db}.{whole} WHERE id = 1", f"INSERT INTO {db}.{whole} VALUES (5, 5, 'e')",
            f"UPDATE {db}.{minimal} SET v = 7", f"INSERT INTO {db}.{whole} VALUES (6, 6, 'f')")
    complained(run, "E-MYSQL-012", minimal, "column note")
    equal(first, clickhouse, db, whole, xa)

    # The log begins anew: the pipeline does not start, and says why.
    assert run.stop() == 0
    run_sql(first, REPLICATE[first.flavor][0])
    refused(run, CONFIG, "E-MYSQL-025", "lacks transactions that were read already")
