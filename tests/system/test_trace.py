"""One row followed from the database's log to ClickHouse, by the command and by the API."""
import json

import requests

import servers
from test_resync import equal, make

HOPS = ["committed", "read", "produced", "acked", "inserted", "visible"]


def trace(run, *arguments):
    return json.loads(run.command("trace", *arguments, "-o", "json").stdout)


def fields(node):
    return {name: value.get("v") for name, value in node["f"]}


def test_a_row_is_followed_by_key_place_and_gtid(database, clickhouse, db, pipeline):
    table = f"orders_{db}"
    make(database, db, table, rows=5)
    run = pipeline(console__admin_email="admin@test.com", console__admin_password="correct horse").start()
    equal(database, clickhouse, db, table)
    name = f"{db}.{table}"
    with database.connect(db=db) as connection, connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET n = 'changed' WHERE id = 3")
        connection.commit()
    equal(database, clickhouse, db, table)

    seen = trace(run, name, "--pk", "3")
    assert seen["equal"] is True and seen["pk"] == "id=3", seen
    assert [c["op"] for c in seen["changes"]] == ["u", "r"]
    update = seen["changes"][0]
    assert [h["hop"] for h in update["hops"]] == HOPS and all(h["reached"] for h in update["hops"])
    assert update["hops"][4]["since_ms"] is not None and "part" in update["hops"][5]["place"]
    assert fields(update["after"])["n"] == "changed" != fields(update["before"])["n"]
    assert fields(seen["source_row"]) == fields(seen["target_row"])
    assert "both sides are equal" in run.command("trace", name, "--pk", "3").stdout

    # The same change by its place and by its transaction.
    partition, offset = update["hops"][2]["place"].split()[-1], update["hops"][3]["place"].split()[-1]
    there = trace(run, "--at", f"rh_{db}.{name}/{partition}/{offset}")
    assert [c["version"] for c in there["changes"]] == [update["version"]] and there["pk"] == "id=3"
    if update["gtid"]:
        assert [c["version"] for c in trace(run, "--gtid", update["gtid"])["changes"]] == [update["version"]]

    # The console says the same; what names no row is refused.
    base = f"http://127.0.0.1:{run.console_port}/api/v1"
    session = requests.Session()
    assert session.post(f"{base}/session", timeout=20, json={
        "email": "admin@test.com", "password": "correct horse"}).ok
    shown = session.get(f"{base}/trace", params={"table": name, "pk": "3"}, timeout=30).json()
    assert shown["changes"] == seen["changes"] and shown["equal"] is True
    wrong = session.get(f"{base}/trace", params={"at": "nowhere"}, timeout=30)
    assert wrong.status_code == 400 and wrong.json()["error"]["code"] == "E-TRACE-001"
    many = session.get(f"{base}/trace", params={"table": name, "pk": "3,4"}, timeout=30)
    assert many.status_code == 400 and many.json()["error"]["code"] == "E-TRACE-002", many.text
    none = trace(run, name, "--pk", "4711")
    assert none["changes"] == [] and none["equal"] is True and none["source_row"] is None


def test_a_change_that_waits_in_kafka_says_so(database, clickhouse, db, pipeline):
    table = f"waits_{db}"
    with database.connect(db=db) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table} (a VARCHAR(20) NOT NULL, b INT NOT NULL, n TEXT, PRIMARY KEY (a, b))")
        cursor.execute(f"INSERT INTO {table} VALUES ('it''s', 1, 'first')")
        connection.commit()
    run = pipeline().start()
    current = f"SELECT n FROM demo_tables.{table}_current"
    servers.wait_until(lambda: clickhouse.rows(current) == [["first"]], "the row is there")
    clickhouse.query(f"DETACH TABLE kafka_tables.{table}_queue")
    with database.connect(db=db) as connection, connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET n = 'second'")
        connection.commit()

    def waiting():
        seen = trace(run, f"{db}.{table}", "--pk", "it's", "--pk", "1")
        return seen if len(seen["changes"]) == 2 else None
    seen = servers.wait_until(waiting, "the change is in Kafka")
    newest, first = seen["changes"]
    assert [h["reached"] for h in newest["hops"]] == [True] * 4 + [False, False]
    assert "is at offset" in newest["hops"][4]["place"] and first["hops"][4]["reached"]
    assert seen["equal"] is False and fields(newest["after"])["n"] == "second"
    clickhouse.query(f"ATTACH TABLE kafka_tables.{table}_queue")
    servers.wait_until(lambda: clickhouse.rows(current) == [["second"]], "it arrives")
    seen = trace(run, f"{db}.{table}", "--pk", "it's", "--pk", "1")
    assert seen["equal"] is True and all(h["reached"] for h in seen["changes"][0]["hops"])
