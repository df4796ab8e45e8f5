"""Debezium and rowhouse on the same tables and changes, one after the other, in one table.

    make bench-peers ARGS='--rows 200000 --changes 100000 --seconds 5'

Each side loads the same table into Kafka; follows changes (transactions of ten rows) that one client
sends, which is slower than either side; then single inserts; then catches up with ten times the
changes, that are in the binary log while it is stopped (SIGSTOP): the rate of their second half, CPU of
all. CPU is the process's own, its start included in the load's; rates of the load count from the start
of the process. Debezium writes JSON without schemas, rowhouse Avro.
"""

import argparse
import os
import pathlib
import signal
import statistics
import sys
import tempfile
import time

REPO = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPO / "tests" / "differential"), str(REPO / "tests" / "system")]

from confluent_kafka import Consumer, TopicPartition  # noqa: E402

import debezium  # noqa: E402
import servers  # noqa: E402

JSON = "org.apache.kafka.connect.json.JsonConverter"
PLAIN = {"key.converter": JSON, "key.converter.schemas.enable": "false",
         "value.converter": JSON, "value.converter.schemas.enable": "false"}
BEST = {"max.batch.size": "16384", "max.queue.size": "65536", "poll.interval.ms": "10",
        "producer.override.linger.ms": "50", "producer.override.compression.type": "lz4"}
COMMON = {"table.include.list": "bench.orders", "include.schema.changes": "false", **PLAIN}


class NoClickHouse:
    url = ""


def usage(pid):
    """CPU seconds and peak resident MB of a process so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    ticks = int(fields[11]) + int(fields[12])
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0])
    return ticks / os.sysconf("SC_CLK_TCK"), peak / 1024


def fill(database, rows):
    with database.connect() as c:
        cursor = c.cursor()
        cursor.execute("CREATE DATABASE bench")
        cursor.execute("USE bench")
        cursor.execute("CREATE TABLE orders (id BIGINT PRIMARY KEY AUTO_INCREMENT, customer_name VARCHAR(60), status VARCHAR(20),"
                       " total_amount DECIMAL(10,2), created_at DATETIME, updated_at DATETIME(6))")
        cursor.execute(CATCH_UP)
        for start in range(0, rows, 10000):
            cursor.execute("INSERT INTO orders (customer_name, status, total_amount, created_at, updated_at) SELECT "
                           f"concat('customer number ', seq), 'paid', seq % 10000 / 100, now(), now(6) "
                           f"FROM seq_{start + 1}_to_{min(start + 10000, rows)}")


def change(database, changes):
    """Updates in transactions of ten rows, as fast as one client sends them."""
    with database.connect(db="bench") as c:
        c.autocommit(False)
        for start in range(0, changes, 10):
            for key in range(start % 1000 + 1, start % 1000 + 11):
                c.cursor().execute("UPDATE orders SET total_amount = total_amount + 1, updated_at = now(6) WHERE id = %s", [key])
            c.commit()


CATCH_UP = """CREATE OR REPLACE PROCEDURE bench.change_orders(transactions INT)
BEGIN
  DECLARE done INT DEFAULT 0;
  DECLARE row_at INT;
  WHILE done < transactions DO
    START TRANSACTION;
    SET row_at = 1;
    WHILE row_at <= 10 DO
      UPDATE orders SET total_amount = total_amount + 1, updated_at = now(6) WHERE id = done % 1000 + row_at;
      SET row_at = row_at + 1;
    END WHILE;
    COMMIT;
    SET done = done + 1;
  END WHILE;
END"""


def catch_up(side, database, changes):
    """Changes a second of the second half, CPU microseconds a change."""
    pid = side.process.child.pid
    end = side.end()
    os.kill(pid, signal.SIGSTOP)
    try:
        with database.connect(db="bench") as c:
            c.cursor().execute(f"CALL change_orders({changes // 10})")
    finally:
        cpu, _ = usage(pid)
        os.kill(pid, signal.SIGCONT)
    began = time.monotonic()
    half = side.wait(end + changes // 2, began)
    half_at = side.end()
    whole = side.wait(end + changes, began)
    return (end + changes - half_at) / (whole - half), (usage(pid)[0] - cpu) / changes * 1e6


class Side:
    def __init__(self, name, process, topic, kafka):
        self.name, self.process, self.topic = name, process, topic
        self.asking = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "peers"})

    def end(self):
        """How many records the topic has; 0 where there is none."""
        if self.topic not in self.asking.list_topics(timeout=20).topics:
            return 0
        return self.asking.get_watermark_offsets(TopicPartition(self.topic, 0), timeout=10)[1]

    def wait(self, count, began):
        """Seconds until the topic has so many records."""
        while self.end() < count:
            if not self.process.alive():
                raise RuntimeError(f"{self.name} died:\n{self.process.tail()}")
            if time.monotonic() - began > 1200:
                raise RuntimeError(f"{self.name}: no {count} records within 20 minutes:\n{self.process.tail()}")
            time.sleep(0.02)
        return time.monotonic() - began


def latency(side, kafka, database, seconds):
    """Milliseconds from before the INSERT until a consumer has its record."""
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "peers", "fetch.wait.max.ms": 1})
    consumer.assign([TopicPartition(side.topic, 0, side.end())])
    samples = []
    with database.connect(db="bench") as c:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            began = time.monotonic()
            c.cursor().execute("INSERT INTO orders (customer_name, status) VALUES ('latency', 'new')")
            if consumer.poll(10) is not None:
                samples.append((time.monotonic() - began) * 1000)
    consumer.close()
    return samples


def measure(side, start, kafka, database, options):
    began = time.monotonic()
    start()
    first = side.wait(1, began)
    loaded = side.wait(options.rows, began)
    cpu, _ = usage(side.process.child.pid)
    change(database, options.changes)
    side.wait(options.rows + options.changes, time.monotonic())
    after, _ = usage(side.process.child.pid)
    samples = latency(side, kafka, database, options.seconds)
    quantiles = statistics.quantiles(samples, n=100)
    rate, cpu_behind = catch_up(side, database, options.changes * 10)
    _, peak = usage(side.process.child.pid)
    side.process.stop()
    return [side.name, f"{options.rows / loaded:,.0f}", f"{cpu * 1e6 / options.rows:.1f}", f"{rate:,.0f}", f"{cpu_behind:.1f}",
            f"{(after - cpu) * 1e6 / options.changes:.1f}", f"{peak:.0f}", f"{first:.2f}",
            f"{quantiles[49]:.1f} / {quantiles[98]:.1f}"]


def debezium_side(name, directory, database, kafka, extra):
    options = {"name": f"peers_{name}", **COMMON, **extra}
    connect = debezium.Connect(directory / name, database, kafka, {name: options}, ["-Xms256m", "-Xmx2g"])
    return Side(f"Debezium {name}", connect, f"dz_{database.flavor}_{name}.bench.orders", kafka), connect.start


def rowhouse_side(directory, database, kafka):
    run = servers.Rowhouse(directory / "rowhouse", database, kafka, NoClickHouse(), ["bench.orders"], prefix="peers",
                           pipeline="peers", sink__mode="none", kafka__partitions=1)
    run.settings["sink"].pop("url")
    run.write_config()
    return Side("rowhouse", run, "peers.bench.orders", kafka), lambda: run.start(ready=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--changes", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=5)
    options = parser.parse_args()
    directory = pathlib.Path(tempfile.mkdtemp(prefix="rowhouse_peers_"))
    database = servers.Database(directory / "database", "mariadb").start()
    kafka = servers.Kafka(directory / "kafka").start()
    rows = []
    try:
        fill(database, options.rows)
        for make in (lambda: debezium_side("default", directory, database, kafka, {"poll.interval.ms": "500"}),
                     lambda: debezium_side("best", directory, database, kafka, BEST),
                     lambda: rowhouse_side(directory, database, kafka)):
            side, start = make()
            try:
                rows.append(measure(side, start, kafka, database, options))
            finally:
                side.process.stop()
                side.asking.close()
            with database.connect(db="bench") as c:  # so that the next one loads the same rows
                c.cursor().execute("DELETE FROM orders WHERE customer_name = 'latency'")
    finally:
        kafka.stop()
        database.stop()
    head = ["", "load rows/s", "load CPU us/row", "catch-up changes/s", "catch-up CPU us/change", "trickle CPU us/change", "peak RSS MB", "first s", "latency ms p50 / p99"]
    print("| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
