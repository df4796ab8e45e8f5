"""From a committed row to ClickHouse, on every supported type, on both servers."""

import pytest

import rowcheck
import servers
import zoo


def equal(database, clickhouse, db, table, seconds=30):
    with database.connect() as c:
        def same():
            found = rowcheck.differences(c, clickhouse, db, table)
            assert found == "", found
            return True
        servers.wait_until(same, f"{table} is equal on both sides", seconds)


def check_equal(database, clickhouse, db, table):
    with database.connect() as c:
        assert rowcheck.differences(c, clickhouse, db, table) == ""


def test_first_load_and_stream_of_every_type_are_equal(database, clickhouse, db, pipeline):
    table = f"zoo_{db}"
    animals = zoo.Zoo(1, database.flavor)
    with database.connect(db=db) as c:
        c.cursor().execute(zoo.create(table, flavor=database.flavor))
        animals.insert_edges(c.cursor(), table)
        for _ in range(100):
            animals.insert(c.cursor(), table)
    pipeline().start()
    equal(database, clickhouse, db, table)
    with database.connect(db=db) as c:
        animals.insert_edges(c.cursor(), table)
        for _ in range(50):
            animals.insert(c.cursor(), table)
        for key in range(1, 100):
            animals.update(c.cursor(), table, f"id={key}")
        c.cursor().execute(f"DELETE FROM {table} WHERE id % 7 = 0")
    equal(database, clickhouse, db, table)


@pytest.mark.parametrize("formats", [
    {"format__decimal": "string", "format__time": "isostring", "format__bigint_unsigned": "precise",
     "format__binary": "hex", "format__field_names": "avro_unicode"},
    {"format__decimal": "precise", "format__time": "connect", "format__binary": "base64", "format__tombstones": False},
    {"format__time": "microseconds", "format__binary": "base64-url-safe"},
], ids=["texts", "connect", "microseconds"])
def test_debeziums_modes_come_to_the_same_rows(mariadb, clickhouse, kafka, tmp_path, formats):
    """One server: what the modes change lies between the same cells and the same table."""
    connect = formats.get("format__time") == "connect"  # milliseconds, and not all of TIME
    db, table = f"modes_{len(formats)}", f"zoo_modes_{len(formats)}"
    animals = zoo.Zoo(3)
    if connect:
        every, wide = animals.row, {"ti", "ti6", "dt6"}
        animals.row = lambda: {name: value for name, value in every().items() if name not in wide}
    with mariadb.connect() as c:
        c.cursor().execute(f"CREATE DATABASE {db} CHARACTER SET utf8mb4")
        c.cursor().execute(f"USE {db}")
        c.cursor().execute(zoo.create(table))
        for _ in range(120):
            animals.insert(c.cursor(), table)
    run = servers.Rowhouse(tmp_path / "rowhouse", mariadb, kafka, clickhouse, [f"/{db}[.].*/"],
                           pipeline=db, prefix=f"rh_{db}", **formats)
    try:
        run.start()
        equal(mariadb, clickhouse, db, table)
        with mariadb.connect(db=db) as c:
            for _ in range(50):
                animals.insert(c.cursor(), table)
            c.cursor().execute(f"DELETE FROM {table} WHERE id % 5 = 0")
        equal(mariadb, clickhouse, db, table)
    finally:
        run.stop()


def test_a_table_without_key_keeps_its_exact_multiset(database, clickhouse, db, pipeline):
    table = f"bag_{db}"
    with database.connect(db=db) as c:
        c.cursor().execute(f"CREATE TABLE {table} (a INT, b VARCHAR(20))")
        c.cursor().execute(f"INSERT INTO {table} VALUES (1,'x'),(1,'x'),(2,NULL),(NULL,NULL)")
    pipeline().start()
    equal(database, clickhouse, db, table)
    with database.connect(db=db) as c:
        c.cursor().execute(f"INSERT INTO {table} VALUES (1,'x'),(3,'z')")
        c.cursor().execute(f"UPDATE {table} SET b='y' WHERE a=1 LIMIT 1")
        c.cursor().execute(f"DELETE FROM {table} WHERE a=2")
    equal(database, clickhouse, db, table)


def test_a_changed_key_moves_the_row(database, clickhouse, db, pipeline):
    table = f"moves_{db}"
    with database.connect(db=db) as c:
        c.cursor().execute(f"CREATE TABLE {table} (a INT, b VARCHAR(10), n INT, PRIMARY KEY (b, a))")
        c.cursor().execute(f"INSERT INTO {table} VALUES (1,'x',1),(2,'y',2)")
    pipeline().start()
    equal(database, clickhouse, db, table)
    with database.connect(db=db) as c:
        c.begin()
        c.cursor().execute(f"UPDATE {table} SET a=9 WHERE a=1")
        c.cursor().execute(f"UPDATE {table} SET a=1, n=7 WHERE a=2")
        c.cursor().execute(f"UPDATE {table} SET a=2 WHERE a=9")
        c.commit()
    equal(database, clickhouse, db, table)


def test_every_change_is_in_history_once_and_within_two_seconds(database, clickhouse, db, pipeline):
    table = f"seen_{db}"
    with database.connect(db=db) as c:
        c.cursor().execute(f"CREATE TABLE {table} (id INT PRIMARY KEY, n INT)")
        c.cursor().execute(f"INSERT INTO {table} VALUES (1, 0)")
    pipeline().start()
    equal(database, clickhouse, db, table)
    statements = [("c", f"INSERT INTO {table} VALUES (2, 5)"),
                  ("u", f"UPDATE {table} SET n=6 WHERE id=2"),
                  ("d", f"DELETE FROM {table} WHERE id=2")]
    for op, sql in statements:
        with database.connect(db=db) as c:
            c.cursor().execute(sql)
        servers.wait_until(
            lambda: clickhouse.rows(f"SELECT op FROM kafka_tables.{table} WHERE op='{op}'"),
            f"{op} is in history", seconds=2)
        check = lambda: check_equal(database, clickhouse, db, table) or True
        servers.wait_until(check, f"{op} is in the current rows", seconds=2)
    history = clickhouse.rows(
        f"SELECT op, kafka_timestamp > '2020-01-01' FROM kafka_tables.{table} ORDER BY version")
    assert [row[0] for row in history] == ["r", "c", "u", "d"]
    assert all(row[1] in ("1", "true") for row in history)


def test_a_table_that_cannot_be_followed_is_parked_and_the_others_go_on(
        database, clickhouse, db, pipeline):
    good, bad = f"good_{db}", f"bad_{db}"
    with database.connect(db=db) as c:
        c.cursor().execute(f"CREATE TABLE {good} (id INT PRIMARY KEY)")
        # Two names that Avro can't keep apart.
        c.cursor().execute(f"CREATE TABLE {bad} (id INT PRIMARY KEY, `a-b` INT, a_b INT)")
        c.cursor().execute(f"INSERT INTO {bad} VALUES (1, 1, 1)")
        c.cursor().execute(f"INSERT INTO {good} VALUES (1)")
    run = pipeline().start()
    equal(database, clickhouse, db, good)
    with database.connect(db=db) as c:
        c.cursor().execute(f"INSERT INTO {bad} VALUES (2, 2, 2)")
        c.cursor().execute(f"INSERT INTO {good} VALUES (2)")
    equal(database, clickhouse, db, good)
    log = run.log.read_text()
    assert f"{db}.{bad}" in log and "a_b" in log and "parked" in log


def test_a_stop_and_start_goes_on_where_it_was(database, clickhouse, db, pipeline):
    table = f"resume_{db}"
    with database.connect(db=db) as c:
        c.cursor().execute(f"CREATE TABLE {table} (id INT PRIMARY KEY, n INT)")
        c.cursor().execute(f"INSERT INTO {table} VALUES (1, 0)")
    run = pipeline().start()
    equal(database, clickhouse, db, table)
    assert run.stop() == 0
    with database.connect(db=db) as c:
        c.cursor().execute(f"INSERT INTO {table} VALUES (2, 0)")
        c.cursor().execute(f"UPDATE {table} SET n=1")
    run.start()
    equal(database, clickhouse, db, table)
    assert clickhouse.rows(f"SELECT count() FROM kafka_tables.{table} WHERE op='r'") == [["1"]]
