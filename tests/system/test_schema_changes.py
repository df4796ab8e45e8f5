"""Every change of a table's schema, followed by ClickHouse in order with the rows.

The matrix that this prints is kept in docs/manual/schema-changes.md; SCHEMA_CHANGES_WRITE=1
writes it there.
"""

import json
import os
import pathlib
import re
import threading
import time

import pytest
import requests

import rowcheck
import schema_cases
import servers

MANUAL = servers.REPO / "docs" / "manual" / "schema-changes.md"
BEGIN, END = "<!-- matrix -->\n", "<!-- end of matrix -->\n"


def create(cursor, case, table):
    key = f", {case.key}" if case.key else ""
    cursor.execute(f"CREATE TABLE {table} (id INT NOT NULL, w INT NOT NULL DEFAULT 0, "
                   f"{case.columns}{key}) CHARACTER SET utf8mb4")


def names_of(columns):
    """"a INT, b ENUM('x','y')" -> "a, b"."""
    bare = re.sub(r"\([^)]*\)", "", columns)
    return ", ".join(part.split()[0] for part in bare.split(","))


def insert_before(cursor, case, table, first_id):
    for n, values in enumerate(case.before):
        row = values.format(id=first_id + n)
        cursor.execute(f"INSERT INTO {table} (id, w, {names_of(case.columns)}) "
                       f"VALUES ({first_id + n}, {n}, {row})")


def change(cursor, case, table):
    """Rows, the statements, rows, all without a pause; then old rows are changed under the new
    schema."""
    insert_before(cursor, case, table, 20)
    for statement in case.ddl:
        cursor.execute(statement.format(t=table))
    for n, (columns, values) in enumerate(case.after):
        row = values.format(id=100 + n)
        cursor.execute(f"INSERT INTO {table} (id, {columns}) VALUES ({100 + n}, {row})")
    cursor.execute(f"UPDATE {table} SET w = w + 1 WHERE id IN (20, 100)")
    cursor.execute(f"DELETE FROM {table} WHERE id = 21")


def types_of(clickhouse, table):
    rows = clickhouse.rows(
        "SELECT name, type FROM system.columns WHERE database = 'demo_tables' AND "
        f"table = '{table}' AND name NOT IN ('id', 'w', '_version', '_is_deleted', '_sign') "
        "ORDER BY position")
    return ", ".join(f"{name} {kind}" for name, kind in rows)


def final_equals_current(clickhouse, table):
    """What SELECT FINAL shows is what the view shows, for tables with a key."""
    keyed = clickhouse.rows("SELECT 1 FROM system.columns WHERE database = 'demo_tables' AND "
                            f"table = '{table}' AND name = '_is_deleted'")
    if keyed:
        assert clickhouse.rows(f"SELECT count() FROM demo_tables.{table} FINAL") == \
            clickhouse.rows(f"SELECT count() FROM demo_tables.{table}_current"), table


def wait_equal(database, clickhouse, db, tables, seconds):
    """Gives the tables that stay different, with some of their rows."""
    left, told = list(tables), {}
    end = time.monotonic() + seconds
    with database.connect() as c:
        while left and time.monotonic() < end:
            for table in list(left):
                try:
                    told[table] = rowcheck.differences(c, clickhouse, db, table)
                except (AssertionError, ValueError, ArithmeticError) as error:
                    told[table] = str(error)
                if told[table] == "":
                    left.remove(table)
            time.sleep(0.2)
    return {table: told[table] for table in left}


def reloaded(clickhouse, table):
    """Whether rows were read from MySQL once more: a key has come by op r more than once."""
    rows = clickhouse.rows(
        "SELECT count() FROM (SELECT key, count() AS n FROM kafka_tables."
        f"{table} WHERE op = 'r' GROUP BY after_id HAVING n > 1)".replace("SELECT key, ", "SELECT "))
    return rows != [["0"]]


def fields_of(run, topic):
    """The row's fields in the newest schema of the topic's values: "a int?, b string"; ? is for null."""
    url = f"{run.settings['registry']['url']}/subjects/{topic}-value/versions/latest"
    answer = requests.get(url, timeout=10)
    if answer.status_code == 404:
        return "-"  # no record has come since the topic's table is there
    envelope = json.loads(answer.json()["schema"])
    before = next(f for f in envelope["fields"] if f["name"] == "before")["type"]
    row = next(t for t in before if isinstance(t, dict))

    def name_of(kind):
        if isinstance(kind, list):
            return name_of(next(k for k in kind if k != "null")) + "?"
        if not isinstance(kind, dict):
            return kind
        if kind["type"] == "array":
            return f"array of {name_of(kind['items'])}"
        said = kind.get("logicalType") or kind.get("connect.name", "").split(".")[-1]
        return f"{kind['type']} ({said})" if said else kind["type"]
    return ", ".join(f"{f['name']} {name_of(f['type'])}" for f in row["fields"]
                     if f["name"] not in ("id", "w"))


def outcome(run, clickhouse, case, db, table):
    return [f"`{case.columns}`", f"`{case.what}`", fields_of(run, f"rh_{db}.{db}.{table}"),
            types_of(clickhouse, table),
            "read again" if reloaded(clickhouse, table) else "kept"]


def keep_matrix(matrix):
    """The manual has what was seen; SCHEMA_CHANGES_WRITE=1 writes it."""
    text = ("| Columns | Change | In the topic afterwards | In `demo_tables.T` afterwards | Rows of before |\n"
            "|---|---|---|---|---|\n")
    text += "".join("| " + " | ".join(row) + " |\n" for row in matrix)
    print(text)
    page = MANUAL.read_text()
    head, rest = page.split(BEGIN)
    new = head + BEGIN + text + END + rest.split(END)[1]
    if os.environ.get("SCHEMA_CHANGES_WRITE"):
        MANUAL.write_text(new)
        page = new
    return page, new


def test_every_change_ends_equal_to_mysql(database, clickhouse, db, pipeline):
    names = os.environ.get("SCHEMA_CHANGES_CASES", "").split()
    cases = [c for c in schema_cases.CASES if not names or c.name in names]
    tables = {c.name: f"{c.name}_{db}" for c in cases}
    with database.connect(db=db) as c:
        for case in cases:
            create(c.cursor(), case, tables[case.name])
            insert_before(c.cursor(), case, tables[case.name], 1)
    run = pipeline().start()
    assert wait_equal(database, clickhouse, db, tables.values(), 240) == {}
    every = list(tables.values())
    with database.connect(db=db) as c:
        for case in cases:
            change(c.cursor(), case, tables[case.name])
            every += [t.format(t=tables[case.name]) for t in case.also]
    different = wait_equal(database, clickhouse, db, every, 400)
    assert different == {}, "\n".join(different.values()) + "\n" + run.tail(60)
    for table in tables.values():
        final_equals_current(clickhouse, table)
        assert clickhouse.rows(f"SELECT count() FROM kafka_tables.{table}_errors") == [["0"]], table
    if not names and database.flavor == "mariadb":
        page, seen = keep_matrix([outcome(run, clickhouse, c, db, tables[c.name]) for c in cases])
        # The types must be as the manual says; how rows came to be equal may depend on timing.
        def types(text):
            return [row.split(" | ")[:-1] for row in text.split(BEGIN)[1].split(END)[0].splitlines()]
        assert types(page) == types(seen), "SCHEMA_CHANGES_WRITE=1 brings the manual up to date"


class Writer:
    """Inserts and updates rows of one table until it is told to stop."""

    def __init__(self, database, db, table):
        self.database, self.db, self.table = database, db, table
        self.stopping = threading.Event()
        self.rows = 0
        self.thread = threading.Thread(target=self._write)

    def _write(self):
        with self.database.connect(db=self.db) as c:
            while not self.stopping.is_set():
                self.rows += 1
                c.cursor().execute(f"INSERT INTO {self.table} (id) VALUES ({self.rows})")
                c.cursor().execute(f"UPDATE {self.table} SET w = w + 1 WHERE id = {self.rows}")

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()

    def wait_for(self, more):
        goal = self.rows + more
        servers.wait_until(lambda: self.rows >= goal, f"{more} more rows are written")


CHANGES = [
    "ADD c{n} INT NOT NULL DEFAULT {n}",
    "MODIFY a VARCHAR(40)",
    "MODIFY a INT",
    "ADD d{n} DECIMAL(10,2), MODIFY m DECIMAL(12,4)",
    "MODIFY m DECIMAL(10,2)",
]


def test_twenty_rebuilds_under_load_show_each_offset_once(mariadb, kafka, clickhouse, tmp_path):
    db, table = "rebuilds", "rebuilt"
    with mariadb.connect() as c:
        c.cursor().execute(f"CREATE DATABASE {db}")
        c.cursor().execute(f"CREATE TABLE {db}.{table} (id INT PRIMARY KEY, "
                           "w INT NOT NULL DEFAULT 0, a INT DEFAULT 5, m DECIMAL(10,2) DEFAULT 1.5)")
    run = servers.Rowhouse(tmp_path / "rowhouse", mariadb, kafka, clickhouse, [f"{db}.*"],
                           pipeline=db, prefix=f"rh_{db}").start()
    try:
        with Writer(mariadb, db, table) as writer, mariadb.connect(db=db) as c:
            for n in range(20):
                writer.wait_for(20)
                statement = CHANGES[n % len(CHANGES)].format(n=n)
                c.cursor().execute(f"ALTER TABLE {table} {statement}")
            writer.wait_for(20)
        assert wait_equal(mariadb, clickhouse, db, [table], 120) == {}, run.tail(60)
        rows = clickhouse.rows(
            "SELECT partition, count(), uniqExact(offset), min(offset), max(offset), "
            "countIf(op IN ('c', 'u')) "
            f"FROM kafka_tables.{table} GROUP BY partition ORDER BY partition")
        assert sum(int(r[5]) for r in rows) == 2 * writer.rows  # beside rows read again
        for _, count, unique, least, most, _ in rows:
            assert count == unique and int(least) == 0 and int(most) == int(count) - 1, rows
        assert clickhouse.rows(f"SELECT count() FROM kafka_tables.{table}_errors") == [["0"]]
    finally:
        run.stop()
        with mariadb.connect() as c:
            c.cursor().execute(f"DROP DATABASE {db}")


@pytest.mark.parametrize("victim", ["rowhouse", "clickhouse"])
def test_killed_in_the_middle_of_a_change_all_is_equal_afterwards(
        victim, mariadb, kafka, tmp_path):
    db, table = f"killed_{victim}", "changed"
    server = servers.ClickHouse(tmp_path / "clickhouse").start()
    with mariadb.connect() as c:
        c.cursor().execute(f"CREATE DATABASE {db}")
        c.cursor().execute(f"CREATE TABLE {db}.{table} (id INT PRIMARY KEY, "
                           "w INT NOT NULL DEFAULT 0, a INT DEFAULT 5, m DECIMAL(10,2) DEFAULT 1.5)")
    run = servers.Rowhouse(tmp_path / "rowhouse", mariadb, kafka, server, [f"{db}.*"],
                           pipeline=db, prefix=f"rh_{db}").start()
    try:
        with Writer(mariadb, db, table) as writer, mariadb.connect(db=db) as c:
            for n, statement in enumerate([
                    "RENAME COLUMN a TO b", "MODIFY b VARCHAR(40)", "MODIFY m DECIMAL(12,4)",
                    "MODIFY id BIGINT", "DROP b, ADD b INT NOT NULL DEFAULT 9"]):
                writer.wait_for(10)
                c.cursor().execute(f"ALTER TABLE {table} {statement}")
                writer.wait_for(3)
                time.sleep(0.15 * n)  # elsewhere in the change each time
                process = run if victim == "rowhouse" else server
                process.kill()
                process.start()
            writer.wait_for(10)
        assert wait_equal(mariadb, server, db, [table], 120) == {}, run.tail(60)
    finally:
        run.stop()
        server.stop()
        with mariadb.connect() as c:
            c.cursor().execute(f"DROP DATABASE {db}")


def test_exactly_once_follows_changes_that_drain_the_queue_first(database, clickhouse, db, pipeline):
    """The queue reads committed records only: what came before has to be committed by then."""
    table = f"once_{db}"
    with database.connect(db=db) as c:
        c.cursor().execute(f"CREATE TABLE {table} (id INT PRIMARY KEY, a INT, b DECIMAL(10,2))")
        c.cursor().execute(f"INSERT INTO {table} VALUES (1, 1, 1.5)")
    pipeline(capture__delivery="exactly-once").start()
    with database.connect(db=db) as c:
        for sql in (f"INSERT INTO {table} VALUES (2, 2, 2.5)",
                    f"ALTER TABLE {table} MODIFY a VARCHAR(20)",
                    f"INSERT INTO {table} VALUES (3, 'three', 3.5)",
                    f"ALTER TABLE {table} RENAME COLUMN b TO c",
                    f"UPDATE {table} SET c = c + 1 WHERE id < 3",
                    f"ALTER TABLE {table} MODIFY c DECIMAL(20,6)",
                    f"INSERT INTO {table} VALUES (4, 'four', 4.000001)"):
            c.cursor().execute(sql)
        servers.wait_until(lambda: rowcheck.differences(c, clickhouse, db, table) == "",
                           "the table is equal", 90)


def test_exactly_once_follows_a_change_that_is_not_in_the_log(database, clickhouse, db, pipeline):
    """Nothing in the log asks for a commit, and the queue has to be drained before the next row."""
    table = f"unlogged_{db}"
    with database.connect(db=db) as c:
        c.cursor().execute(f"CREATE TABLE {table} (id INT PRIMARY KEY, a INT)")
        c.cursor().execute(f"INSERT INTO {table} VALUES (1, 1)")
    pipeline(capture__delivery="exactly-once").start()
    with database.connect(db=db) as c:
        for round_ in range(2):
            for sql in (f"INSERT INTO {table} VALUES ({10 + round_}, 2)",
                        "SET SESSION sql_log_bin = 0",
                        f"ALTER TABLE {table} MODIFY a {('VARCHAR(20)', 'INT')[round_]}",
                        "SET SESSION sql_log_bin = 1",
                        f"INSERT INTO {table} VALUES ({20 + round_}, '3')"):
                c.cursor().execute(sql)
        servers.wait_until(lambda: rowcheck.differences(c, clickhouse, db, table) == "",
                           "the table is equal", 90)
