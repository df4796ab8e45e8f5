"""`source.read_endpoint`: rows are read from a replica, and stand where the source's log says."""

import json
import random
import threading

import servers
from test_backfill import counts, summary
from test_errors import CONFIG, complained, equal
from test_moves import pair, run_sql  # noqa: F401 (a fixture)
from test_pace import background  # noqa: F401 (a fixture)


def applying(replica, what):
    """START or STOP of the thread that writes what the replica has read."""
    run_sql(replica, f"{what} {'SLAVE' if replica.flavor == 'mariadb' else 'REPLICA'} SQL_THREAD")


def test_rows_are_read_from_a_replica(pair, clickhouse, background):  # noqa: F811
    first, second, run, db = pair
    table, bare = f"t_{db}", f"bare_{db}"
    run.settings["source"] |= {"read_endpoint": f"127.0.0.1:{second.port}", "read_wait": "1s"}
    run.write_config()
    run_sql(first, f"CREATE DATABASE {db} CHARACTER SET utf8mb4",
            f"CREATE TABLE {db}.{table} (id INT PRIMARY KEY, v INT, note VARCHAR(20))",
            f"CREATE TABLE {db}.{bare} (a INT)", f"INSERT INTO {db}.{bare} VALUES (1), (1), (2)")

    def replicated():
        with second.connect() as c, c.cursor() as k:
            k.execute(f"SELECT COUNT(*) FROM {db}.{bare}")
            return k.fetchone() == (3,)
    servers.wait_until(replicated, "the replica follows")
    applying(second, "STOP")
    run_sql(first, f"INSERT INTO {db}.{table} VALUES " + ", ".join(f"({n}, 0, 'n{n}')" for n in range(3000)))

    # The replica stands still: its rows wait, and it is said why; the stream goes on.
    run.start()
    complained(run, "E-MYSQL-033", table, "its SQL thread is stopped")
    run_sql(first, f"INSERT INTO {db}.{bare} VALUES (3)", f"DELETE FROM {db}.{table} WHERE id = 7",
            f"UPDATE {db}.{table} SET v = 1 WHERE id < 5")
    equal(first, clickhouse, db, bare)
    assert "E-MYSQL-033" in (checked := run.command("doctor", check=False).stdout) and "is stopped" in checked
    applying(second, "START")
    equal(first, clickhouse, db, table, bare)
    assert "a table without key is read from the source" in run.log.read_text()

    # A backfill waits for it too, and each mode leaves both sides equal while the rows change.
    applying(second, "STOP")
    run_sql(first, f"UPDATE {db}.{table} SET v = 2 WHERE id > 2990")
    waits = background(run, "backfill", table, "--where", "1", "--mode", "changed")
    waits.said("E-MYSQL-033")
    late = background(run, "backfill", table, "--where", "1", "--max-replica-lag", "60")
    late.said("replication stands still")
    applying(second, "START")
    assert waits.ended()[0] == 0 and late.ended()[0] == 0
    current = f"demo_tables.{table}"
    clickhouse.query(f"ALTER TABLE {current} DELETE WHERE id % 2 = 0 SETTINGS mutations_sync = 1")
    stop = threading.Event()

    def write():
        dice = random.Random(5)
        with first.connect(db=db) as c:
            while not stop.is_set():
                key = dice.randrange(3000)
                c.cursor().execute(dice.choice([
                    f"UPDATE {table} SET note = 'n{dice.random():.9f}' WHERE id = {key}",
                    f"DELETE FROM {table} WHERE id = {key}", f"REPLACE INTO {table} VALUES ({key}, 3, 'again')"]))
    writer = threading.Thread(target=write)
    writer.start()
    try:
        for mode in ("missing", "changed", "all"):
            got = summary(run, "backfill", table, "--where", "1", "--mode", mode, "--chunk", "100")
            assert got["failed"] == 0 and (mode == "changed" or got["inserted"] > 0), got
        run.command("verify", table)
    finally:
        stop.set()
        writer.join()
    equal(first, clickhouse, db, table, bare)
    run.command("verify")

    # What the replica alone has shows where rows are read; the source decides what differs.
    with second.connect(db=db) as c:
        c.cursor().execute("SET SESSION sql_log_bin = 0")
        c.cursor().execute(f"INSERT INTO {table} VALUES (999999, 0, 'here alone')")
    assert counts(summary(run, "backfill", table, "--where", "id = 999999"))["inserted"] == 1
    done = run.command("verify", table, "--mode", "rows", "-o", "json", check=False)
    report = json.loads(done.stdout)["tables"][0]
    assert done.returncode == 0 and report["rows_mysql"] == report["rows_clickhouse"], report

    run.settings["source"]["read_endpoint"] = f"127.0.0.1:{first.port}"
    run.write_config()
    refused = run.command("load", table, check=False)
    assert refused.returncode == CONFIG and "E-MYSQL-034" in refused.stderr, refused.stderr
