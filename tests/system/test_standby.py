"""Two `rowhouse run` on one pipeline, and the active one is killed or frozen again and again.

What consumers of committed records get is counted: with exactly-once each change once and in order
within its key, with at-least-once each change, and in both the saved position never goes back.
ROWHOUSE_STANDBY_ROUNDS sets how many rounds; ROWHOUSE_STANDBY_SEED repeats a run.
"""

import json
import os
import random
import re
import signal
import threading
import time

import confluent_kafka
import pytest
import requests

import servers

ROUNDS = int(os.environ.get("ROWHOUSE_STANDBY_ROUNDS", "3"))
SEED = int(os.environ.get("ROWHOUSE_STANDBY_SEED", "1"))
VERSION = re.compile(rb"@([0-9a-f]{32})")  # the length of 32, then source.sequence


class Writer:
    """Commits transactions of three changes on two tables until it is told to stop."""

    def __init__(self, database, db):
        self.database, self.db = database, db
        self.transactions = 0
        self.stopped = threading.Event()
        self.failure = None
        self.thread = threading.Thread(target=self.run)

    def run(self):
        try:
            with self.database.connect(db=self.db) as c:
                cursor = c.cursor()
                while not self.stopped.wait(0.005):
                    c.begin()
                    cursor.execute("INSERT INTO log (what) VALUES ('a'), ('b')")
                    cursor.execute("UPDATE counter SET n = n + 1 WHERE id = %s",
                                   [self.transactions % 7 + 1])
                    c.commit()
                    self.transactions += 1
        except Exception as error:  # shown by the test
            self.failure = error

    def stop(self):
        self.stopped.set()
        self.thread.join()
        assert self.failure is None, self.failure


def role(run):
    """'active', 'standby', or '' while it is neither."""
    try:
        answer = requests.get(f"http://127.0.0.1:{run.console_port}/readyz", timeout=1)
    except requests.RequestException:
        return ""
    if answer.status_code != 200:
        return ""
    return "standby" if answer.text.startswith("standby") else "active"


def wait_role(run, wanted, seconds=90):
    servers.wait_until(lambda: role(run) == wanted, f"{run.directory.name} is {wanted}; its log:\n"
                       + run.tail(), seconds)


def read(kafka, topic):
    """The records of a topic that are committed by now, in order within a partition."""
    now = time.time() * 1000  # a topic that is written to may never show its end
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": kafka.bootstrap, "group.id": f"reader-{os.getpid()}",
        "isolation.level": "read_committed", "enable.partition.eof": True,
        "auto.offset.reset": "earliest", "enable.auto.commit": False})
    partitions = consumer.list_topics(topic, timeout=20).topics[topic].partitions
    consumer.assign([confluent_kafka.TopicPartition(topic, p, 0) for p in partitions])
    records, ended = [], set()
    while len(ended) < len(partitions):
        message = consumer.poll(20)
        assert message is not None, f"{topic}: not read to its end within 20 s"
        if message.error():
            assert message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF
            ended.add(message.partition())
        elif message.timestamp()[1] > now:
            ended.add(message.partition())
        else:
            records.append(message)
    consumer.close()
    return records


def count(kafka, topic):
    """Records, different ones, and those that come after a newer one of their key."""
    newest, seen, disordered, total = {}, set(), 0, 0
    for message in read(kafka, topic):
        if message.value() is None:
            continue
        version = VERSION.search(message.value()).group(1)
        total += 1
        seen.add((message.key(), version))
        disordered += version < newest.get(message.key(), b"")
        newest[message.key()] = max(version, newest.get(message.key(), b""))
    return total, len(seen), disordered


def positions(kafka, pipeline):
    """Saved positions by offset; of those before the last one some may be compacted away."""
    found = {}
    for message in read(kafka, f"__rowhouse.positions.{pipeline}"):
        if message.key() == pipeline.encode() and message.value():
            saved = json.loads(message.value())
            found[message.offset()] = int(saved["file"].rpartition(".")[2]), saved["pos"]
    return found


def strike(chosen, active, standby, kafka):
    """Does away with the active process in one of three ways; gives what it did."""
    what = chosen
    if what == "kill":
        active.kill()
    elif what == "freeze":
        active.child.send_signal(signal.SIGSTOP)
    else:
        kafka.kill()
        kafka.start()
        return what
    wait_role(standby, "active")
    if what == "kill":
        active.start(ready=False)
    else:
        active.child.send_signal(signal.SIGCONT)
    wait_role(active, "standby")
    return what


@pytest.mark.parametrize("delivery", ["exactly-once", "at-least-once"])
def test_a_standby_takes_over_and_nothing_is_lost_or_doubled(tmp_path, mariadb, delivery):
    db = f"standby_{delivery[:2]}"
    kafka = servers.Kafka(tmp_path / "kafka").start()
    with mariadb.connect() as c:
        c.cursor().execute(f"CREATE DATABASE {db}")
        c.cursor().execute(f"CREATE TABLE {db}.log (id INT AUTO_INCREMENT PRIMARY KEY, what TEXT)")
        c.cursor().execute(f"CREATE TABLE {db}.counter (id INT PRIMARY KEY, n INT)")
        c.cursor().execute(f"INSERT INTO {db}.counter VALUES (1,0),(2,0),(3,0),(4,0),(5,0),(6,0),(7,0)")

    class NoClickHouse:
        url = ""

    runs = [servers.Rowhouse(tmp_path / name, mariadb, kafka, NoClickHouse, [f"{db}.*"],
                             pipeline=db, prefix=db, capture__delivery=delivery,
                             capture__snapshot="never", sink__mode="none")
            for name in ("first", "second")]
    writer = Writer(mariadb, db)
    done, saved = [], {}
    try:
        runs[0].start(ready=False)
        wait_role(runs[0], "active")
        runs[1].start(ready=False)
        wait_role(runs[1], "standby")
        assert "STANDBY" in runs[1].command("status", check=False).stdout
        writer.thread.start()
        order = random.Random(SEED)
        kinds = ["kill", "freeze", "kafka"]
        for number in range(ROUNDS):
            before = writer.transactions
            servers.wait_until(lambda: writer.transactions > before + 50, "changes are written")
            active, standby = runs if role(runs[0]) == "active" else runs[::-1]
            wait_role(active, "active")
            kind = kinds[number] if number < len(kinds) else order.choice(kinds)
            saved.update(positions(kafka, db))
            done.append(strike(kind, active, standby, kafka))
        writer.stop()
        expected = {"log": 2 * writer.transactions, "counter": writer.transactions}
        for table, records in expected.items():
            servers.wait_until(lambda: count(kafka, f"{db}.{db}.{table}")[1] >= records,
                               f"all of {table} is in Kafka", 90, every=1)
        counted = {t: count(kafka, f"{db}.{db}.{t}") for t in expected}
    finally:
        writer.stopped.set()
        for run in runs:
            if run.alive():
                run.child.send_signal(signal.SIGCONT)
            run.kill()
    saved.update(positions(kafka, db))
    kafka.kill()
    saved = [saved[offset] for offset in sorted(saved)]
    print(f"\n{delivery}: {', '.join(done)}; {writer.transactions} transactions, "
          f"{len(saved)} positions")
    for table, (total, different, disordered) in counted.items():
        print(f"  {table}: {expected[table]} changes, {total} records, {different} different, "
              f"{disordered} out of order")
        assert different == expected[table]
        if delivery == "exactly-once":
            assert total == different and disordered == 0
    assert saved == sorted(saved), "a saved position went back"


def test_a_wrong_transaction_timeout_is_refused_with_its_fix(tmp_path, mariadb, kafka):
    with mariadb.connect() as c:
        c.cursor().execute("CREATE DATABASE IF NOT EXISTS timeouts")
        c.cursor().execute("CREATE TABLE IF NOT EXISTS timeouts.t (id INT PRIMARY KEY)")

    class NoClickHouse:
        url = ""

    run = servers.Rowhouse(tmp_path / "run", mariadb, kafka, NoClickHouse, ["timeouts.*"],
                           pipeline="timeouts", capture__delivery="exactly-once",
                           capture__transaction_timeout="1000s", sink__mode="none")
    run.start(ready=False)
    assert run.child.wait(60) == 78
    log = run.log.read_text()
    assert "transaction.max.timeout.ms" in log and "capture.transaction_timeout" in log
