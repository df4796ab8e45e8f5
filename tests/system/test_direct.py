"""`capture.snapshot: direct`: a first load straight into ClickHouse, beside the stream that takes over."""

import time

import servers
from test_load import equal, loads_end, metric, writing


def test_rows_of_before_go_past_kafka_and_all_later_changes_through_it(database, clickhouse, db, pipeline):
    """Keys of three kinds, writers at work all the while, kill -9 again and again."""
    tables = {f"orders_{db}": "id INT PRIMARY KEY, note VARCHAR(60), price DECIMAL(10,2)",
              f"words_{db}": "id VARCHAR(30) COLLATE utf8mb4_general_ci PRIMARY KEY, note VARCHAR(60), price DECIMAL(10,2)",
              f"bare_{db}": "id INT, note VARCHAR(60), price DECIMAL(10,2)"}
    statements = []
    with database.connect(db=db) as c:
        for table, columns in tables.items():
            c.cursor().execute(f"CREATE TABLE {table} ({columns})")
            for start in range(0, 20_000, 2000):
                values = ", ".join(f"('{n}', '{'note' * 9} {n}', {n}.5)" for n in range(start, start + 2000))
                c.cursor().execute(f"INSERT INTO {table} VALUES {values}")
            statements += [f"UPDATE {table} SET price = price + 1 ORDER BY id LIMIT 3",
                           f"DELETE FROM {table} ORDER BY id DESC LIMIT 1",
                           f"UPDATE {table} SET note = NULL WHERE id = '{len(table) * 1000}'"]
        statements.append(f"REPLACE INTO orders_{db} VALUES (FLOOR(RAND() * 20000), 'new', 1)")
    settings = {"capture__snapshot": "direct", "capture__snapshot_readers": 2}
    with writing(database, db, statements):
        run = pipeline(**settings)
        for wait in (0.3, 0.6):
            run.start(ready=False)
            servers.wait_until(lambda: metric(run, "rowhouse_source_connected") == 1, "it runs", 60, every=0.01)
            time.sleep(wait)  # whatever it is at by then
            run.kill()
        run.start(ready=False)
        loads_end(run)
    servers.wait_until(run.ready, "ClickHouse's objects are made", 60)
    for table in tables:
        equal(database, clickhouse, db, table)
        assert clickhouse.rows(f"SELECT DISTINCT op FROM kafka_tables.{table} WHERE op = 'r'") == []
    assert clickhouse.rows("SELECT name FROM system.tables WHERE database = 'kafka_tables'"
                           f" AND name LIKE '%{db}_inlet_%'") == []
    assert run.command("verify", check=False).returncode == 0
    # A later load of the same table goes through Kafka, since it has to void what is gone.
    run.command("resync", f"{db}.orders_{db}")
    servers.wait_until(lambda: clickhouse.rows(
        f"SELECT count() > 0 FROM kafka_tables.orders_{db} WHERE op = 'r'") == [["1"]], "it is loaded again", 60)
    equal(database, clickhouse, db, f"orders_{db}")


def test_a_table_that_is_found_later_is_loaded_too(mariadb, clickhouse, kafka, tmp_path):
    with mariadb.connect() as c:
        c.cursor().execute("CREATE DATABASE late CHARACTER SET utf8mb4")
        c.cursor().execute("CREATE TABLE late.late_first (id INT PRIMARY KEY)")
        c.cursor().execute("CREATE TABLE late.late_second (id INT PRIMARY KEY)")
        c.cursor().execute("INSERT INTO late.late_first VALUES (1), (2)")
        c.cursor().execute("INSERT INTO late.late_second VALUES (3)")
    run = servers.Rowhouse(tmp_path / "late", mariadb, kafka, clickhouse, ["late.late_first"], pipeline="late",
                           prefix="late", capture__snapshot="direct")
    try:
        run.start()
        equal(mariadb, clickhouse, "late", "late_first")
        assert run.stop() == 0
        run.settings["source"]["tables"] = ["late.*"]
        run.write_config()
        run.start()
        equal(mariadb, clickhouse, "late", "late_second")
        assert clickhouse.rows("SELECT count() FROM kafka_tables.late_second") == [["0"]]
    finally:
        run.stop()
        clickhouse.drop_queues("late")
