"""The console's pages on Kafka: each route against its contract, on a real broker and registry."""
import datetime
import decimal
import json
import signal
import subprocess
import threading

import confluent_kafka
import pytest
import requests
from confluent_kafka.admin import AdminClient, NewTopic
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

import servers
from test_console import ADMIN, sign_in

RECORDS = 120_000


@pytest.fixture(scope="module")
def run(tmp_path_factory, mariadb, kafka, clickhouse):
    """A pipeline with one table of a row, for all tests here."""
    with mariadb.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE DATABASE pages CHARACTER SET utf8mb4")
        cursor.execute("CREATE TABLE pages.orders (id BIGINT PRIMARY KEY, price DECIMAL(10,2), note TEXT)")
        cursor.execute("INSERT INTO pages.orders VALUES (1, 9.50, 'first')")
        connection.commit()
    started = servers.Rowhouse(tmp_path_factory.mktemp("pages"), mariadb, kafka, clickhouse,
                               ["pages.*"], pipeline="pages", prefix="rh_pages",
                               console__admin_email=ADMIN["email"],
                               console__admin_password=ADMIN["password"])
    started.start()
    started.base = f"http://127.0.0.1:{started.console_port}"
    started.http, answer = sign_in(started)
    assert answer.ok, answer.text
    started.table_topic = "rh_pages.pages.orders"
    yield started
    started.stop()
    clickhouse.drop_queues("rh_pages")
    with mariadb.connect() as connection:
        connection.cursor().execute("DROP DATABASE pages")


@pytest.fixture
def site(run, kafka, request):
    """The pipeline, and an empty topic of the test's own beside it."""
    run.json_topic = f"numbers.{request.node.originalname}"
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    for made in admin.create_topics([NewTopic(run.json_topic, 3, 1)]).values():
        made.result(30)
    return run


def fill(kafka, topic, count):
    producer = confluent_kafka.Producer({"bootstrap.servers": kafka.bootstrap, "linger.ms": 20,
                                         "queue.buffering.max.messages": count + 1})
    for i in range(count):
        producer.produce(topic, json.dumps({"n": i, "pad": "x" * 200}), f"k{i}", partition=i % 3,
                         headers=[("by", b"test")])
    assert producer.flush(60) == 0


def group_at(kafka, topic, offset):
    """A group without members that has read partition 0 so far."""
    group = f"reader-{topic}"
    consumer = confluent_kafka.Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": group,
                                         "enable.auto.commit": False})
    consumer.commit(offsets=[confluent_kafka.TopicPartition(topic, 0, offset)], asynchronous=False)
    consumer.close()
    return group


def get(run, path, **query):
    return run.http.get(f"{run.base}/api/v1{path}", params=query, timeout=60)


def lines(run, topic, **query):
    """A whole scan: its rows, its last progress, and how it ended."""
    answer = run.http.get(f"{run.base}/api/v1/clusters/local/topics/{topic}/messages", params=query,
                          headers={"Accept": "application/x-ndjson"}, timeout=120)
    assert answer.status_code == 200, answer.text
    told = [json.loads(line) for line in answer.text.splitlines()]
    rows = [row for part in told for row in part.get("records", [])]
    return rows, [p["progress"] for p in told if "progress" in p][-1], told[-1]["end"]


def rss_kb(run):
    with open(f"/proc/{run.child.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def test_clusters_and_topics(site):
    local, = get(site, "/clusters").json()["items"]
    assert local["id"] == "local" and local["builtin"] and local["registry"]["url"]
    one = get(site, "/clusters/local").json()
    assert one["state"] == "ok" and len(one["brokers"]) == 1 and one["brokers"][0]["controller"]
    assert len(one["cluster_id"]) == 22 and one["topics"] >= 2
    assert get(site, "/clusters/none").status_code == 404

    def table_is_known():
        listed = get(site, "/clusters/local/topics", search=site.table_topic).json()["items"]
        return listed and listed[0]["table"] and listed[0]["records"] != "0"
    servers.wait_until(table_is_known, "the table's topic is known", 30)
    detail = get(site, f"/clusters/local/topics/{site.json_topic}").json()
    assert [(p["partition"], p["begin"], p["end"], len(p["replicas"]), len(p["isr"]))
            for p in detail["offsets"]] == [(i, "0", "0", 1, 1) for i in range(3)]
    assert {"name": "cleanup.policy", "value": "delete", "default": True} in detail["settings"]
    assert detail["cleanup"] == "delete" and detail["table"] is None
    table = get(site, f"/clusters/local/topics/{site.table_topic}").json()
    assert table["subjects"] == [f"{site.table_topic}-key", f"{site.table_topic}-value"]
    missing = get(site, "/clusters/local/topics/none/messages")
    assert missing.status_code == 404 and "none" in missing.json()["error"]["message"]


def test_a_change_event_as_a_whole(site):
    servers.wait_until(lambda: lines(site, site.table_topic)[0], "the row is in Kafka", 60)
    row = lines(site, site.table_topic)[0][0]
    assert row["op"] in "rc" and '"price"' in row["value"] and row["value_id"] >= 0
    where = f"/clusters/local/topics/{site.table_topic}/messages/{row['p']}/{row['o']}"
    record = get(site, where).json()
    assert record["value"]["format"] == "avro"
    assert record["value"]["subject"] == f"{site.table_topic}-value"
    assert record["cdc"]["pk"] == [{"column": "id", "text": "1"}]
    after = dict(dict(record["value"]["node"]["f"])["after"]["f"])
    assert after["price"]["v"] == "9.50" and after["note"] == {"t": "string", "v": "first"}
    raw = get(site, where, part="value", raw=1)
    assert raw.content.hex().startswith(record["value"]["hex"][:20].replace(" ", ""))
    assert len(raw.content) == record["value"]["size"]
    fields = {f["path"]: f["type"] for f in get(
        site, f"/clusters/local/topics/{site.table_topic}/fields").json()}
    assert "value.after.price" in fields and fields["op"] == "string"
    assert lines(site, site.table_topic, filter="value.after.price == 9.5")[0]
    assert get(site, "/filter/check", filter='op == "c"').json() == {"ok": True}
    wrong = get(site, "/filter/check", filter='op == ').json()
    assert not wrong["ok"] and wrong["at"] >= 5 and wrong["message"]
    past = get(site, f"/clusters/local/topics/{site.table_topic}/messages/0/99999")
    assert past.status_code == 404


def test_scans_find_all_end_when_closed_and_stay_small(site, kafka):
    fill(kafka, site.json_topic, RECORDS)
    rows, progress, end = lines(site, site.json_topic, filter="value.n % 10000 == 1")
    assert sorted(json.loads(r["value"])["n"] for r in rows) == list(range(1, RECORDS, 10_000))
    assert end == {"reason": "end"} and int(progress["scanned"]) >= RECORDS
    assert progress["percent"] == 100
    newest, _, end = lines(site, site.json_topic, limit=7)
    assert len(newest) == 7 and end == {"reason": "limit"}
    assert lines(site, site.json_topic, limit=5, partitions="1")[0][0]["p"] == 1
    wrong = get(site, f"/clusters/local/topics/{site.json_topic}/messages", filter="n ==")
    assert wrong.status_code == 400 and wrong.json()["error"]["code"] == "E-BROWSE-001"
    assert get(site, f"/clusters/local/topics/{site.json_topic}/messages", limit=0).status_code == 400
    middle = get(site, f"/clusters/local/topics/{site.json_topic}/messages/1/7").json()
    assert (middle["previous"], middle["next"]) == ("6", "8") and middle["cdc"] is None
    assert middle["headers"] == [{"name": "by", "text": "test", "hex": "74657374"}]

    csv = get(site, f"/clusters/local/topics/{site.json_topic}/export", format="csv", limit=3)
    assert csv.text.startswith("partition,offset,time,op,key,value\r\n") and csv.text.count("\r\n") == 4
    as_lines = get(site, f"/clusters/local/topics/{site.json_topic}/export", limit=3)
    assert all(json.loads(line)["value"]["pad"] for line in as_lines.text.splitlines())

    url = f"{site.base}/api/v1/clusters/local/topics/{site.json_topic}/messages"
    for _ in range(12):  # more than may run at once: each ends with its connection
        def opened():
            with site.http.get(url, params={"live": 1, "limit": 1}, stream=True, timeout=60) as live:
                return live.status_code == 200 and next(live.iter_lines()).startswith(b"event: ")
        servers.wait_until(opened, "a search is let in", 30)

    lines(site, site.json_topic, filter="value.n < 0")
    seen = []
    for _ in range(10):
        lines(site, site.json_topic, filter="value.n < 0")
        seen.append(rss_kb(site))
    print("RSS after each scan, kB:", seen)
    assert seen[-1] - seen[3] < 40_000  # what a scan took is given back: it does not add up


def test_what_is_written_comes_to_a_live_view(site, kafka):
    url = f"{site.base}/api/v1/clusters/local/topics/{site.json_topic}/messages"
    with site.http.get(url, params={"live": 1, "from": "end"}, stream=True, timeout=60) as live:
        events = live.iter_lines(chunk_size=1)
        assert any(line == b"event: progress" for line in events)
        fill(kafka, site.json_topic, 3)
        found = []
        for line in events:
            if line.startswith(b"data: ["):
                found += json.loads(line[6:])
            if len(found) == 3:
                break
        assert {json.loads(r["value"])["n"] for r in found} == {0, 1, 2}


def test_a_registered_cluster(site, kafka):
    body = {"id": "other", "name": "Other", "bootstrap": kafka.bootstrap, "registry": None,
            "security": {"protocol": "PLAINTEXT"}, "properties": {}}
    clusters = f"{site.base}/api/v1/clusters"
    secret = {**body, "connect": {"url": "http://127.0.0.1:1", "username": "u", "password": "hidden"}}
    made = site.http.post(clusters, json=secret, timeout=30)
    assert made.status_code == 201 and made.json()["connect"]["password_set"], made.text
    assert "hidden" not in made.text + get(site, "/clusters").text + get(site, "/clusters/other").text
    assert site.http.post(clusters, json=body, timeout=30).status_code == 409
    assert get(site, "/clusters/other").json()["state"] == "ok"
    topic = get(site, f"/clusters/other/topics/{site.json_topic}")
    assert topic.status_code == 200 and topic.json()["subjects"] == []
    plugin = site.http.put(f"{clusters}/other", timeout=30, json={
        **body, "properties": {"plugin.library.paths": "/tmp/x"}})
    assert plugin.status_code == 400, plugin.text
    assert site.http.delete(f"{clusters}/other", json={}, timeout=30).status_code == 409
    assert site.http.delete(f"{clusters}/other", json={"confirm": "Other"}, timeout=30).status_code == 204
    assert get(site, "/clusters/other").status_code == 404
    assert site.http.delete(f"{clusters}/local", json={"confirm": "Built in"}, timeout=30).status_code == 409


def test_a_topic_made_anew_is_looked_at_anew(site, kafka):
    """The connection that looks at single records is kept from one to the next."""
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})

    def make_topic():
        admin.create_topics([NewTopic("short.lived", 3, 1)])["short.lived"].result(30)
    make_topic()
    fill(kafka, "short.lived", 9)
    path = "/clusters/local/topics/short.lived/messages/1"

    def numbers(offsets):
        return [get(site, f"{path}/{offset}", part="value", raw=1).json()["n"] for offset in offsets]
    assert numbers((2, 0, 1, 1)) == [7, 1, 4, 4]
    admin.delete_topics(["short.lived"])["short.lived"].result(30)
    servers.wait_until(lambda: "short.lived" not in admin.list_topics(timeout=10).topics, "it is gone")
    make_topic()
    fill(kafka, "short.lived", 3)
    assert numbers((0,)) == [1]
    assert get(site, f"{path}/1").status_code == 404


def test_groups_and_their_reset(site, kafka):
    fill(kafka, site.json_topic, 30)
    group = group_at(kafka, site.json_topic, 4)
    where = f"/clusters/local/groups/{group}"
    listed, = get(site, "/clusters/local/groups", search=group).json()["items"]
    assert (listed["state"], listed["lag"], listed["topics"]) == ("Empty", "6", [site.json_topic])
    one, = get(site, where).json()["partitions"]
    assert (one["committed"], one["begin"], one["end"], one["lag"]) == ("4", "0", "10", "6")
    assert 0 <= one["lag_s"] < 120, "since its first unread message was written"
    assert get(site, where).json()["lag_s"] is not None
    assert get(site, "/clusters/local/groups/nobody").status_code == 404
    body = {"topic": site.json_topic, "to": "shift:-3", "dry_run": True}

    def reset(**changes):
        return site.http.post(f"{site.base}/api/v1{where}/reset", json={**body, **changes}, timeout=30)
    assert reset().json() == [{"topic": site.json_topic, "partition": 0, "from": "4", "to": "1"}]
    assert reset(dry_run=False).status_code == 409  # not confirmed
    assert reset(to="offset:x").status_code == 400
    assert get(site, where).json()["partitions"][0]["committed"] == "4"
    assert reset(dry_run=False, confirm=group, to="latest").status_code == 200
    assert (get(site, where).json()["lag"], get(site, where).json()["lag_s"]) == ("0", 0)
    detail = get(site, f"/clusters/local/topics/{site.json_topic}").json()
    assert detail["groups"] == [{"group": group, "lag": "0"}]


def test_schemas_are_shown_checked_registered_and_taken_away(site):
    subjects = "/clusters/local/subjects"

    def of_the_table():  # once the topic was seen
        shown = {s["subject"]: s for s in get(site, subjects).json()["items"]}
        found = shown.get(f"{site.table_topic}-value")
        return found if found and found["topic"] else None
    mine = servers.wait_until(of_the_table, "the topic is known", 60)
    assert (mine["versions"], mine["type"], mine["topic"]) == (1, "AVRO", site.table_topic)
    one = get(site, f"{subjects}/{site.table_topic}-value").json()
    assert one["versions"][0]["id"] == mine["latest_id"] and '"Envelope"' in one["versions"][0]["schema"]
    where = f"{site.base}/api/v1{subjects}/own-value"
    first = {"schema": '{"type":"record","name":"T","fields":[{"name":"a","type":"int"}]}'}
    second = {"schema": '{"type":"record","name":"T","fields":[{"name":"a","type":"int"},{"name":"b","type":"string"}]}'}
    assert site.http.post(f"{where}/versions", json=first, timeout=30).json()["version"] == 1
    checked = site.http.post(f"{where}/check", json=second, timeout=30).json()
    assert checked["compatible"] is False and checked["messages"]
    assert site.http.post(f"{where}/versions", json={"schema": "{"}, timeout=30).status_code == 400
    assert site.http.put(f"{where}/level", json={"level": "NONE"}, timeout=30).json() == {"level": "NONE"}
    assert site.http.post(f"{where}/versions", json=second, timeout=30).json()["version"] == 2
    assert site.http.delete(where, json={}, timeout=30).status_code == 409  # not confirmed
    assert site.http.delete(f"{where}/versions/1", json={"confirm": "own-value"}, timeout=30).status_code == 204
    assert [v["version"] for v in get(site, f"{subjects}/own-value").json()["versions"]] == [2]
    assert site.http.delete(where, json={"confirm": "own-value"}, timeout=30).status_code == 204
    assert get(site, f"{subjects}/own-value").status_code == 404


def follow_the_log(site):
    """Each line once, those of now too, until Ctrl-C."""
    follower = subprocess.Popen(
        [servers.binary(), "logs", "--follow", "-o", "json", "-n", "3", "-c", str(site.config)],
        stdout=subprocess.PIPE, text=True)
    too_long = threading.Timer(60, follower.kill)
    too_long.start()
    seen = [json.loads(follower.stdout.readline()) for _ in range(3)]
    site.http.post(f"{site.base}/api/v1/sql", json={"sql": "SELECT 'a line to follow'"}, timeout=40)
    while "a line to follow" not in seen[-1]["text"]:
        seen.append(json.loads(follower.stdout.readline()))
    follower.send_signal(signal.SIGINT)
    assert follower.wait(20) == 0
    too_long.cancel()
    places = [line["n"] for line in seen]
    assert places == sorted(set(places)), "no line twice, none out of turn"


def test_groups_schemas_and_what_happened_by_command(site, kafka, tmp_path):
    """The commands say and do what the pages do, by the same routes."""
    def told(*arguments):
        return json.loads(site.command(*arguments, "-o", "json").stdout)
    fill(kafka, site.json_topic, 30)
    group = group_at(kafka, site.json_topic, 4)
    mine = {g["group"]: g for g in told("groups")["groups"]}[group]
    assert mine["lag"] == "6" and 0 <= mine["lag_s"] < 300
    assert "BEHIND" in site.command("groups").stdout
    reset = ("groups", "reset", group, "--topic", site.json_topic, "--to", "shift:-3")
    planned = told(*reset)
    assert planned["changed"] is False and planned["partitions"][0]["to"] == "1"
    assert told("groups", group)["partitions"][0]["committed"] == "4"
    assert told(*reset, "--yes")["changed"] is True
    assert told("groups", group)["partitions"][0]["committed"] == "1"
    missing = site.command("groups", "nobody", check=False)
    assert missing.returncode != 0 and "nobody" in missing.stderr

    first, second = tmp_path / "1.avsc", tmp_path / "2.avsc"
    first.write_text('{"type":"record","name":"T","fields":[{"name":"a","type":"int"}]}')
    second.write_text('{"type":"record","name":"T","fields":[{"name":"b","type":"string"}]}')
    subject = "by-command-value"
    assert told("schema", "register", subject, "--file", str(first))["version"] == 1
    refused = site.command("schema", "check", subject, "--file", str(second), check=False)
    assert refused.returncode == 3 and "is refused" in refused.stdout
    assert json.loads(site.command("schema", "show", subject).stdout)["name"] == "T"
    assert subject in [s["subject"] for s in told("schema", "list")["subjects"]]
    unsure = site.command("schema", "delete", subject, check=False)
    assert unsure.returncode != 0 and "--yes" in unsure.stderr
    site.command("schema", "delete", subject, "--yes")
    assert subject not in [s["subject"] for s in told("schema", "list")["subjects"]]

    lines = site.command("logs", "capture", "-n", "5").stdout.splitlines()
    assert 1 <= len(lines) <= 5
    assert "AT" in site.command("events").stdout and told("events")["schema"] == "events/v1"
    assert ("process", "started") in {(e["kind"], e["outcome"]) for e in told("events")["events"]}
    follow_the_log(site)
    consumed = site.command("consume", site.json_topic, "-n", "3", "-o", "json").stdout.splitlines()
    assert len(consumed) == 3 and json.loads(consumed[0])
    listed, = told("topics", site.json_topic)["topics"]
    assert [p["end"] for p in listed["partitions"]] == [10, 10, 10]


ORDER = {"type": "record", "name": "Order", "namespace": "a.b", "fields": [
    {"name": "id", "type": "long"},
    {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 2}},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "day", "type": ["null", {"type": "int", "logicalType": "date"}]},
    {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["NEW", "PAID"]}},
    {"name": "tags", "type": {"type": "array", "items": "string"}},
    {"name": "more", "type": {"type": "map", "values": ["null", "long", "string"]}},
    {"name": "blob", "type": "bytes"}]}
VALUE = {"id": 9007199254740993, "price": "123456789012345678.90", "at": "2026-01-31T10:00:00.120Z",
         "day": "2026-02-28", "state": "PAID", "tags": ["a", "ü"], "more": {"n": 7, "s": "7", "z": None},
         "blob": "0x00ff"}


def test_a_record_is_produced_and_read_by_others(site, kafka, tmp_path):
    """By API and command, by the topic's schema; read by Confluent's deserializer; then written again as shown."""
    topic = site.json_topic
    registry = get(site, "/clusters").json()["items"][0]["registry"]["url"]
    answer = site.http.post(f"{site.base}/api/v1/clusters/local/subjects/{topic}-value/versions", timeout=30,
                            json={"schema": json.dumps(ORDER)})
    assert answer.ok, answer.text

    def produce(status, to=topic, **body):
        answer = site.http.post(f"{site.base}/api/v1/clusters/local/topics/{to}/messages", json=body, timeout=30)
        assert answer.status_code == status, answer.text
        return answer.json()

    placed = produce(200, key={"text": "k1"}, value={"text": json.dumps(VALUE)}, partition=2,
                     headers=[{"name": "by", "text": "me"}])
    assert placed == {"partition": 2, "offset": "0"}
    file = tmp_path / "value.json"
    file.write_text(json.dumps(VALUE | {"day": None}))
    told = json.loads(site.command("produce", topic, "--key", "k2", "-f", str(file), "--partition", "2",
                                   "--header", "by=command", "-o", "json").stdout)
    assert (told["partition"], told["offset"]) == (2, "1")
    site.command("produce", topic, "--key", "k2", "--tombstone", "--partition", "2")
    # What is shown is written again, byte for byte.
    shown = json.loads(site.command("consume", topic, "--from", "beginning", "-n", "1", "-o", "json").stdout,
                       parse_float=str)  # Python's floats have not the decimal's digits
    site.command("produce", topic, "--key", "k1", "--partition", "2", "--value",
                 json.dumps(shown["value"]))

    consumer = confluent_kafka.Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": f"g-{topic}"})
    consumer.assign([confluent_kafka.TopicPartition(topic, 2, 0)])
    records = []
    servers.wait_until(lambda: (records.extend(consumer.consume(4, 1)), len(records) == 4)[1], "all are there", 30)
    consumer.close()
    read = AvroDeserializer(SchemaRegistryClient({"url": registry}))
    values = [read(r.value(), SerializationContext(topic, MessageField.VALUE)) for r in records]
    assert values[0] == {
        "id": 9007199254740993, "price": decimal.Decimal("123456789012345678.90"),
        "at": datetime.datetime(2026, 1, 31, 10, 0, 0, 120_000, datetime.timezone.utc),
        "day": datetime.date(2026, 2, 28), "state": "PAID", "tags": ["a", "ü"],
        "more": {"n": 7, "s": "7", "z": None}, "blob": b"\0\xff"}
    assert values[1]["day"] is None and records[1].headers() == [("by", b"command")]
    assert records[2].value() is None and records[2].key() == b"k2"
    assert records[3].value() == records[0].value() and records[0].headers() == [("by", b"me")]

    wrong = produce(400, value={"text": json.dumps(VALUE | {"price": "abc"})})["error"]
    assert wrong["code"] == "E-KAFKA-007" and wrong["message"] == 'value.price: "abc" is no decimal(20,2)', wrong
    assert "0 to 2" in produce(400, value={"format": "json", "text": "{}"}, partition=9)["error"]["message"]
    produce(404, to="no.such.topic", value={"text": "x"})
    own = produce(409, to=site.table_topic, value={"text": "{}"})["error"]
    assert own["code"] == "E-KAFKA-008" and "pages.orders" in own["message"], own
    refused = site.command("produce", "_schemas", "--value", "x", check=False)
    assert refused.returncode != 0 and "E-KAFKA-008" in refused.stderr and "--force" in refused.stderr


def test_the_test_of_a_cluster_names_the_step_that_fails(site, kafka):
    def tried(**body):
        answer = site.http.post(f"{site.base}/api/v1/clusters/test", json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()
    good = tried(id="local")
    assert good["ok"] and [[hop["step"] for hop in part["hops"]] for part in good["parts"]] == [
        ["tcp", "metadata", "listeners"], ["subjects", "config"]]
    assert all(hop["ms"] >= 0 for part in good["parts"] for hop in part["hops"])
    bad = tried(bootstrap=f"127.0.0.1:{servers.free_port()}", registry={"url": f"http://{kafka.bootstrap}"})
    assert not bad["ok"] and [part["ok"] for part in bad["parts"]] == [False, False]
    first = bad["parts"][0]["hops"]
    assert len(first) == 1 and first[0]["step"] == "tcp" and "refused" in first[0]["note"] and first[0]["fix"]
    login = tried(bootstrap=kafka.bootstrap, security={"protocol": "SASL_PLAINTEXT", "mechanism": "PLAIN", "username": "a", "password": "b"})
    assert [hop["ok"] for hop in login["parts"][0]["hops"]] == [True, False], login
    unknown = tried(bootstrap="no.such.host.invalid")["parts"][0]["hops"]
    assert [(hop["step"], hop["ok"]) for hop in unknown] == [("tcp", False)], unknown
    for wrong in ({"bootstrap": "host:0"}, {"id": "nobody"}, {}):
        assert site.http.post(f"{site.base}/api/v1/clusters/test", json=wrong, timeout=30).status_code in (400, 404)
