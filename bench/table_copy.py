"""Ways of getting a table's rows from MariaDB into ClickHouse, one after the other, into one table.

    make bench-copy ARGS='--rows 10000000 --rounds 3'

The whole table, in turns: `rowhouse load` and ClickHouse's own `INSERT ... SELECT FROM mysql(...)`. Then the
rows that are not there (1 %): `rowhouse backfill --mode missing`, and a script that does it as people do (selects
the IDs, leaves out those that are there, inserts the rest in batches). Then rows that differ (1 %): `--mode changed`.
After each, both servers sum a checksum of all rows, and the sums must agree.

CPU is in microseconds a row of the table, of each process; the script's and rowhouse's own start counts.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

REPO = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPO / "tests" / "system"))

import requests  # noqa: E402

import servers  # noqa: E402

MAKE = ("CREATE TABLE bench.orders (id BIGINT NOT NULL PRIMARY KEY, customer_name VARCHAR(60) NOT NULL, status VARCHAR(20) NOT NULL,"
        " total_amount DECIMAL(10,2) NOT NULL, note VARCHAR(80), created_at DATETIME NOT NULL, updated_at DATETIME(6) NOT NULL)"
        " CHARACTER SET utf8mb4")
ROWS = ("INSERT INTO bench.orders SELECT seq, CONCAT('customer number ', seq), ELT(1 + seq % 3, 'new', 'paid', 'sent'),"
        " seq % 10000 / 100, IF(seq % 4 = 0, NULL, CONCAT('note of order ', seq)), '2026-01-01' + INTERVAL seq % 20000000 SECOND,"
        " '2026-01-01' + INTERVAL seq MICROSECOND FROM seq_{first}_to_{last}")
COLUMNS = ["id", "customer_name", "status", "total_amount", "note", "created_at", "updated_at"]
AS_TEXT = {"total_amount": "toDecimalString($, 2)"}  # of ClickHouse's, where toString() is not MySQL's form
CURRENT = "demo_tables.orders"
MISSING = "id % 100 = 7"
BATCH = 10_000


def usage(pid):
    """CPU seconds of a process so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid):
    """Peak resident MB of a process since this was last asked."""
    peak = int(pathlib.Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1].split()[0])
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
    return peak / 1024


class World:
    """Both servers, and what is measured of them."""

    def __init__(self, directory, rows):
        self.rows = rows
        self.database = servers.Database(directory / "mariadb").start(["--innodb-buffer-pool-size=2G"])
        self.clickhouse = servers.ClickHouse(directory / "clickhouse").start()
        self.rowhouse = servers.Rowhouse(directory / "rowhouse", self.database, NoKafka(), self.clickhouse, ["bench.orders"])
        self.table = []

    def fill(self):
        self.sql(MAKE)
        for first in range(1, self.rows + 1, 1_000_000):
            self.sql(ROWS.format(first=first, last=min(first + 999_999, self.rows)))
        self.sql("ANALYZE TABLE bench.orders")

    def sql(self, *statements):
        with self.database.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SET sql_log_bin = 0")
            cursor.execute("CREATE DATABASE IF NOT EXISTS bench")
            cursor.execute("USE bench")
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall()

    def query(self, sql, **params):
        reply = requests.post(self.clickhouse.url, params=params, data=sql.encode(), timeout=3600)
        assert reply.status_code == 200, f"{sql[:500]}\n{reply.text[:2000]}"
        return reply.text

    def check(self, what):
        """Both servers' number of rows and sum of checksums."""
        text = ", ".join(f"IFNULL({name}, '~')" for name in COLUMNS)
        there = self.sql(f"SELECT COUNT(*), SUM(CRC32(CONCAT_WS('|', {text}))) FROM bench.orders")[0]
        text = ", ".join(f"ifNull({AS_TEXT.get(name, 'toString($)').replace('$', name)}, '~')" for name in COLUMNS)
        here = self.query(f"SELECT count(), sum(CRC32(concatWithSeparator('|', {text}))) FROM {CURRENT} FINAL")
        assert [int(n) for n in there] == [int(n) for n in here.split()], f"{what}: {there} and {here}"

    def measure(self, name, work):
        """Runs `work`, which gives the CPU seconds and MB of a process of ours; notes a line."""
        servers_of_it = (self.clickhouse.child.pid, self.database.child.pid)
        for pid in servers_of_it:
            resident(pid)
        before = [usage(pid) for pid in servers_of_it]
        began = time.monotonic()
        cpu, peak = work()
        seconds = time.monotonic() - began
        engine, source = [usage(pid) - was for pid, was in zip(servers_of_it, before)]
        self.check(name)
        micro = 1e6 / self.rows
        line = [name, f"{self.rows / seconds:,.0f}", f"{seconds:.2f}", f"{cpu * micro:.2f}", f"{engine * micro:.2f}",
                f"{source * micro:.2f}", f"{peak:.0f}", f"{resident(servers_of_it[0]):.0f}"]
        print("  ".join(line), file=sys.stderr, flush=True)
        self.table.append(line)

    def stop(self):
        self.clickhouse.stop()
        self.database.stop()


class NoKafka:
    bootstrap = "127.0.0.1:1"


def command(world, *arguments, want=None):
    """A command of rowhouse's: its CPU seconds and peak MB."""
    def run():
        child = subprocess.Popen([servers.binary(), *arguments, "-c", str(world.rowhouse.config), "-o", "json", "--quiet"],
                                 stdout=subprocess.PIPE)
        text = child.stdout.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        assert child.returncode == 0, text
        told = json.loads(text)["tables"][0]
        assert want is None or {name: told[name] for name in want} == want, told
        return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    return run


def function_of_clickhouse(world):
    def run():
        world.query(f"INSERT INTO {CURRENT} ({', '.join(COLUMNS)}, _version, _is_deleted) SELECT {', '.join(COLUMNS)}, toUInt128(1), 0"
                    f" FROM mysql('127.0.0.1:{world.database.port}', 'bench', 'orders', 'rowhouse', 'rowhouse')")
        return 0, 0
    return run


def script(world):
    """What people write: in a process of its own, so that it can be measured."""
    def run():
        child = os.fork()
        if child == 0:
            try:
                insert_what_is_not_there(world)
                os._exit(0)
            finally:
                os._exit(1)
        _, status, used = os.wait4(child, 0)
        assert status == 0
        return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    return run


def insert_what_is_not_there(world):
    with world.database.connect(db="bench") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM orders")
        ids = [row[0] for row in cursor.fetchall()]
        there = set(map(int, world.query(f"SELECT id FROM {CURRENT}").split()))
        missing = [id for id in ids if id not in there]
        for start in range(0, len(missing), BATCH):
            some = ", ".join(map(str, missing[start:start + BATCH]))
            cursor.execute(f"SELECT {', '.join(COLUMNS)} FROM orders WHERE id IN ({some})")
            lines = (json.dumps(dict(zip(COLUMNS, row)), default=str) for row in cursor.fetchall())
            world.query(f"INSERT INTO {CURRENT} ({', '.join(COLUMNS)}) FORMAT JSONEachRow\n" + "\n".join(lines))


def take_away(world):
    world.query(f"ALTER TABLE {CURRENT} DELETE WHERE {MISSING} SETTINGS mutations_sync = 2")


def run(world, options):
    readers = ["--readers", str(options.readers)]
    world.fill()
    world.rowhouse.command("load", "orders", "--readers", "1")  # makes the tables
    some = world.rows // 100
    for _ in range(options.rounds):
        world.query(f"TRUNCATE TABLE {CURRENT}")
        world.measure(f"rowhouse load, {options.readers} readers", command(world, "load", "orders", *readers))
        world.query(f"TRUNCATE TABLE {CURRENT}")
        world.measure("INSERT SELECT FROM mysql()", function_of_clickhouse(world))
    for _ in range(options.rounds):
        take_away(world)
        world.measure("backfill, 1 % missing",
                      command(world, "backfill", "orders", "--where", "1", *readers, want={"inserted": some, "read": world.rows}))
        take_away(world)
        world.measure("a script, 1 % missing", script(world))
    for _ in range(options.rounds):
        world.query(f"ALTER TABLE {CURRENT} UPDATE note = 'other' WHERE {MISSING} SETTINGS mutations_sync = 2")
        world.measure("backfill --mode changed, 1 %", command(
            world, "backfill", "orders", "--where", "1", "--mode", "changed", *readers, want={"changed": some, "read": world.rows}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--readers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rowhouse_copy_") as directory:
        world = World(pathlib.Path(directory), options.rows)
        try:
            run(world, options)
        finally:
            world.stop()
    head = ["", "rows/s", "seconds", "CPU us/row", "engine CPU us/row", "MariaDB CPU us/row", "peak MB", "engine peak MB"]
    print("| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
    for row in world.table:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
