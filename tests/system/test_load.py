"""The first load beside a stream that changes what is being read, on both servers."""

import contextlib
import json
import os
import random
import re
import signal
import threading
import time

import pymysql
import requests

import rowcheck
import servers

# A key's columns, which of them are the key, and a random value of each as SQL.
KEYS = {
    "text": ("k VARCHAR(30) COLLATE utf8mb4_general_ci", "k",
             ["CONCAT(ELT(1+FLOOR(RAND()*7),'a','A','b','ß','É','_','z'), FLOOR(RAND()*900),"
              " ELT(1+FLOOR(RAND()*2),'',' '))"]),
    "four": ("a VARCHAR(10) COLLATE utf8mb4_bin, b INT UNSIGNED, c DATE, d DECIMAL(20,5)",
             "a, b, c, d",
             ["ELT(1+FLOOR(RAND()*3),'x','X','y')", "4294967295 - FLOOR(RAND()*5)",
              "'2026-01-01' + INTERVAL FLOOR(RAND()*9) DAY", "FLOOR(RAND()*9000)/100000"]),
    "huge": ("k BIGINT UNSIGNED", "k", ["18446744073709551615 - FLOOR(RAND()*5000)"]),
    "decimal": ("k DECIMAL(40,10)", "k", ["(RAND() - 0.5) * 1e20"]),
    "bytes": ("k BINARY(16)", "k", ["UNHEX(LEFT(SHA2(RAND(), 256), 32))"]),
    "moment": ("k DATETIME(6), s TIMESTAMP(3)", "k, s",
               ["'1969-12-31 23:59:59' + INTERVAL FLOOR(RAND()*900) MICROSECOND",
                "'2030-01-01' + INTERVAL FLOOR(RAND()*9) SECOND"]),
    "labels": ("e ENUM('b','a','c'), s SET('z','y','x'), n SMALLINT", "e, s, n",
               ["1+FLOOR(RAND()*3)", "FLOOR(RAND()*8)", "FLOOR(RAND()*200)"]),
}


def equal(database, clickhouse, db, table, seconds=60):
    with database.connect(db=db) as c:
        def same():
            different = rowcheck.differences(c, clickhouse, db, table)
            assert different == "", different
            return True
        servers.wait_until(same, f"{table} is equal on both sides", seconds)


@contextlib.contextmanager
def writing(database, db, statements, threads=2):
    """Runs random statements of the list, in transactions, until the block ends."""
    stop = threading.Event()

    def write(seed):
        pick = random.Random(seed)
        with database.connect(db=db) as c:
            while not stop.is_set():
                c.begin()
                try:
                    for _ in range(pick.randint(1, 4)):
                        c.cursor().execute(pick.choice(statements))
                    c.commit()
                except pymysql.err.OperationalError:  # a deadlock
                    c.rollback()

    writers = [threading.Thread(target=write, args=(i,)) for i in range(threads)]
    for writer in writers:
        writer.start()
    try:
        yield
    finally:
        stop.set()
        for writer in writers:
            writer.join()


def metric(run, name):
    text = requests.get(f"http://127.0.0.1:{run.console_port}/metrics", timeout=5).text
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
               if line.startswith(name) and line[len(name)] in " {")


def loads_end(run, seconds=150):
    servers.wait_until(lambda: metric(run, "rowhouse_source_connected") == 1
                       and metric(run, "rowhouse_snapshot_tables_remaining") == 0,
                       "all tables are loaded", seconds)


def test_tables_of_every_kind_of_key_are_loaded_equal_while_their_keys_change(
        database, clickhouse, db, pipeline):
    statements = []
    for kind, (columns, key, values) in KEYS.items():
        table = f"{kind}_{db}"
        names = [name.strip() for name in key.split(",")]
        insert = f"INSERT IGNORE INTO {table} SELECT {', '.join(values)}, 0"
        with database.connect(db=db) as c:
            c.cursor().execute(f"CREATE TABLE {table} ({columns}, v INT, PRIMARY KEY ({key}))")
            for _ in range(50):
                c.cursor().execute(insert)
            for _ in range(4):  # each row once more, with a new key
                c.cursor().execute(f"INSERT IGNORE INTO {table} SELECT {', '.join(values)}, 0 FROM {table}")
        statements += [
            insert,
            f"UPDATE {table} SET v=v+1 ORDER BY {key} DESC LIMIT 20",
            f"UPDATE {table} SET v=v+1 ORDER BY {key} LIMIT 20",
            f"UPDATE IGNORE {table} SET {names[-1]}={values[-1]}, v=v+1 ORDER BY {key} LIMIT 5",
            f"UPDATE IGNORE {table} SET {names[0]}={values[0]} ORDER BY {key} DESC LIMIT 5",
            f"DELETE FROM {table} ORDER BY {key} LIMIT 1"]
    run = pipeline(capture__chunk_rows=100, capture__snapshot_readers=3)
    with writing(database, db, statements):
        run.start(ready=False)
        loads_end(run)
    servers.wait_until(run.ready, "ClickHouse's objects are made", 150)
    for kind in KEYS:
        equal(database, clickhouse, db, f"{kind}_{db}")


def test_a_chunk_is_placed_exactly_though_writers_hammer_its_very_rows(
        database, clickhouse, db, pipeline):
    """MySQL tells no snapshot position: the low and high mark must do. Told by order alone."""
    table = f"hammered_{db}"
    with database.connect(db=db) as c:
        c.cursor().execute(f"CREATE TABLE {table} (id INT PRIMARY KEY, v INT)")
        for i in range(10):
            values = ",".join(f"({i * 200 + j},0)" for j in range(200))
            c.cursor().execute(f"INSERT INTO {table} VALUES {values}")
    pick = random.Random(4)
    statements = [f"UPDATE {table} SET v=v+1 WHERE id={pick.randrange(2000)}" for _ in range(300)]
    statements += [f"DELETE FROM {table} WHERE id={pick.randrange(2000)}" for _ in range(100)]
    statements += [f"INSERT IGNORE INTO {table} VALUES ({pick.randrange(2000)}, -1)" for _ in range(99)]
    run = pipeline(capture__chunk_rows=250, capture__snapshot_readers=3)
    with writing(database, db, statements, threads=4):
        run.start(ready=False)
        loads_end(run)
    servers.wait_until(run.ready, "ClickHouse's objects are made", 60)
    equal(database, clickhouse, db, table)
    # Whoever applies one message after the other, and knows no versions, has the same rows.
    by_order = clickhouse.rows(
        f"SELECT k, v FROM (SELECT coalesce(after_id, before_id) AS k, argMax(after_v, _o) AS v, "
        f"argMax(op, _o) AS o FROM (SELECT *, offset AS _o FROM kafka_tables.{table}) "
        f"GROUP BY k) WHERE o != 'd' ORDER BY k")
    with database.connect(db=db) as c:
        cursor = c.cursor()
        cursor.execute(f"SELECT id, v FROM {table} ORDER BY id")
        assert [tuple(map(int, row)) for row in by_order] == list(cursor.fetchall())


def saved_rows(run, table):
    """What the ledger in Kafka says of a load; for a pipeline that does not run."""
    tables = json.loads(run.command("status", "-o", "json", check=False).stdout)["tables"]
    return sum(t["snapshot_rows"] for t in tables if t["table"] == table)


def test_a_load_that_was_killed_goes_on_with_its_open_chunks_only(
        database, clickhouse, db, pipeline):
    table, rows, chunk, readers = f"killed_{db}", 1000 << 8, 100, 3
    with database.connect(db=db) as c:
        c.cursor().execute(f"CREATE TABLE {table} (id INT PRIMARY KEY, note VARCHAR(40))")
        values = ",".join(f"({i},'note {i}')" for i in range(1000))
        c.cursor().execute(f"INSERT INTO {table} VALUES {values}")
        for doubled in range(8):
            c.cursor().execute(f"INSERT INTO {table} SELECT id + {1000 << doubled}, note FROM {table}")
    run = pipeline(capture__chunk_rows=chunk, capture__snapshot_readers=readers,
                   capture__checkpoint_interval="50ms", sink__mode="none")
    saved = 0
    while saved == 0:  # the first chunk may not be saved yet
        run.start(ready=False)
        servers.wait_until(lambda: metric(run, "rowhouse_kafka_produced_records_total") >= 5 * chunk,
                           "some chunks are acknowledged", 60, every=0.005)
        os.kill(database.child.pid, signal.SIGSTOP)  # it can't be loaded to its end before the kill
        try:
            time.sleep(1)  # twenty checkpoints
            run.kill()
        finally:
            os.kill(database.child.pid, signal.SIGCONT)
        saved = saved_rows(run, f"{db}.{table}")
    assert saved < rows, "it was loaded before it was killed"
    again = pipeline(capture__chunk_rows=chunk, capture__snapshot_readers=readers)
    again.start()
    loads_end(again)
    equal(database, clickhouse, db, table)
    # One log file of all lives: what the last one began with. The broker may still have
    # taken what was on its way when the process was killed, after `saved` was asked.
    begun = again.log.read_text().split('"msg":"loading table"')[-1].splitlines()[0]
    assert saved <= int(re.search(r'"rows_before":"(\d+)"', begun)[1]) < rows
