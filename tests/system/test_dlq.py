"""Messages that ClickHouse can't read: kept with their bytes, listed, and sent again once they can be."""

import io
import json

import fastavro
import requests
from confluent_kafka import Producer

import servers
from test_resync import decoder, equal, make, messages


def listed(run, name):
    tables = json.loads(run.command("dlq", "list", "-o", "json").stdout)["tables"]
    return next(t for t in tables if t["table"] == name)


def schemas_of(run, topic):
    url = f"{run.settings['registry']['url']}/subjects/{topic}"
    return [requests.get(f"{url}-{part}/versions/latest", timeout=5).json() for part in ("key", "value")]


def avro(schema, number, record):
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), record)
    return b"\x00" + number.to_bytes(4, "big") + out.getvalue()


def test_a_broken_message_is_listed_and_sent_again(database, clickhouse, kafka, db, pipeline):
    table = f"broken_{db}"
    make(database, db, table, rows=5)
    run = pipeline().start()
    equal(database, clickhouse, db, table)
    topic, name = f"rh_{db}.{db}.{table}", f"{db}.{table}"
    assert listed(run, name)["messages"] == 0

    # A row by a schema that the registry does not have yet: the number it will get is known.
    key, value = schemas_of(run, topic)
    decode = decoder(run)
    row = next(r for r in (decode(m.value()) for m in messages(kafka, topic)) if r["after"]["id"] == 3)
    row["after"].update(id=777, n="from a broken message")
    newer = {**json.loads(value["schema"]), "doc": "the same, by another number"}
    number = max(key["id"], value["id"]) + 1000
    producer = Producer({"bootstrap.servers": kafka.bootstrap})
    producer.produce(topic, avro(newer, number, row),
                     avro(json.loads(key["schema"]), key["id"], {"id": 777}), partition=1)
    producer.produce(topic, b"garbage", b"k", partition=0)
    producer.flush(10)
    servers.wait_until(lambda: listed(run, name)["messages"] == 2, "both are kept")
    assert listed(run, name)["error"] and listed(run, name)["since"]
    assert table in run.command("dlq", "list").stdout

    # As long as the cause is there, they are filed again.
    sent = json.loads(run.command("dlq", "retry", name, "-o", "json").stdout)
    assert sent["tables"] == [{"table": name, "sent": 2}]
    servers.wait_until(lambda: listed(run, name)["messages"] == 2, "both are filed again")
    equal(database, clickhouse, db, table)  # and changed nothing

    base = f"{run.settings['registry']['url']}"
    requests.put(f"{base}/mode/{topic}-again?force=true", json={"mode": "IMPORT"}, timeout=5)
    done = requests.post(f"{base}/subjects/{topic}-again/versions", timeout=5,
                         json={"schema": json.dumps(newer), "id": number, "version": 1})
    assert done.status_code == 200, done.text
    run.command("dlq", "retry", name)
    current = f"SELECT n FROM demo_tables.{table}_current WHERE id = 777"
    servers.wait_until(lambda: clickhouse.rows(current) == [["from a broken message"]], "it is there")
    servers.wait_until(lambda: listed(run, name)["messages"] == 1, "the garbage stays")
