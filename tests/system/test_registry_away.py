"""A registry that is away while ClickHouse consumes must not turn good messages into broken ones."""

import time

import requests

import rowcheck
import servers


def produced(run):
    text = requests.get(f"http://127.0.0.1:{run.console_port}/metrics", timeout=2).text
    return sum(float(line.split()[-1]) for line in text.splitlines()
               if line.startswith("rowhouse_source_events_total"))


def test_messages_wait_for_the_registry(tmp_path, mariadb, kafka):
    clickhouse = servers.ClickHouse(tmp_path / "ch").start()
    with mariadb.connect() as c:
        c.cursor().execute("CREATE DATABASE away")
        c.cursor().execute("CREATE TABLE away.t_away (id INT PRIMARY KEY, n INT)")
        c.cursor().execute("INSERT INTO away.t_away VALUES (1, 1)")
    run = servers.Rowhouse(tmp_path / "rh", mariadb, kafka, clickhouse, ["away.*"],
                           pipeline="away", prefix="away").start()
    try:
        with mariadb.connect() as c:
            equal = lambda: rowcheck.differences(c, clickhouse, "away", "t_away") == ""
            servers.wait_until(equal, "the first row is there")
            clickhouse.stop()
            before = produced(run)
            for key in range(2, 52):
                c.cursor().execute(f"INSERT INTO away.t_away VALUES ({key}, {key})")
            servers.wait_until(lambda: produced(run) >= before + 50, "50 rows are in Kafka")
            run.stop()          # and with it the registry
            clickhouse.start()  # knows no schema yet
            time.sleep(6)       # a consumer that would give up has given up by now
            run.start()
            servers.wait_until(equal, "all rows are there", seconds=60)
            assert clickhouse.rows("SELECT count() FROM kafka_tables.t_away_errors") == [["0"]]
    finally:
        run.stop()
        clickhouse.stop()
