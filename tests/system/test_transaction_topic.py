"""The topic of transactions and the places in them, while parts are killed with kill -9.

Each transaction has to be told whole: a BEGIN, its rows with the places 1 to n, an END that counts them,
in all and by table. Exactly once each is there once; at least once what comes again says the same.
"""

import collections
import random
import time

import pytest

import rowcheck
import servers
from test_crash import Storm
from test_resync import decoder, limit_topic, messages, run_sql

ROUNDS = 6
TABLES = ("zoo", "bag")


class Told:
    """What Kafka holds of each transaction."""

    def __init__(self, kafka, decode):
        self.begins, self.ends = collections.Counter(), collections.defaultdict(list)
        self.places = collections.defaultdict(list)  # by transaction: (table, place, place in table)
        for m in messages(kafka, "rh.transaction"):
            value = decode(m.value())
            if value["status"] == "BEGIN":
                self.begins[value["id"]] += 1
            else:
                by_table = {c["data_collection"]: c["event_count"] for c in value["data_collections"]}
                self.ends[value["id"]].append((value["event_count"], by_table))
        for table in TABLES:
            for m in messages(kafka, f"rh.storm.{table}"):
                place = m.value() and decode(m.value())["transaction"]
                if place:
                    self.places[place["id"]].append(
                        (f"storm.{table}", place["total_order"], place["data_collection_order"]))

    def check(self, exactly_once):
        assert set(self.begins) == set(self.ends) == set(self.places)
        for id, ends in self.ends.items():
            count, by_table = ends[0]
            assert all(end == ends[0] for end in ends), (id, ends)
            places = self.places[id] if exactly_once else set(self.places[id])
            assert sorted(total for _, total, _ in places) == list(range(1, count + 1)), id
            assert sum(by_table.values()) == count, id
            for table, rows in by_table.items():
                in_table = sorted(p for of, _, p in places if of == table)
                assert in_table == list(range(1, rows + 1)), (id, table)
            if exactly_once:
                assert len(ends) == self.begins[id] == 1, id


@pytest.mark.parametrize("flavor,delivery", [("mariadb", "at-least-once"), ("mysql", "exactly-once")])
def test_transactions_are_told_whole_after_kill_9(tmp_path, flavor, delivery):
    database = servers.Database(tmp_path / "db", flavor).start()
    kafka = servers.Kafka(tmp_path / "kafka").start()
    clickhouse = servers.ClickHouse(tmp_path / "ch").start()
    run = servers.Rowhouse(tmp_path / "rh", database, kafka, clickhouse, ["storm.*"],
                           capture__transaction_metadata=True, capture__delivery=delivery)
    parts = {"capture": run, "kafka": kafka, "database": database}
    chosen = random.Random(11)
    kills = dict.fromkeys(parts, 0)
    try:
        storm = Storm(database, 11)
        storm.round()
        run.start()
        for number in range(ROUNDS):
            for _ in range(5):
                storm.round()
            name = "capture" if number % 2 == 0 else chosen.choice(list(parts))
            time.sleep(chosen.random() / 4)  # it streams: some of it is sent and not yet saved
            parts[name].kill()
            kills[name] += 1
            parts[name].start()
        storm.round()
        with database.connect() as c:
            for table in TABLES:
                servers.wait_until(
                    lambda: rowcheck.differences(c, clickhouse, "storm", table) == "",
                    f"{table} is equal; kills {kills}", seconds=90, every=1)
        told = []

        def whole():
            told[:] = [Told(kafka, decoder(run))]
            return set(told[0].begins) == set(told[0].ends)
        servers.wait_until(whole, "the last transaction's END", 30, every=1)
        told[0].check(delivery == "exactly-once")
        rows = sum(ends[0][0] for ends in told[0].ends.values())
        assert rows == sum(len(set(places)) for places in told[0].places.values())
        again = sum(told[0].begins.values()) - len(told[0].begins)
        print(f"\n{delivery} on {flavor}: {len(told[0].ends)} transactions of {rows} rows told whole, "
              f"{again} told again; kills {kills}")
    except AssertionError:
        print(run.tail(60))
        raise
    finally:
        for part in (run, clickhouse, kafka, database):
            part.kill()


@pytest.mark.parametrize("database", ["mariadb"], indirect=True)
@pytest.mark.parametrize("delivery", ["at-least-once", "exactly-once"])
def test_a_statement_above_its_topics_limit_is_left_out_and_the_tables_go_on(
        database, clickhouse, kafka, db, pipeline, delivery):
    run_sql(database, db, f"CREATE TABLE t_{db} (id INT PRIMARY KEY)", f"INSERT INTO t_{db} VALUES (1)")
    run = pipeline(capture__delivery=delivery).start()
    changes = f"rh_{db}"
    run_sql(database, db, f"ALTER TABLE t_{db} COMMENT 'before'")
    servers.wait_until(lambda: any(b"before" in m.value() for m in messages(kafka, changes)), "before", 40)
    limit_topic(kafka, changes, 2000)
    large = random.Random(2).randbytes(1000).hex()  # half of it after compression
    run_sql(database, db, f"ALTER TABLE t_{db} ADD COLUMN n VARCHAR(40), COMMENT '{large}'",
            f"INSERT INTO t_{db} VALUES (2, 'after')")
    with database.connect(db=db) as c:
        servers.wait_until(lambda: rowcheck.differences(c, clickhouse, db, f"t_{db}") == "", "equal", 60)
    log = run.log.read_text()
    for part in ("a record beside the tables' is left out; they go on", f"topic '{changes}'",
                 "max.message.bytes is 2000", "E-KAFKA-003"):
        assert part in log, part
    assert ("gets no more records until the next start" in log) == (delivery == "exactly-once")
    assert not any(large[:50].encode() in m.value() for m in messages(kafka, changes))
