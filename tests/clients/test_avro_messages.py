"""Other people's decoders on the topics that `rowhouse run` writes, for every type."""

import collections
import datetime
import decimal
import io
import json
import struct

import fastavro
import pytest
from confluent_kafka import Consumer, KafkaError, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

import servers
import zoo

KEYS = 200
TOPIC = "clients.readable.animals"
EPOCH = datetime.datetime(1970, 1, 1)


def micros(text):
    return (datetime.datetime.fromisoformat(text) - EPOCH) // datetime.timedelta(microseconds=1)


# name: (what is inserted, what Debezium's format makes of it)
EXPECTED = {
    "t": (-128, -128), "tu": (255, 255), "s": (-32768, -32768), "su": (65535, 65535),
    "m": (-8388608, -8388608), "mu": (16777215, 16777215), "i": (-2**31, -2**31),
    "iu": (2**32 - 1, 2**32 - 1), "b": (-2**63, -2**63), "bu": (2**63 - 1, 2**63 - 1),
    "dec_small": ("-0.01", decimal.Decimal("-0.01")),
    "dec_big": ("-9999999999999999999999999999.9999999999",
                decimal.Decimal("-9999999999999999999999999999.9999999999")),
    "dec_huge": ("9" * 35 + "." + "9" * 30, decimal.Decimal("9" * 35 + "." + "9" * 30)),
    "f": (1.1, struct.unpack("<f", struct.pack("<f", 1.1))[0]), "d": (-1.7e308, -1.7e308),
    "c": ("pad  x", "pad  x"), "vc": ("日本語", "日本語"), "latin": ("café €", "café €"),
    "tx": ("x" * 9000, "x" * 9000), "bin": (b"\0\1", b"\0\1" + b"\0" * 6),
    "vb": (b"\xff\0\x80", b"\xff\0\x80"), "bl": (bytes(range(256)), bytes(range(256))),
    "da": ("1969-12-31", -1), "ti": ("-838:59:59", -3020399 * 10**6),
    "ti6": ("-00:00:00.010000", -10000),
    "dt": ("1969-12-31 23:59:59", -1000),
    "dt3": ("2026-06-30 23:59:59.999", micros("2026-06-30 23:59:59.999") // 1000),
    "dt6": ("1999-12-31 23:59:59.000001", micros("1999-12-31 23:59:59.000001")),
    "ts": ("2038-01-19 03:14:07", "2038-01-19T03:14:07Z"),
    "ts6": ("2001-09-09 01:46:40.000100", "2001-09-09T01:46:40.000100Z"),
    "y": (2155, 2155), "en": ("lost, found", "lost, found"), "st": ("a,d", "a,d"),
    "bit1": (1, True), "bit13": (4097, b"\x01\x10"), "bit64": (2**63, b"\0" * 7 + b"\x80"),
}

World = collections.namedtuple("World", "registry messages")


def read_all(bootstrap, topic):
    """Every message of the topic, from its first to its present end, by partition."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "clients",
                         "enable.partition.eof": True})
    parts = consumer.list_topics(topic, 10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, p, 0) for p in parts])
    messages, ended = [], set()
    while len(ended) < len(parts):
        message = consumer.poll(20)
        assert message is not None, "no message within 20 s"
        if message.error():
            assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
            ended.add(message.partition())
        else:
            messages.append(message)
    consumer.close()
    return messages


def insert_expected(cursor):
    names = ", ".join(f"`{n}`" for n in EXPECTED)
    marks = ", ".join(["%s"] * len(EXPECTED))
    cursor.execute(f"INSERT INTO animals (id, {names}) VALUES (1, {marks})",
                   [given for given, _ in EXPECTED.values()])


@pytest.fixture(scope="module")
def world(world_directory, mariadb, kafka, clickhouse):
    """KEYS rows loaded, then row 1 inserted again, changed and deleted in the stream."""
    animals = zoo.Zoo(11)
    with mariadb.connect() as c:
        cursor = c.cursor()
        cursor.execute("CREATE DATABASE readable CHARACTER SET utf8mb4")
        cursor.execute("USE readable")
        cursor.execute(zoo.create("animals"))
        insert_expected(cursor)
        cursor.execute("INSERT INTO animals (id) VALUES (2)")
        for key in range(3, KEYS + 1):
            animals.insert(cursor, "animals", key)
    run = servers.Rowhouse(world_directory / "readable", mariadb, kafka, clickhouse,
                           ["readable.*"], pipeline="readable", prefix="clients",
                           registry__schemas_topic="_schemas_readable")
    try:
        run.start()
        servers.wait_until(lambda: "table loaded" in run.log.read_text(), "the first load ends")
        with mariadb.connect(db="readable") as c:
            cursor = c.cursor()
            cursor.execute("UPDATE animals SET i=5 WHERE id=2")
            cursor.execute("DELETE FROM animals WHERE id=1")
            insert_expected(cursor)
        expected = KEYS + 4  # update, delete, its tombstone, insert
        servers.wait_until(lambda: len(read_all(kafka.bootstrap, TOPIC)) >= expected, "the changes")
        yield World(f"http://127.0.0.1:{run.registry_port}", read_all(kafka.bootstrap, TOPIC))
    finally:
        run.stop()


@pytest.fixture(scope="module")
def decoded(world):
    """(key, envelope or None) of each message, by confluent-kafka's deserializer."""
    decode = AvroDeserializer(SchemaRegistryClient({"url": world.registry}))
    key = SerializationContext(TOPIC, MessageField.KEY)
    value = SerializationContext(TOPIC, MessageField.VALUE)
    return [(decode(m.key(), key), m.value() and decode(m.value(), value))
            for m in world.messages]


def of_key(decoded, number):
    return [value for key, value in decoded if key == {"id": number}]


@pytest.mark.parametrize("place", [0, -1], ids=["loaded", "streamed"])
def test_the_deserializer_gives_each_types_value(decoded, place):
    after = of_key(decoded, 1)[place]["after"]
    assert after.pop("id") == 1
    assert after == {name: expected for name, (_, expected) in EXPECTED.items()}


def test_null_is_null_in_every_type(decoded):
    after = of_key(decoded, 2)[0]["after"]
    assert after.pop("id") == 2
    assert after == dict.fromkeys(EXPECTED)


def test_the_envelopes_follow_the_row(decoded):
    first = of_key(decoded, 1)
    assert [v and v["op"] for v in first] == ["r", "d", None, "c"]
    assert first[1]["after"] is None and first[1]["before"]["vc"] == "日本語"
    load, update = of_key(decoded, 2)
    assert (load["op"], update["op"]) == ("r", "u")
    assert (update["before"]["i"], update["after"]["i"]) == (None, 5)
    source = update["source"]
    assert (source["db"], source["table"], source["name"]) == ("readable", "animals", "clients")
    assert source["connector"] == "mariadb" and source["snapshot"] == "false"
    versions = [v["source"]["sequence"] for v in first if v]
    assert versions == sorted(versions) and len(set(versions)) == len(versions)


def test_fastavro_reads_every_byte(world):
    registry = SchemaRegistryClient({"url": world.registry})
    schemas = {}
    parts = [p for m in world.messages for p in (m.key(), m.value()) if p is not None]
    for part in parts:
        magic, schema_id = struct.unpack(">bI", part[:5])
        assert magic == 0
        if schema_id not in schemas:
            text = registry.get_schema(schema_id).schema_str
            schemas[schema_id] = fastavro.parse_schema(json.loads(text))
        body = io.BytesIO(part[5:])
        fastavro.schemaless_reader(body, schemas[schema_id], None)
        assert body.read() == b"", "bytes are left after the record"
    assert len(parts) == 2 * (KEYS + 4) - 1  # a key each, and no value in the one tombstone
    assert len(schemas) == 2


def murmur2(data):
    """Kafka's, as org.apache.kafka.common.utils.Utils defines it."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    h = 0x9747B28C ^ len(data)
    whole = len(data) & ~3
    for (k,) in struct.iter_unpack("<I", data[:whole]):
        k = k * m & mask
        k = (k ^ k >> 24) * m & mask
        h = (h * m & mask) ^ k
    if tail := data[whole:]:
        h = (h ^ int.from_bytes(tail, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


def test_murmur2_of_the_test_is_kafkas():
    known = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536}
    for data, expected in known.items():
        assert murmur2(data) == expected & 0xFFFFFFFF


def test_a_key_lies_in_the_partition_java_would_choose(world):
    chosen = collections.Counter()
    for message in world.messages:
        assert message.partition() == (murmur2(message.key()) & 0x7FFFFFFF) % 3
        chosen[message.partition()] += 1
    assert len(chosen) == 3
