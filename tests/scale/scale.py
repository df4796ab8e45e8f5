"""What rowhouse does at sizes that `make test` has no time for: prints time, memory, equality.

    tests/scale/scale.py [tables|rows|transaction|wide-row ...]  [--tables N] [--rows N] [--changes N]
                         [--row-mb N] [--directory DIR]

Real MariaDB and Kafka on 127.0.0.1, rowhouse without a sink; what is equal is told by reading the
topics back with an independent consumer. Exit code 1 when something was not equal.
"""

import argparse
import contextlib
import hashlib
import json
import pathlib
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

import requests
from confluent_kafka import Consumer, TopicPartition

import servers

FAST = ["--sync-binlog=0", "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0",
        "--max-allowed-packet=1G", "--innodb-log-file-size=1G", "--table-open-cache=2000",
        "--innodb-buffer-pool-size=512M", "--open-files-limit=65535"]


class World:
    """The servers of one run, and what is asked of them."""

    def __init__(self, directory):
        self.directory = directory
        # Kafka begins anew each time: what is read back is of this run.
        shutil.rmtree(directory / "kafka", ignore_errors=True)
        self.kafka = servers.Kafka(directory / "kafka")
        self.database = servers.Database(directory / "database", "mariadb")
        self.kafka.start()
        self.database.start(FAST)

    def stop(self):
        self.kafka.stop()
        self.database.stop()

    def execute(self, *statements, db=None):
        with self.database.connect(db=db) as c:
            for sql in statements:
                c.cursor().execute(sql)

    def value(self, sql):
        with self.database.connect() as c:
            cursor = c.cursor()
            cursor.execute(sql)
            return cursor.fetchone()[0]

    def rowhouse(self, name, tables, **changes):
        changes.setdefault("kafka__partitions", 1)
        directory = self.directory / f"rowhouse-{name}-{time.monotonic_ns()}"
        nowhere = type("NoClickHouse", (), {"url": ""})
        return servers.Rowhouse(directory, self.database, self.kafka, nowhere, tables,
                                pipeline=directory.name, prefix=f"s_{name}", sink__mode="none",
                                **changes)

    def consumer(self):
        return Consumer({"bootstrap.servers": self.kafka.bootstrap, "group.id": "scale",
                         "enable.auto.commit": False, "auto.offset.reset": "earliest",
                         "fetch.message.max.bytes": 999999999, "receive.message.max.bytes": 2000000000,
                         "topic.metadata.refresh.interval.ms": 3600000})


def metric(run, name, label=""):
    text = requests.get(f"http://127.0.0.1:{run.console_port}/metrics", timeout=60).text
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
               if line.startswith(name) and line[len(name)] in " {" and label in line)


def memory_mb(run, what="VmHWM"):
    status = pathlib.Path(f"/proc/{run.child.pid}/status").read_text()
    return int(status.split(what + ":")[1].split()[0]) / 1024


def cpu_seconds(run):
    fields = pathlib.Path(f"/proc/{run.child.pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


@contextlib.contextmanager
def running(run):
    run.start(ready=False)
    try:
        yield time.monotonic()
    finally:
        run.stop()


def acknowledged(run, records, seconds):
    servers.wait_until(lambda: metric(run, "rowhouse_kafka_produced_records_total") >= records,
                       f"{records} records are acknowledged", seconds, every=0.1)


def show(what, **values):
    print(f"{what:12}", "  ".join(f"{k} {v}" for k, v in values.items()), flush=True)


def tables(world, options):
    """Many tables, a hundred of them with rows."""
    n = options.tables
    filled = list(range(0, n, max(n // 100, 1)))
    if not world.value("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME='many'"):
        with world.database.connect() as c:
            c.cursor().execute("CREATE DATABASE many")
            for i in range(n):
                c.cursor().execute(
                    f"CREATE TABLE many.table_number_{i} (id BIGINT PRIMARY KEY, a INT, b VARCHAR(50)"
                    ", c DECIMAL(10,2), d DATETIME(6), e TEXT)")
    world.execute(*(f"INSERT IGNORE INTO table_number_{i} SELECT seq, seq, 'b', 1.5, NOW(6), 'e' "
                    "FROM seq_1_to_10" for i in filled), db="many")
    run = world.rowhouse("many", ["many.*"])
    marks = {}
    with running(run) as began:
        servers.wait_until(lambda: run.ready(), "streaming", 120, every=0.02)
        marks["streaming_s"] = time.monotonic() - began
        world.execute(f"REPLACE INTO many.table_number_{n - 1} VALUES (77, 1, 'b', 1, NOW(), 'e')")
        acknowledged(run, 1, 300)
        loaded = 10 * len(filled)
        acknowledged(run, loaded + 1, 600)
        marks["rows_loaded_s"] = time.monotonic() - began
        servers.wait_until(lambda: metric(run, "rowhouse_snapshot_tables_remaining") == 0, "loaded", 900, 0.2)
        marks["all_loaded_s"] = time.monotonic() - began
        marks["rss_loaded_mb"] = memory_mb(run, "VmRSS")
        marks["peak_loaded_mb"] = memory_mb(run)
        if options.touch:
            at = time.monotonic()
            with world.database.connect(db="many") as c:
                for i in range(n):
                    c.cursor().execute(f"REPLACE INTO table_number_{i} VALUES (99, 1, 'b', 1, NOW(), 'e')")
            acknowledged(run, loaded + 1 + n, 900)
            marks["a_change_in_each_s"] = time.monotonic() - at
            marks["peak_after_mb"] = memory_mb(run)
        marks["cpu_s"] = cpu_seconds(run)
    show("tables", n=n, **{k: f"{v:.1f}" for k, v in marks.items()})
    return True


def rows(world, options):
    """One large table."""
    n = options.rows
    if not world.value("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME='large'"):
        world.execute(
            "CREATE DATABASE large",
            "CREATE TABLE large.orders (id BIGINT UNSIGNED PRIMARY KEY, customer INT, state "
            "ENUM('new','paid','sent'), total DECIMAL(10,2), note VARCHAR(100), created DATETIME(3))",
            *(f"INSERT INTO large.orders SELECT seq * 7, seq % 1000, 1 + seq % 3, seq % 10000 / 100, "
              f"CONCAT('note of ', seq), '2026-01-01' FROM large.seq_{a}_to_{min(a + 999999, n)}"
              for a in range(1, n + 1, 1000000)))
    run = world.rowhouse("large", ["large.*"], kafka__partitions=3)
    with running(run) as began:
        servers.wait_until(lambda: run.ready(), "streaming", 60, every=0.02)
        acknowledged(run, n, 1800)
        took, peak, cpu = time.monotonic() - began, memory_mb(run), cpu_seconds(run)
    counted, keys = read_back(world, "s_large.large.orders", n)
    equal = counted == n and keys == n
    show("rows", n=n, seconds=f"{took:.1f}", rows_per_s=f"{n / took:.0f}", peak_mb=f"{peak:.0f}",
         cpu_us_a_row=f"{cpu / n * 1e6:.2f}", records=counted, keys=keys, equal=equal)
    return equal


def transaction(world, options):
    """One transaction, larger than memory allows."""
    n = options.changes
    world.execute("CREATE DATABASE IF NOT EXISTS tx", "DROP TABLE IF EXISTS tx.t",
                  "CREATE TABLE tx.t (id BIGINT PRIMARY KEY, a INT, note VARCHAR(100))")
    run = world.rowhouse("tx", ["tx.*"], kafka__partitions=3)
    with running(run):
        servers.wait_until(lambda: run.ready(), "streaming", 60, every=0.02)
        with world.database.connect() as c:
            c.begin()
            for a in range(1, n + 1, 1000000):
                c.cursor().execute(f"INSERT INTO tx.t SELECT seq, seq % 100, CONCAT('note of ', seq) "
                                   f"FROM tx.seq_{a}_to_{min(a + 999999, n)}")
            before = cpu_seconds(run)
            at = time.monotonic()
            c.commit()
        acknowledged(run, n, 1800)
        took, peak, cpu = time.monotonic() - at, memory_mb(run), cpu_seconds(run) - before
    counted, keys = read_back(world, "s_tx.tx.t", n)
    equal = counted == n and keys == n
    show("transaction", n=n, seconds=f"{took:.1f}", changes_per_s=f"{n / took:.0f}",
         peak_mb=f"{peak:.0f}", cpu_us_a_change=f"{cpu / n * 1e6:.2f}", records=counted, keys=keys,
         equal=equal)
    return equal


def read_back(world, topic, records_least):
    """How many records and how many different keys the topic holds."""
    consumer = world.consumer()
    parts = consumer.list_topics(topic, timeout=30).topics[topic].partitions
    consumer.assign([TopicPartition(topic, p, 0) for p in parts])
    counted, keys = 0, set()
    quiet = time.monotonic()
    while time.monotonic() - quiet < 10 and counted < records_least:
        for message in consumer.consume(10000, 1.0):
            if message.error() is None:
                counted += 1
                keys.add(hashlib.blake2b(message.key(), digest_size=8).digest())
                quiet = time.monotonic()
    consumer.close()
    return counted, len(keys)


def wide_row(world, options):
    """A row larger than Kafka takes, then with the limits raised: loaded and streamed."""
    size = options.row_mb << 20
    equal = True
    for raised in (False, True):
        name = "wide" + ("raised" if raised else "")
        world.execute(f"CREATE DATABASE IF NOT EXISTS {name}", f"DROP TABLE IF EXISTS {name}.t",
                      f"CREATE TABLE {name}.t (id INT PRIMARY KEY, b LONGBLOB)",
                      f"CREATE TABLE IF NOT EXISTS {name}.other (id INT PRIMARY KEY)",
                      f"INSERT INTO {name}.t VALUES (1, 'small'), (2, REPEAT('x', {size}))")
        changes = {}
        if raised:
            most = size + (16 << 20)
            changes = {"kafka__properties": {"message.max.bytes": str(min(most, 1000000000))},
                       "kafka__queue_bytes": f"{2 * most}B"}
            make_topic(world, f"s_{name}.{name}.t", most)
        run = world.rowhouse(name, [f"{name}.*"], **changes)
        with running(run) as began:
            servers.wait_until(lambda: run.ready(), "streaming", 60, every=0.02)
            if raised:
                acknowledged(run, 2, 120)
                loaded = time.monotonic() - began
                at = time.monotonic()
                world.execute(f"INSERT INTO {name}.t VALUES (3, REPEAT('y', {size}))")
                acknowledged(run, 3, 120)
                counted, keys = read_back(world, f"s_{name}.{name}.t", 3)
                equal = equal and keys == 3
                show("wide-row", mb=options.row_mb, limits="raised", load_s=f"{loaded:.1f}",
                     stream_s=f"{time.monotonic() - at:.1f}", peak_mb=f"{memory_mb(run):.0f}",
                     equal=keys == 3)
            else:
                def parked():
                    told = json.loads(run.command("status", "-o", "json", check=False).stdout)
                    return [t["note"] for t in told["tables"] if t["state"] == "failed"]
                notes = servers.wait_until(parked, "parked", 60, every=1)
                show("wide-row", mb=options.row_mb, limits="default", peak_mb=f"{memory_mb(run):.0f}",
                     parked=notes)
    return equal


def make_topic(world, topic, most):
    from confluent_kafka.admin import AdminClient, NewTopic
    admin = AdminClient({"bootstrap.servers": world.kafka.bootstrap})
    admin.create_topics([NewTopic(topic, 1, 1, config={"max.message.bytes": str(most)})])[topic].result()


WORKLOADS = {"tables": tables, "rows": rows, "transaction": transaction, "wide-row": wide_row}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workload", nargs="*", choices=[[], *WORKLOADS], default=[])
    parser.add_argument("--tables", type=int, default=10_000)
    parser.add_argument("--touch", action="store_true", help="then change a row in each table")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--changes", type=int, default=5_000_000)
    parser.add_argument("--row-mb", type=int, default=200)
    parser.add_argument("--directory", help="kept, and used again: nothing is filled twice")
    options = parser.parse_args()
    directory = pathlib.Path(options.directory or tempfile.mkdtemp(prefix="rowhouse-scale-"))
    world = None
    try:
        world = World(directory)
        good = [WORKLOADS[name](world, options) for name in options.workload or WORKLOADS]
    finally:
        if world:
            world.stop()
        if not options.directory:
            shutil.rmtree(directory)
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
