"""`sink.on_drop_table: drop`, and the log of statements in ClickHouse."""

import servers
from test_resync import equal, make, run_sql


def objects(clickhouse, database, table):
    return {row[0] for row in clickhouse.rows(
        f"SELECT name FROM system.tables WHERE database = '{database}' AND name LIKE '{table}%'")}


def test_dropped_tables_are_dropped_by_option_and_statements_are_logged(
        database, clickhouse, db, pipeline):
    gone, again, other = f"gone_{db}", f"again_{db}", f"other_{db}"
    second = f"{db}_second"
    make(database, db, gone)
    make(database, db, again)
    run_sql(database, db, f"CREATE DATABASE {second}")
    make(database, second, other)
    try:
        pipeline(source__tables=[f"{db}.*", f"{second}.*"], sink__on_drop_table="drop").start()
        for name, table in ((db, gone), (db, again), (second, other)):
            equal(database, clickhouse, name, table)
        run_sql(database, db, f"INSERT INTO {again} VALUES (500, 'of before')", f"DROP TABLE {again}",
                f"CREATE TABLE {again} (id INT PRIMARY KEY, n VARCHAR(20))",
                f"INSERT INTO {again} VALUES (7, 'anew')", f"DROP TABLE {gone}",
                f"ALTER TABLE {again} ADD COLUMN extra INT", f"INSERT INTO {again} VALUES (8, 'x', 9)",
                f"DROP DATABASE {second}")
        for table in (gone, other):
            servers.wait_until(lambda t=table: objects(clickhouse, "demo_tables", t) == set(),
                               f"{table} is dropped")
            assert table in objects(clickhouse, "kafka_tables", table), "the history stays"
            assert f"{table}_queue" not in objects(clickhouse, "kafka_tables", table)
        equal(database, clickhouse, db, again)
    finally:
        run_sql(database, db, f"DROP DATABASE IF EXISTS {second}")

    logged = clickhouse.rows(
        "SELECT db, table, sql, effect, arrayStringConcat(clickhouse, ';'), position, "
        "source_time > now() - 3600 FROM kafka_tables.rowhouse_ddl FINAL "
        f"WHERE db IN ('{db}', '{second}') ORDER BY version, applied_at")
    said = [(row[1], row[2].split()[0:2]) for row in logged if not row[4]]
    for wanted in ((again, ["DROP", "TABLE"]), (again, ["CREATE", "TABLE"]), (gone, ["DROP", "TABLE"])):
        assert wanted in said, logged
    assert any(row[0] == second and row[2].startswith("DROP DATABASE") for row in logged), logged
    assert all(row[3] for row in logged), "each says what it did"
    assert all(row[5].startswith("binlog.") and row[6] in ("1", "true") for row in logged if not row[4])
    altered = [row for row in logged if row[4]]
    assert any("ADD COLUMN" in row[4] and "extra" in row[2] for row in altered), logged
