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
    run = pipeline(console__admin_email="admin@test.com", console__admin_password="correct horse",
                   console__allow_export=False).start()
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

    def told(*arguments):
        return json.loads(run.command("dlq", *arguments, "-o", "json").stdout)

    # By command: what it is, and what would go; nothing goes without --yes.
    shown, = told("show", name)["tables"][0]["messages"]
    assert shown["value_preview"] == "garbage" and shown["topic"] == topic and shown["error"]
    assert "garbage" in run.command("dlq", "show", name).stdout
    assert told("drop", name) == {"schema": "dlq-drop/v1", "dropped": False,
                                  "tables": [{"table": name, "messages": 1}]}
    assert told("drop", name, "--id", "0" * 16)["tables"][0]["messages"] == 0
    assert listed(run, name)["messages"] == 1

    # The console: what there is, one chosen, and what is dangerous only with its name.
    session = requests.Session()
    api = f"http://127.0.0.1:{run.console_port}/api/v1"
    signed = session.post(f"{api}/session", timeout=20, json={
        "email": "admin@test.com", "password": "correct horse"})
    session.headers["X-CSRF-Token"] = signed.json()["csrf"]
    items = session.get(f"{api}/dead-letters", timeout=20).json()["items"]
    mine = next(i for i in items if i["table"] == name)
    assert mine["count"] == "1" and mine["kinds"][0]["count"] == "1" and mine["newest_at"]
    letters = f"{api}/dead-letters/{name}"
    letter = session.get(letters, timeout=20).json()["items"][0]
    assert letter["value_preview"] == "garbage" and letter["topic"] == topic and letter["error"]
    assert session.get(f"{api}/dead-letters/no.such", timeout=20).status_code == 404
    assert session.post(f"{letters}/retry", json={"ids": []}, timeout=20).status_code == 400
    assert session.post(f"{letters}/retry", json={"ids": ["x' OR 1"]}, timeout=20).status_code == 400
    assert session.post(f"{letters}/retry", json={"ids": ["0" * 16]}, timeout=30).json() == {"retried": 0}
    assert session.post(f"{letters}/drop", json={"ids": [letter["id"]]}, timeout=20).status_code == 409
    dropped = session.post(f"{letters}/drop", timeout=30, json={"ids": [letter["id"]], "confirm": name})
    assert dropped.json() == {"dropped": 1}, dropped.text
    assert listed(run, name)["messages"] == 0
    assert not any(i["table"] == name for i in session.get(f"{api}/dead-letters", timeout=20).json()["items"])
    exported = session.get(f"{api}/clusters/local/topics/{topic}/export", timeout=20)
    assert exported.status_code == 403 and exported.json()["error"]["code"] == "E-CON-020"

    # Dropped by command, and in the audit as by whoever may ask the process; without it, by itself.
    def garbage():
        producer.produce(topic, b"garbage", b"k", partition=0)
        producer.flush(10)
        servers.wait_until(lambda: listed(run, name)["messages"] == 1, "it is kept")
    garbage()
    assert told("drop", name, "--yes")["dropped"] is True
    assert listed(run, name)["messages"] == 0
    trail = session.get(f"{api}/audit", timeout=20).json()["items"]
    assert any("/drop" in i["action"] and i["target"] == name and i["outcome"] == "ok" and
               i["who"] != "admin@test.com" for i in trail)
    run.stop()
    garbage()
    assert "no audit has this" in run.command("dlq", "drop", name, "--yes").stderr
    assert listed(run, name)["messages"] == 0
    equal_but_one = clickhouse.rows(f"SELECT count() FROM demo_tables.{table}_current")
    assert equal_but_one == [["6"]]  # five rows, and the one that came by hand
