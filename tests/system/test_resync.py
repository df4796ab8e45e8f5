"""Statements that change rows without logging them, and tables loaded again while running."""

import io
import json
import random

import fastavro
import pytest
import requests
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

import rowcheck
import servers


def equal(database, clickhouse, db, table, seconds=40):
    differing = ""

    def same():
        nonlocal differing
        differing = rowcheck.differences(c, clickhouse, db, table)
        return differing == ""
    with database.connect() as c:
        try:
            servers.wait_until(same, f"{table} is equal on both sides", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{differing[:2000]}") from error


def run_sql(database, db, *statements):
    with database.connect(db=db) as c:
        for sql in statements:
            c.cursor().execute(sql)


def unlogged(database, db, *statements):
    """Changes that the log does not hold, by an account that may do so."""
    with database.connect(user="root", password="", db=db) as c:
        c.cursor().execute("SET SESSION sql_log_bin = 0")
        for sql in statements:
            c.cursor().execute(sql)


def make(database, db, table, rows=50, key="PRIMARY KEY (id)"):
    key = f", {key}" if key else ""
    run_sql(database, db, f"CREATE TABLE {table} (id INT NOT NULL, n VARCHAR(20){key})",
            f"INSERT INTO {table} VALUES " + ",".join(f"({i}, 'old {i}')" for i in range(rows)))


def state(run, name):
    status = json.loads(run.command("status", "-o", "json", check=False).stdout)
    return next((t for t in status["tables"] if t["table"] == name), None)


def wait_state(run, name, wanted, seconds=40):
    servers.wait_until(lambda: (state(run, name) or {}).get("state") == wanted,
                       f"{name} is {wanted}", seconds)


def messages(kafka, topic):
    """Every record of a topic with partition and offset, as bytes."""
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "resync",
                         "enable.partition.eof": True, "auto.offset.reset": "earliest"})
    partitions = consumer.list_topics(topic, 10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, p, 0) for p in partitions])
    out, ended = [], 0
    while ended < len(partitions):
        message = consumer.poll(10)
        assert message is not None, "no end of the topic"
        if message.error():
            ended += 1
        else:
            out.append(message)
    consumer.close()
    return out


class Decoder:
    """Reads records by the schemas of a registry."""

    def __init__(self, url):
        self.url = url
        self.schemas = {}

    def __call__(self, raw):
        number = int.from_bytes(raw[1:5], "big")
        if number not in self.schemas:
            text = requests.get(f"{self.url}/schemas/ids/{number}", timeout=5).json()["schema"]
            self.schemas[number] = fastavro.parse_schema(json.loads(text))
        return fastavro.schemaless_reader(io.BytesIO(raw[5:]), self.schemas[number])


def decoder(run):
    return Decoder(run.settings["registry"]["url"])


def test_truncate_drop_and_create_leave_no_old_row(database, clickhouse, db, pipeline):
    keyed, bag, anew = f"keyed_{db}", f"bag_{db}", f"anew_{db}"
    make(database, db, keyed)
    make(database, db, bag, key="")
    make(database, db, anew)
    pipeline().start()
    for table in (keyed, bag, anew):
        equal(database, clickhouse, db, table)
    run_sql(database, db, f"UPDATE {keyed} SET n='mid'", f"TRUNCATE TABLE {keyed}",
            f"INSERT INTO {keyed} VALUES (3, 'new'), (99, 'new')",
            f"TRUNCATE {bag}", f"INSERT INTO {bag} VALUES (1, 'x'), (1, 'x')",
            f"DROP TABLE {anew}", f"CREATE TABLE {anew} (id INT PRIMARY KEY, n VARCHAR(20))",
            f"INSERT INTO {anew} VALUES (7, 'anew')")
    for table in (keyed, bag, anew):
        equal(database, clickhouse, db, table)
    # Not only in the view, which holds every row against the mark.
    assert clickhouse.rows(f"SELECT id, n FROM demo_tables.{keyed} FINAL ORDER BY id") == [["3", "new"], ["99", "new"]]
    marks = clickhouse.rows(f"SELECT count() FROM kafka_tables.{keyed} WHERE op='t'")
    assert marks == [["1"]]


def test_renamed_tables_and_moved_partitions_are_loaded(database, clickhouse, db, pipeline):
    one, two, three, parts = (f"{x}_{db}" for x in ("one", "two", "three", "parts"))
    make(database, db, one)
    make(database, db, two, rows=5)
    run_sql(database, db,
            f"CREATE TABLE {parts} (id INT PRIMARY KEY, n VARCHAR(20)) PARTITION BY RANGE (id) "
            "(PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20),"
            " PARTITION p2 VALUES LESS THAN (30))",
            f"INSERT INTO {parts} VALUES (1,'a'),(2,'b'),(11,'c'),(12,'d'),(21,'e'),(22,'f')",
            f"CREATE TABLE {three} (id INT PRIMARY KEY, n VARCHAR(20))",
            f"INSERT INTO {three} VALUES (25,'swapped')")
    pipeline().start()
    for table in (one, two, three, parts):
        equal(database, clickhouse, db, table)
    run_sql(database, db, f"RENAME TABLE {one} TO tmp_{db}, {two} TO {one}, tmp_{db} TO {two}",
            f"INSERT INTO {one} VALUES (1000, 'after')",
            f"ALTER TABLE {parts} DROP PARTITION p0",
            f"ALTER TABLE {parts} TRUNCATE PARTITION p1",
            f"INSERT INTO {parts} VALUES (15,'g')",
            f"ALTER TABLE {parts} EXCHANGE PARTITION p2 WITH TABLE {three}")
    for table in (one, two, three, parts):
        equal(database, clickhouse, db, table)


@pytest.mark.parametrize("helper,old", [("_{}_gho", "_{}_del"), ("_{}_new", "_{}_old")])
def test_a_cut_over_is_an_alter_and_its_helpers_are_left_out(
        database, clickhouse, db, pipeline, helper, old):
    table = f"big_{db}"
    shadow, gone = helper.format(table), old.format(table)
    make(database, db, table)
    run = pipeline().start()
    equal(database, clickhouse, db, table)
    run_sql(database, db, f"CREATE TABLE {shadow} LIKE {table}",
            f"ALTER TABLE {shadow} ADD COLUMN added INT DEFAULT 5",
            f"INSERT INTO {shadow} (id, n) SELECT id, n FROM {table}",
            f"RENAME TABLE {table} TO {gone}, {shadow} TO {table}",
            f"INSERT INTO {table} VALUES (100, 'after', 6)", f"DROP TABLE {gone}")
    servers.wait_until(
        lambda: clickhouse.rows(f"SELECT n FROM demo_tables.{table} FINAL WHERE id=100"),
        "the row after the cut-over is there")
    log = run.log.read_text()
    assert "loading a table again" not in log
    assert clickhouse.rows("SELECT name FROM system.tables WHERE database='kafka_tables' "
                           f"AND name LIKE '%{shadow}%'") == []


def test_resync_finds_what_the_log_never_told(database, clickhouse, db, pipeline):
    keyed, bag = f"keyed_{db}", f"bag_{db}"
    make(database, db, keyed, rows=3000)
    make(database, db, bag, key="")
    run = pipeline(capture__chunk_rows=200).start()
    for table in (keyed, bag):
        equal(database, clickhouse, db, table)
        run_sql(database, db, f"UPDATE {table} SET n='seen' WHERE id=7")
        equal(database, clickhouse, db, table)
        unlogged(database, db, f"DELETE FROM {table} WHERE id % 5 = 0",
                 f"INSERT INTO {table} VALUES (7001, 'unlogged')",
                 f"UPDATE {table} SET n='unlogged' WHERE id=8")
    asked = run.command("resync", f"{db}.{keyed}", f"{db}.{bag}", "-o", "json")
    assert len(json.loads(asked.stdout)["tables"]) == 2
    least = [3000]

    def same():
        least[0] = min(least[0], int(clickhouse.rows(
            f"SELECT count() FROM demo_tables.{keyed}_current")[0][0]))
        with database.connect() as c:
            return rowcheck.differences(c, clickhouse, db, keyed) == ""
    servers.wait_until(same, f"{keyed} is equal", 40)
    assert least[0] >= 2400, "the table never looks empty"
    equal(database, clickhouse, db, bag)
    run_sql(database, db, f"DELETE FROM {keyed} WHERE id = 11")
    equal(database, clickhouse, db, keyed)


def test_kill_9_in_the_middle_of_a_resync(database, clickhouse, db, pipeline):
    table = f"killed_{db}"
    make(database, db, table, rows=60000)
    run = pipeline(capture__chunk_rows=100).start()
    equal(database, clickhouse, db, table)
    run_sql(database, db, f"UPDATE {table} SET n='seen' WHERE id=7")
    unlogged(database, db, f"DELETE FROM {table} WHERE id % 3 = 0",
             f"UPDATE {table} SET n='unlogged' WHERE id % 3 = 1")
    run.command("resync", f"{db}.{table}")
    servers.wait_until(lambda: run.log.read_text().count("loading table") >= 2, "it has begun")
    run.kill()
    run.start()
    equal(database, clickhouse, db, table)


def test_resync_of_a_pipeline_that_does_not_run(database, clickhouse, db, pipeline):
    table = f"asleep_{db}"
    make(database, db, table)
    run = pipeline().start()
    equal(database, clickhouse, db, table)
    assert run.stop() == 0
    run_sql(database, db, f"UPDATE {table} SET n='logged' WHERE id=7")
    unlogged(database, db, f"DELETE FROM {table} WHERE id < 5")
    assert "next start" in run.command("resync", f"{db}.{table}").stdout
    run.start()
    equal(database, clickhouse, db, table)


def test_resync_from_elsewhere_does_not_displace_the_running_process(database, clickhouse, db, pipeline):
    """It can't be asked there, so the saved state is changed under it: it goes on with that."""
    table = f"elsewhere_{db}"
    make(database, db, table)
    run = pipeline().start()
    equal(database, clickhouse, db, table)
    unlogged(database, db, f"DELETE FROM {table} WHERE id < 5")
    elsewhere = f"console.listen=127.0.0.1:{servers.free_port()}"
    assert "next start" in run.command("resync", f"{db}.{table}", "--set", elsewhere).stdout
    run_sql(database, db, f"UPDATE {table} SET n='logged' WHERE id=7")
    equal(database, clickhouse, db, table)
    assert run.alive()
    wait_state(run, f"{db}.{table}", "running")
    run_sql(database, db, f"INSERT INTO {table} VALUES (500, 'later')")
    equal(database, clickhouse, db, table)


def test_a_parked_table_is_healed_by_resync(database, clickhouse, db, pipeline):
    table, other = f"parked_{db}", f"other_{db}"
    make(database, db, table)
    make(database, db, other)
    run_sql(database, db, f"ALTER TABLE {table} ADD extra INT DEFAULT 4")
    run = pipeline().start()
    equal(database, clickhouse, db, table)
    with database.connect(db=db) as c:  # `extra` is in neither image of the row
        c.cursor().execute("SET SESSION binlog_row_image = MINIMAL")
        c.cursor().execute(f"UPDATE {table} SET n='minimal' WHERE id=3")
    wait_state(run, f"{db}.{table}", "failed")
    assert "binlog_row_image" in state(run, f"{db}.{table}")["note"]
    events = json.loads(run.command("events", f"{db}.{table}", "-o", "json").stdout)["events"]
    parked, = (e for e in events if e["outcome"] == "parked")
    assert parked["kind"] == "table" and parked["at"] and parked["what"]
    run_sql(database, db, f"INSERT INTO {table} VALUES (500, 'while parked', 1)",
            f"INSERT INTO {other} VALUES (500, 'goes on')")
    equal(database, clickhouse, db, other)
    run.command("resync", f"{db}.{table}")
    equal(database, clickhouse, db, table)
    wait_state(run, f"{db}.{table}", "running")
    run_sql(database, db, f"UPDATE {table} SET n='full' WHERE id=3")
    equal(database, clickhouse, db, table)


def test_a_shape_that_changed_without_a_statement_is_followed(
        database, clickhouse, kafka, db, pipeline):
    table = f"silent_{db}"
    make(database, db, table)
    run = pipeline().start()
    equal(database, clickhouse, db, table)
    unlogged(database, db, f"ALTER TABLE {table} ADD COLUMN extra INT")
    run_sql(database, db, f"INSERT INTO {table} VALUES (900, 'x', 42)")
    servers.wait_until(
        lambda: clickhouse.rows(f"SELECT 1 FROM kafka_tables.{table} WHERE after_id=900"),
        "the row is there")
    decode = decoder(run)
    last = [decode(m.value()) for m in messages(kafka, f"rh_{db}.{db}.{table}") if m.value()]
    assert {"id": 900, "n": "x", "extra": 42} in [m["after"] for m in last]


def test_statements_are_records_of_the_topic_named_like_the_prefix(
        database, kafka, clickhouse, db, pipeline):
    table = f"told_{db}"
    make(database, db, table)
    run = pipeline().start()
    equal(database, clickhouse, db, table)
    run_sql(database, db, f"ALTER TABLE {table} ADD COLUMN price DECIMAL(10,2) NOT NULL",
            f"INSERT INTO {table} VALUES (900, 'x', 4.25)", f"TRUNCATE TABLE {table}",
            f"DROP TABLE {table}")
    topic = f"rh_{db}"
    servers.wait_until(lambda: len(messages(kafka, topic)) >= 3, "three records")
    decode = decoder(run)
    records = messages(kafka, topic)
    assert [m.partition() for m in records] == [0, 0, 0]
    assert [decode(m.key()) for m in records] == [{"databaseName": db}] * 3
    values = [decode(m.value()) for m in records]
    assert [v["ddl"].split()[0] for v in values] == ["ALTER", "TRUNCATE", "DROP"]
    change = values[0]["tableChanges"][0]
    assert (change["type"], change["id"]) == ("ALTER", f'"{db}"."{table}"')
    assert [v["source"]["sequence"] for v in values] == \
        sorted(v["source"]["sequence"] for v in values)
    listed = json.loads(run.command("status", "-o", "json", check=False).stdout)["schema_changes"]
    assert [e["sql"].split()[0] for e in listed] == ["ALTER", "TRUNCATE", "DROP"]
    assert f"{db}.{table} is gone" in listed[2]["outcome"]
    assert "table parked" not in run.log.read_text(), "NOT NULL without default parks nothing"


def test_a_storm_of_schema_changes_decodes_in_order(database, kafka, clickhouse, db, pipeline):
    """Fifty random statements among rows: each record reads by its own schema, in order."""
    table = f"storm_{db}"
    make(database, db, table, rows=3)
    run = pipeline(sink__mode="none").start()
    rnd = random.Random(7)
    columns, expected, next_id = {"n": "VARCHAR(20)"}, {}, 100
    types = {"INT": lambda: rnd.randrange(-99, 99), "BIGINT NOT NULL": lambda: rnd.randrange(99),
             "VARCHAR(30)": lambda: f"v{rnd.randrange(999)}",
             "ENUM('a','b','c')": lambda: rnd.choice("abc"),
             "DOUBLE": lambda: float(rnd.randrange(100))}
    for step in range(50):
        kind = rnd.choice(["add", "add", "drop", "rename", "modify", "index"])
        names = [c for c in columns if c != "n"]
        if kind == "add" or not names:
            name, of = f"c{step}", rnd.choice(list(types))
            place = rnd.choice(["FIRST", "AFTER id", ""])
            sql = f"ADD COLUMN {name} {of} {place}"
            columns[name] = of
        elif kind == "drop":
            name = rnd.choice(names)
            sql = f"DROP COLUMN {name}"
            del columns[name]
        elif kind == "rename":
            name = rnd.choice(names)
            columns[f"r{step}"] = columns.pop(name)
            sql = f"CHANGE {name} r{step} {columns[f'r{step}']}"
        elif kind == "modify":
            name = rnd.choice(names)
            if columns[name] == "INT":
                columns[name] = "BIGINT NOT NULL"
            sql = f"MODIFY {name} {columns[name]} COMMENT '; TRUNCATE {table} -- '"
        else:
            sql = f"ADD INDEX i{step} (id)"
        run_sql(database, db, f"ALTER TABLE {table} {sql}")
        with database.connect(db=db) as c:
            for _ in range(3):
                row = {"id": next_id, "n": f"n{next_id}"}
                row |= {k: types[of]() for k, of in columns.items() if k != "n"}
                c.cursor().execute(
                    f"INSERT INTO {table} ({','.join(row)}) VALUES "
                    f"({','.join(['%s'] * len(row))})", list(row.values()))
                expected[next_id] = row
                next_id += 1
    topic = f"rh_{db}.{db}.{table}"
    decode = decoder(run)

    def created():
        values = [(m.partition(), decode(m.value())) for m in messages(kafka, topic) if m.value()]
        return [(p, v) for p, v in values if v["op"] == "c"]
    servers.wait_until(lambda: len(created()) >= len(expected), "all rows are there", 60)
    found = created()
    assert {v["after"]["id"]: v["after"] for _, v in found} == expected
    for partition in {p for p, _ in found}:
        ids = [v["after"]["id"] for p, v in found if p == partition]
        assert ids == sorted(ids)
    assert "table parked" not in run.log.read_text()


def limit_topic(kafka, topic, limit):
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    change = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[
        ConfigEntry("max.message.bytes", str(limit), incremental_operation=AlterConfigOpType.SET)])
    for done in admin.incremental_alter_configs([change]).values():
        done.result(10)

    def known():
        asked = admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, topic)])
        return all(f.result(10)["max.message.bytes"].value == str(limit) for f in asked.values())
    servers.wait_until(known, "the broker knows the limit")


@pytest.mark.parametrize("database", ["mariadb"], indirect=True)
@pytest.mark.parametrize("settings", [
    {}, {"kafka__properties": {"socket.keepalive.enable": "true"}},
    {"capture__delivery": "exactly-once"}], ids=["ours", "librdkafka", "exactly-once"])
def test_a_row_above_its_topics_limit_parks_its_table_only(
        database, clickhouse, kafka, db, pipeline, settings):
    table, other = f"large_{db}", f"small_{db}"
    make(database, db, table)
    make(database, db, other)
    run_sql(database, db, f"ALTER TABLE {table} MODIFY n MEDIUMTEXT")
    run = pipeline(**settings).start()
    equal(database, clickhouse, db, table)
    topic = f"rh_{db}.{db}.{table}"
    limit_topic(kafka, topic, 100_000)
    large = random.Random(1).randbytes(150_000).hex()  # half of it after compression
    with database.connect(db=db) as c, c.cursor() as k:
        k.execute("BEGIN")
        k.execute(f"INSERT INTO {other} VALUES (100, 'before')")
        k.execute(f"INSERT INTO {table} VALUES (100, %s)", (large,))
        k.execute(f"INSERT INTO {table} VALUES (101, 'after')")
        k.execute("COMMIT")
    wait_state(run, f"{db}.{table}", "failed")
    note = state(run, f"{db}.{table}")["note"]
    for part in (f'{db}.{table}, row {{"id":100}} at binlog.', "(partition ", "too large", topic, "max.message.bytes is 100000"):
        assert part in note, note
    run_sql(database, db, f"INSERT INTO {other} VALUES (102, 'later')",
            f"UPDATE {table} SET n = 'while parked' WHERE id < 10")
    equal(database, clickhouse, db, other)
    run.kill()
    run.start()
    run_sql(database, db, f"INSERT INTO {other} VALUES (103, 'after a restart')")
    equal(database, clickhouse, db, other)
    assert state(run, f"{db}.{table}")["state"] == "failed"
    limit_topic(kafka, topic, 10_000_000)
    run.command("resync", f"{db}.{table}")
    equal(database, clickhouse, db, table)
    run_sql(database, db, f"DELETE FROM {table} WHERE id = 100")
    equal(database, clickhouse, db, table)


def left_out(run, name):
    """What a table lacks, by the running process; None: nothing."""
    got = requests.get(f"http://127.0.0.1:{run.console_port}/metrics", timeout=5).text
    lacks = f'rowhouse_table_left_out{{pipeline="{run.settings["pipeline"]}",table="{name}"}} 1' in got
    note = state(run, name)["note"]
    assert lacks == ("were left out" in note), (lacks, note)
    return note if lacks else None


@pytest.mark.parametrize("delivery, running", [
    ("at-least-once", True), ("at-least-once", False), ("exactly-once", True)],
    ids=["running", "stopped", "exactly-once"])
def test_a_parked_table_is_skipped_and_mended(database, clickhouse, kafka, db, pipeline, delivery, running):
    table, name = f"skipped_{db}", f"{db}.skipped_{db}"
    make(database, db, table)
    run_sql(database, db, f"ALTER TABLE {table} MODIFY n MEDIUMTEXT")
    run = pipeline(capture__delivery=delivery).start()
    equal(database, clickhouse, db, table)
    refused = run.command("skip", name, check=False)
    assert refused.returncode != 0 and "is not parked" in refused.stderr, refused.stderr
    limit_topic(kafka, f"rh_{db}.{name}", 100_000)
    large = random.Random(1).randbytes(150_000).hex()
    with database.connect(db=db) as c, c.cursor() as k:
        k.execute(f"INSERT INTO {table} VALUES (100, %s)", (large,))
    wait_state(run, name, "failed")
    limit_topic(kafka, f"rh_{db}.{name}", 10_000_000)
    run_sql(database, db, f"UPDATE {table} SET n = 'while parked' WHERE id < 10",
            f"DELETE FROM {table} WHERE id = 20")
    servers.wait_until(lambda: "0 bytes" in run.command("position").stdout, "all is read and saved", 30)
    if not running:
        assert run.stop() == 0
    said = run.command("skip", name, "--reason", "a test").stdout
    assert f"rowhouse verify {name} --repair" in said, said
    if not running:
        note = state(run, name)["note"]
        assert "were left out" in note and "max.message.bytes" in note, note
        run.start()
    wait_state(run, name, "running")
    assert left_out(run, name)
    if running:
        assert "skipped" in run.command("events", name).stdout
    run_sql(database, db, f"INSERT INTO {table} VALUES (200, 'after')")
    servers.wait_until(lambda: clickhouse.rows(
        f"SELECT n FROM demo_tables.{table}_current WHERE id = 200") == [["after"]], "it is followed", 40)
    with database.connect() as c:
        assert rowcheck.differences(c, clickhouse, db, table) != "", "what was skipped is not there"
    run.kill()
    run.start()
    assert left_out(run, name), "no crash forgets it"
    assert run.command("verify", name, check=False).returncode == 3
    assert left_out(run, name), "a comparison that finds differences does not end it"
    if not running:
        assert run.stop() == 0  # and the next one is by the saved state
    mended = run.command("verify", name, "--repair", check=False)
    if not running:
        run.start()
    else:
        assert mended.returncode == 0, mended.stdout + mended.stderr
    equal(database, clickhouse, db, table)
    assert run.command("verify", name).returncode == 0
    servers.wait_until(lambda: left_out(run, name) is None, "it lacks nothing", 20)
    run.kill()
    run.start()
    assert left_out(run, name) is None
    run_sql(database, db, f"DELETE FROM {table} WHERE id < 5")
    equal(database, clickhouse, db, table)
