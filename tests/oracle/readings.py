"""The same changes as two readers saw them: rowhouse's topics, and the server's own log tool.

mysqlbinlog and mariadb-binlog print each row of a log as text, by column number:
`###   @3=-5 (251) /* TINYINT meta=0 nullable=1 is_null=0 */`. Each printed value is held against
what Debezium's schema says of ours; what the tool can't tell (names, labels, charsets) comes
from the generator.
"""

import datetime
import decimal
import io
import ipaddress
import json
import re
import struct
import subprocess
import uuid

import fastavro
import requests
from confluent_kafka import Consumer, TopicPartition

import zoo

EPOCH = datetime.datetime(1970, 1, 1)
MICRO = datetime.timedelta(microseconds=1)


# --- the server's own tool -------------------------------------------------------------------

_HEAD = re.compile(rb"### (INSERT INTO|UPDATE|DELETE FROM) `(.+?)`\.`(.+?)`$")
_CELL = re.compile(rb"###   @(\d+)=(.*) /\* (.+?) meta=\d+ nullable=\d is_null=(\d) \*/$")
_OPS = {b"INSERT INTO": "c", b"UPDATE": "u", b"DELETE FROM": "d"}


def of_server_tool(tool, database, db, start):
    """{table: [(op, before, after), ...]}; a cell is (type, printed bytes, whose tool), or None for NULL."""
    logs = sorted((database.directory / "data").glob("binlog.[0-9]*"))
    logs = [log for log in logs if log.name >= start[0]]
    argv = [*tool, "--no-defaults", "-vv", "--base64-output=DECODE-ROWS", f"--start-position={start[1]}", *logs]
    done = subprocess.run([str(a) for a in argv], capture_output=True, timeout=600)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    seen, change, rows = {}, None, None
    for line in done.stdout.splitlines():
        head = _HEAD.match(line)
        if head:
            change = None
            if head[2].decode() == db:
                change = [_OPS[head[1]], None, None]
                seen.setdefault(head[3].decode(), []).append(change)
        elif change is not None and line in (b"### WHERE", b"### SET"):
            rows = {}
            change[1 if line == b"### WHERE" else 2] = rows
        elif change is not None and line.startswith(b"###   @"):
            cell = _CELL.match(line)
            assert cell, line
            value = None if cell[4] == b"1" else (cell[3].decode(), cell[2].strip(), database.flavor)
            rows[int(cell[1])] = value
    return {table: [(op, _cells(b), _cells(a)) for op, b, a in changes] for table, changes in seen.items()}


def _cells(row):
    return None if row is None else [row[number] for number in sorted(row)]


_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"f": b"\f", b"b": b"\b", b"a": b"\a", b"v": b"\v", b"0": b"\0"}
# MariaDB's tool writes \xNN for what is not printable, and a backslash as it is.
_ESCAPES = {"mysql": re.compile(rb"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL), "mariadb": re.compile(rb"\\(x[0-9a-f]{2})")}


def _unquoted(printed, flavor):
    assert printed[:1] == b"'" and printed[-1:] == b"'", printed

    def plain(match):
        word = match[1]
        return bytes([int(word[1:], 16)]) if len(word) == 3 else _LETTERS.get(word, word)

    return _ESCAPES[flavor].sub(plain, printed[1:-1])


# --- rowhouse: what stands in the topics ------------------------------------------------------

def of_topics(bootstrap, registry_url, prefix, db):
    seen = {}
    for topic, messages in _messages(bootstrap, f"{prefix}.{db}.").items():
        changes = []
        for value in messages:
            schema, record = _decode(registry_url, value)
            row = next(f["type"][1] for f in schema["fields"] if f["name"] == "before")
            fields = [(f["name"], f["type"]) for f in row["fields"]]
            halves = [None if record[half] is None else [(n, t, record[half][n]) for n, t in fields]
                      for half in ("before", "after")]
            changes.append((record["source"]["sequence"], record["op"], *halves))
        changes.sort(key=lambda c: (c[0], "dc".find(c[1])))
        seen[topic.rpartition(".")[2]] = _whole_updates(changes)
    return seen


def _whole_updates(changes):
    """A moved key is a delete and a create of one version: one update again. Truncates are no rows."""
    rows = []
    for version, op, before, after in changes:
        if op == "c" and rows and rows[-1][0] == version and rows[-1][1] == "d":
            rows[-1] = (version, "u", rows[-1][2], after)
        elif op != "t":
            rows.append((version, op, before, after))
    return [row[1:] for row in rows]


def _messages(bootstrap, prefix):
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "oracle", "enable.auto.commit": False,
                         "enable.partition.eof": False})
    found = {}
    try:
        topics = consumer.list_topics(timeout=10).topics
        for topic in sorted(t for t in topics if t.startswith(prefix)):
            values = found.setdefault(topic, [])
            for partition in topics[topic].partitions:
                place = TopicPartition(topic, partition, 0)
                _, end = consumer.get_watermark_offsets(place, timeout=10)
                consumer.assign([place])
                at = 0
                while at < end:
                    message = consumer.poll(10)
                    assert message is not None and not message.error(), f"{topic}: no message at {at} of {end}"
                    at = message.offset() + 1
                    if message.value() is not None:  # a tombstone tells nothing new
                        values.append(message.value())
    finally:
        consumer.close()
    return found


_schemas = {}


def _decode(registry_url, value):
    magic, number = struct.unpack(">bI", value[:5])
    assert magic == 0
    known = (registry_url, number)
    if known not in _schemas:
        text = requests.get(f"{registry_url}/schemas/ids/{number}", timeout=10).json()["schema"]
        plain = json.loads(text)
        _schemas[known] = (plain, fastavro.parse_schema(json.loads(text)))
    plain, parsed = _schemas[known]
    return plain, fastavro.schemaless_reader(io.BytesIO(value[5:]), parsed, return_record_name=False)


# --- one against the other -------------------------------------------------------------------

def differences(ours, theirs, most=5):
    """Lines for people; empty when both readers saw the same."""
    lines = []
    for table in sorted(set(ours) | set(theirs)):
        a, b = ours.get(table, []), theirs.get(table, [])
        if len(a) != len(b):
            lines.append(f"{table}: {len(a)} changes by rowhouse, {len(b)} by the server's tool")
        for number, (x, y) in enumerate(zip(a, b)):
            what = _what_differs(x, y)
            if what:
                lines.append(f"{table} change {number}: {what}")
    return lines[:most]


def _what_differs(x, y):
    if x[0] != y[0]:
        return f"op {x[0]} / {y[0]}"
    parts = []
    for half, ours, theirs in (("before", x[1], y[1]), ("after", x[2], y[2])):
        if (ours is None) != (theirs is None) or len(ours or []) != len(theirs or []):
            return f"{half}: {len(ours or [])} / {len(theirs or [])} columns"
        for (name, avro, value), printed in zip(ours or [], theirs or []):
            if not _same(name, avro, value, printed):
                parts.append(f"{half}.{name}: {value!r:.150} / {printed!r:.150}")
    return "; ".join(parts)


_ZERO_DATE = re.compile(rb"'?(0000|\d{4}[-:]00|\d{4}[-:]\d\d[-:]00)|0(\.0*)?$")


def _same(name, avro, value, printed):
    if isinstance(avro, list):
        avro = next(branch for branch in avro if branch != "null")
    if printed is None:
        return value is None
    if _ZERO_DATE.match(printed[1]) and printed[0].startswith(("DATE", "TIMESTAMP")):
        # Debezium's rule: NULL, or the epoch where the column can't be.
        return value in (None, 0) or str(value).startswith("1970-01-01T00:00:00")
    if value is None:
        return False
    kind, text = printed[0].partition("(")[0].strip(), printed[1]
    short = avro.get("connect.name", "").rpartition(".")[2] if isinstance(avro, dict) else ""
    declared = zoo_kind(name)
    if kind == "YEAR" and value == 0:
        return text == b"1900"  # the tool adds 1900 to the zero year
    if kind in ("TINYINT", "SHORTINT", "MEDIUMINT", "INT", "LONGINT", "YEAR"):
        return value in [int(n) for n in re.findall(rb"-?\d+", text)]
    if kind == "DECIMAL":
        return value == decimal.Decimal(text.decode())
    if kind == "FLOAT":  # printed with as many digits as tell it from its neighbours, or six
        return struct.pack("<f", value) == struct.pack("<f", float(text)) or f"{value:.6g}" == f"{float(text):.6g}"
    if kind == "DOUBLE":
        return value == float(text)
    if kind == "BIT":
        bits = int(text[2:-1], 2)
        return bits == (int.from_bytes(value, "little") if isinstance(value, bytes) else int(value))
    if kind == "ENUM":
        return value == ([""] + labels(declared))[int(text)]
    if kind == "SET":
        bits = int(text[2:-1], 2)
        return value == ",".join(label for i, label in enumerate(labels(declared)) if bits >> i & 1)
    if kind == "DATE":
        return EPOCH.date() + datetime.timedelta(days=value) == datetime.date(*map(int, re.findall(rb"\d+", text)))
    if kind == "TIME":
        return value == _time_micros(text.strip(b"'").decode())
    if kind == "DATETIME":
        instant = datetime.datetime.fromisoformat(_six_digits(text.strip(b"'").decode()))
        return value * (1000 if short == "Timestamp" else 1) == (instant - EPOCH) // MICRO
    if kind == "TIMESTAMP":
        instant = datetime.datetime.fromisoformat(_six_digits(value.rstrip("Z")))
        return (instant - EPOCH) // MICRO == int(decimal.Decimal(text.decode()) * 10**6)
    if short == "Json" and kind == "JSON":
        return json.loads(value) == json.loads(_unquoted(text, printed[2]).decode())
    raw = _unquoted(text, printed[2])
    if short == "Uuid":
        return uuid.UUID(value).bytes == raw.ljust(16, b"\0")
    if declared.upper().startswith("INET"):
        address = ipaddress.ip_address(value).packed
        return address == raw.ljust(len(address), b"\0")
    if isinstance(value, bytes):
        return value.rstrip(b"\0") == raw.rstrip(b"\0") if declared.startswith("BINARY") else value == raw
    return value == raw.decode(codec(declared))


def zoo_kind(column):
    """Columns are named after their kind in the zoo: dec_small_17, or id."""
    return dict(zoo.COLUMNS).get(column.rpartition("_")[0], "")


def labels(declared):
    return [t.replace("''", "'") for t in re.findall(r"'((?:[^']|'')*)'", declared)]


def codec(declared):
    charset = re.search(r"CHARACTER SET (\w+)", declared)
    return {"latin1": "cp1252"}.get(charset[1], charset[1]) if charset else "utf-8"


def _time_micros(text):
    sign = -1 if text.startswith("-") else 1
    hours, minutes, seconds = text.lstrip("-").split(":")
    whole, _, fraction = seconds.partition(".")
    return sign * (((int(hours) * 60 + int(minutes)) * 60 + int(whole)) * 10**6 + int(fraction.ljust(6, "0") or 0))


def _six_digits(text):
    """Python 3.11 reads fractions of three or six digits only."""
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(6, '0')}"
