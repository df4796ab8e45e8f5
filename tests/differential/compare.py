"""Compares the records of one case, and names every place in which they differ."""

import dataclasses
import json
import re
import struct

from confluent_kafka import Consumer, TopicPartition


@dataclasses.dataclass
class Record:
    key: dict | None
    value: dict | None
    headers: list

    def payload(self, *path):
        at = self.value and self.value["payload"]
        for name in path:
            at = at and at.get(name)
        return at


@dataclasses.dataclass
class Mismatch:
    """One place: Debezium's and our value there, and the records they stand in."""
    case: str
    flavor: str
    topic: str
    index: int
    path: tuple
    debezium: object
    ours: object
    record: Record        # Debezium's
    our_record: Record

    def __str__(self):
        return (f"{self.flavor} {self.case} {self.topic}[{self.index}] {'.'.join(self.path)}: "
                f"Debezium {show(self.debezium)}, rowhouse {show(self.ours)}")


class Absent:
    def __repr__(self):
        return "(absent)"


ABSENT = Absent()


def show(value):
    text = repr(value) if isinstance(value, Absent) else json.dumps(value, ensure_ascii=False)
    return text if len(text) < 400 else text[:400] + "..."


def by_field(schema):
    """A struct's fields by name, and their order as a value of its own."""
    out = {k: v for k, v in schema.items() if k not in ("fields", "items", "field")}
    if "fields" in schema:
        out["order"] = [f["field"] for f in schema["fields"]]
        out["fields"] = {f["field"]: by_field(f) for f in schema["fields"]}
    if "items" in schema:
        out["items"] = by_field(schema["items"])
    return out


def single_floats(schema, value):
    """JSON prints a FLOAT32 as short as it can: both sides get its exact value."""
    if value is None:
        return None
    if schema["type"] == "float":
        return struct.unpack("<f", struct.pack("<f", value))[0]
    if schema["type"] == "struct":
        return {f["field"]: single_floats(f, value.get(f["field"])) for f in schema["fields"]}
    if schema["type"] == "array":
        return [single_floats(schema["items"], v) for v in value]
    return value


def comparable(record):
    def side(message):
        if message is None:
            return None
        return {"schema": by_field(message["schema"]),
                "payload": single_floats(message["schema"], message["payload"])}
    return {"key": side(record.key), "value": side(record.value), "headers": dict(record.headers)}


def differences(a, b, path=()):
    if isinstance(a, dict) and isinstance(b, dict):
        for name in [*a, *(n for n in b if n not in a)]:
            yield from differences(a.get(name, ABSENT), b.get(name, ABSENT), (*path, str(name)))
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for i, (x, y) in enumerate(zip(a, b)):
            yield from differences(x, y, (*path, str(i)))
    elif type(a) is not type(b) or a != b:
        yield path, a, b


def topics_of(kafka, prefix):
    """The prefix's own topics, by its words: dots and dashes stand between them."""
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "differential"})
    try:
        topics = consumer.list_topics(timeout=20).topics
        return {t: len(m.partitions) for t, m in topics.items()
                if prefix in re.split("[.-]", t)}
    finally:
        consumer.close()


def ends_of(kafka, topics):
    """How many records each topic's one partition has; 0 for a topic that is not there."""
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "differential"})
    try:
        there = consumer.list_topics(timeout=20).topics
        return {topic: consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)[1]
                if topic in there else 0 for topic in topics}
    finally:
        consumer.close()


def read_topic(kafka, topic, partitions, decode):
    """All records of a topic, in order of offset within each partition."""
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "differential",
                         "enable.partition.eof": True, "enable.auto.commit": False,
                         "fetch.wait.max.ms": 50})
    out = []
    try:
        consumer.assign([TopicPartition(topic, p, 0) for p in range(partitions)])
        ended = set()
        while len(ended) < partitions:
            message = consumer.poll(20)
            assert message is not None, f"{topic}: the broker is silent"
            if message.error():
                ended.add(message.partition())
                continue
            headers = [(n, v.decode()) for n, v in message.headers() or []]
            out.append(Record(decode(message.key()), decode(message.value()), headers))
    finally:
        consumer.close()
    return out


def from_json(data):
    return None if data is None else json.loads(data)
