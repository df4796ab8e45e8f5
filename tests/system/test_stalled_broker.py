"""A broker that stands still for longer than its consumers' sessions, and then goes on."""

import os
import signal
import time

import requests

import servers

# Longer than the session (6 s) and what librdkafka waits beside it; at 12 s nothing happens.
FROZEN_SECONDS = 25


def test_clickhouse_reads_on_after_the_broker_stood_still(mariadb, clickhouse, tmp_path):
    kafka = servers.Kafka(tmp_path / "kafka").start()
    db = "stalled"
    with mariadb.connect() as c:
        c.cursor().execute(f"CREATE DATABASE {db}")
        c.cursor().execute(f"CREATE TABLE {db}.ticks (id INT PRIMARY KEY)")
        c.cursor().execute(f"INSERT INTO {db}.ticks VALUES (1)")
    run = servers.Rowhouse(tmp_path / "run", mariadb, kafka, clickhouse, [f"{db}.ticks"],
                           pipeline=db, prefix=f"rh_{db}",
                           sink__kafka_bootstrap=kafka.bootstrap)
    try:
        run.start()

        def has(rows):
            def same():
                found = clickhouse.rows("SELECT count() FROM demo_tables.ticks_current")[0][0]
                assert found == str(rows), found
                return True
            return same

        servers.wait_until(has(1), "the first row", 60)
        for rows in (2, 3):
            os.kill(kafka.child.pid, signal.SIGSTOP)
            time.sleep(FROZEN_SECONDS)
            os.kill(kafka.child.pid, signal.SIGCONT)
            with mariadb.connect(db=db) as c:
                c.cursor().execute(f"INSERT INTO ticks VALUES ({rows})")
            servers.wait_until(has(rows), "a row after the broker stood still", 120)
        text = requests.get(f"http://127.0.0.1:{run.console_port}/metrics", timeout=10).text
        print([line for line in text.splitlines() if "queue_restarts" in line])
    finally:
        run.stop()
        clickhouse.drop_queues(f"rh_{db}")
        with mariadb.connect() as c:
            c.cursor().execute(f"DROP DATABASE {db}")
        kafka.stop()
