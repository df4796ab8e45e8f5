"""Every way in which rowhouse's messages differ from Debezium's, on purpose, with the reason.

docs/manual/debezium-differences.md is made of this list:
    python3 tests/differential/differences.py > docs/manual/debezium-differences.md
"""

import base64
import dataclasses
import json
import re
from collections.abc import Callable


@dataclasses.dataclass
class Difference:
    name: str
    what: str                  # one sentence for the manual
    why: str
    found: Callable            # whether a mismatch is this difference
    group: str = "On purpose"


SNAPSHOT_MARKS = {"true", "first", "last", "first_in_data_collection", "last_in_data_collection"}


def in_source(m, *names):
    return m.path[:3] == ("value", "payload", "source") and m.path[3] in names


def in_row(m):
    return m.path[:2] == ("value", "payload") and m.path[2] in ("before", "after") or \
        m.path[:2] == ("key", "payload")


def loading(m):
    return m.record is not None and m.record.payload("op") == "r"


def schema_field(m, last):
    return "schema" in m.path and m.path[-1] == last


def same_time_without_zeros(m):
    return isinstance(m.debezium, str) and isinstance(m.ours, str) and loading(m) and \
        m.debezium == re.sub(r"\.?0+Z$", "Z", m.ours) if "." in str(m.ours) else False


def same_document(m):
    """JSON that differs in its spaces alone."""
    if not (in_row(m) and isinstance(m.debezium, str) and isinstance(m.ours, str)):
        return False
    try:
        return json.loads(m.debezium) == json.loads(m.ours)
    except ValueError:
        return False


def two_thousand_years_later(m):
    days = 730485
    return in_row(m) and isinstance(m.ours, int) and isinstance(m.debezium, int) and \
        m.debezium - m.ours in (days, days * 86_400_000, days * 86_400_000_000)


def escaped(text):
    return text.replace("\\", "\\\\").replace("'", "''")


def raw_default(m):
    if not schema_field(m, "default") or not isinstance(m.ours, str) or not isinstance(m.debezium, str):
        return False
    if m.debezium == escaped(m.ours):
        return True
    for decode in (bytes.fromhex, lambda v: base64.b64decode(v, validate=True)):
        try:
            if decode(m.debezium) == decode(m.ours).replace(b"\0", b"\\0"):
                return True
        except ValueError:
            pass
    return False


def only_debeziums(record):
    """The tombstone of a row without key."""
    return record.key is None and record.value is None


def only_ours(record, case):
    """Truncates where Debezium skips them, and the mark before the first load of a table without key."""
    skipped = case.debezium.get("skipped.operations", "t") != "none"
    sequence = record.payload("source", "sequence") or ""
    return record.payload("op") == "t" and (skipped or sequence.endswith("00000000"))


def never(_):
    return False


DIFFERENCES = [
    Difference(
        "version", "`source.version` is rowhouse's own.", "It says who wrote the record.",
        lambda m: in_source(m, "version")),
    Difference(
        "sequence", "`source.sequence` holds the row's version, 32 hex digits; Debezium leaves it null.",
        "It is the one field of the envelope that is free, and consumers need an order that survives replays.",
        lambda m: in_source(m, "sequence") and m.debezium is None and re.fullmatch("[0-9a-f]{32}", m.ours)),
    Difference(
        "snapshot", "Rows of a first load carry `source.snapshot` `true`, never `first`, `last` and the like.",
        "A first load is made of chunks placed in the stream, several tables at once: there is no last row to wait for.",
        lambda m: in_source(m, "snapshot") and m.debezium in SNAPSHOT_MARKS and m.ours == "true"),
    Difference(
        "not-a-snapshot", "Changes of the stream carry `source.snapshot` `false`.",
        "So does Debezium through AvroConverter, which writes a null as the field's default; JsonConverter, with which we "
        "compare, was told to leave nulls alone.",
        lambda m: in_source(m, "snapshot") and m.debezium is None and m.ours == "false"),
    Difference(
        "clock", "`ts_ms`, `ts_us`, `ts_ns` of the envelope are the clock of who wrote the record.",
        "They are in Debezium's too, at another moment.",
        lambda m: len(m.path) == 3 and m.path[:2] == ("value", "payload") and m.path[2].startswith("ts_")),
    Difference(
        "load-clock", "`source.ts_*` of a first load is the moment its chunk was read; Debezium's the moment its table was.",
        "No change of the source has made the record.",
        lambda m: in_source(m, "ts_ms", "ts_us", "ts_ns") and loading(m)),
    Difference(
        "run-id", "The header `__debezium.context.runId` is there (with `kafka.headers`).",
        "Debezium has it in versions after 3.2.",
        lambda m: m.path == ("headers", "__debezium.context.runId")),
    Difference(
        "side-headers", "Records of the topics of transactions and heartbeats have the context headers too (with `kafka.headers`).",
        "They are the same for all that a run writes.",
        lambda m: m.path[0] == "headers" and (m.topic.endswith("-tx") or m.topic.startswith("heartbeats-"))),
    Difference(
        "key-header-null", "A NULL in a key (`format.key_columns`) is null in the headers `__debezium.newkey` and `__debezium.oldkey`; "
        "Debezium writes the column's default.", "A NULL is not its column's default.",
        lambda m: m.path in (("headers", "__debezium.newkey"), ("headers", "__debezium.oldkey")) and "null" in str(m.ours)),
    Difference(
        "transaction-tables", "`data_collections` of a transaction's END are in order of appearance; Debezium's in that of a Java hash "
        "map.", "The order means nothing, and one can be read.", never),
    Difference(
        "truncates", "Truncates are written by default (`op` `t`); Debezium skips them by default.",
        "A table in ClickHouse that keeps truncated rows is wrong.", never),
    Difference(
        "load-mark", "The first load of a table without key begins with a record of `op` `t`.",
        "It voids what an earlier, broken-off load has put out; there is no key to replace rows by.", never),
    Difference(
        "keyless-tombstone", "A delete in a table without key has no tombstone; Debezium's has null key and null value.",
        "There is no key whose records compaction could forget.", never),
    Difference(
        "default-now", "A column's default in the schema is the one the table has when rowhouse meets the new shape of the table; "
        "Debezium takes it from the text of each statement.",
        "The shape comes from the log itself, so that no grammar of SQL and no history of schemas can break; the log has no "
        "defaults. The rows of MySQL's CREATE TABLE ... SELECT can be in the log before the table is in the dictionary.",
        lambda m: schema_field(m, "default") and m.topic.endswith(".fresh_copy")),
    Difference(
        "renamed-table", "A table that a RENAME brings under a captured name is loaded: records of `op` `r` for the rows it has "
        "(`capture.reload: automatic`, or when it is met as a new table); Debezium shows later changes only.",
        "Its rows were never in that topic.",
        lambda m: m.path == ("records",) and m.topic.endswith(".fresh_new")),
    Difference(
        "names", "Names that Avro does not allow are adjusted (`schema.name.adjustment.mode: avro`, `field.name.adjustment.mode: "
        "avro`); Debezium's default is `none`.", "Its AvroConverter would refuse them.", never),
    Difference(
        "inet", "INET4 and INET6 are strings; Debezium 3.2 ends with an error if any table of the server has one.",
        "The other tables must go on.", never, "Where Debezium is wrong"),
    Difference(
        "endless-ddl", "A statement that is a transaction of its own (DDL) has no record in the topic of transactions; Debezium "
        "writes a BEGIN for it on MariaDB, and never its END.", "Who waits for the END waits for ever.", never, "Where Debezium is wrong"),
    Difference(
        "enum-comma", "Labels of ENUM and SET are never changed; Debezium 3.2 writes a backslash before a comma, in the list "
        "`allowed` and in the values.", "The value in the database has none.",
        lambda m: isinstance(m.debezium, str) and isinstance(m.ours, str) and m.debezium.replace("\\,", ",") == m.ours,
        "Where Debezium is wrong"),
    Difference(
        "zoned-zeros", "A TIMESTAMP always has as many fraction digits as its column; Debezium cuts zeros off, in the first load only.",
        "The same value must have the same text in load and stream.",
        same_time_without_zeros, "Where Debezium is wrong"),
    Difference(
        "raw-default", "Defaults of texts and bytes in schemas are the value; Debezium keeps the escapes of the SQL text "
        "(`''`, `\\\\`, `\\0`).", "A consumer that fills in a default needs the value.",
        raw_default, "Where Debezium is wrong"),
    Difference(
        "float-digits", "A FLOAT is exact in the first load too; Debezium reads it as text, which has six digits.",
        "The same value must have the same bits in load and stream.",
        lambda m: in_row(m) and loading(m) and isinstance(m.ours, float) and float(f"{m.ours:.6g}") == float(f"{m.debezium:.6g}"),
        "Where Debezium is wrong"),
    Difference(
        "early-years", "A year is the year it is; Debezium adds 2000 to years 1 to 69 and 1900 to 70 to 99 "
        "(`enable.time.adjuster`, on by default).", "The database has done that already where it was meant.",
        two_thousand_years_later, "Where Debezium is wrong"),
    Difference(
        "zero-timestamp", "A zero TIMESTAMP that may be NULL is null; Debezium 3.2 writes 1970-01-01T00:00:00Z in the stream.",
        "So is every other date with zero parts, and so does Debezium from 3.6 on.",
        lambda m: in_row(m) and m.ours is None and m.debezium == "1970-01-01T00:00:00Z", "Where Debezium is wrong"),
    Difference(
        "mariadb-json", "A JSON column of MariaDB is `io.debezium.data.Json`; Debezium calls it so only where it has read the "
        "statement that made it.", "MariaDB keeps it as LONGTEXT with a check, which says the same.",
        lambda m: m.flavor == "mariadb" and m.topic.endswith(".docs") and m.path[-1] in ("name", "version") and
        m.ours in ("io.debezium.data.Json", 1)),
    Difference(
        "json-spaces", "MySQL's JSON has the server's own spelling, with spaces; Debezium has it in the first load only.",
        "The same value must have the same text in load and stream.", same_document, "Where Debezium is wrong"),
    Difference(
        "nanos", "A DATETIME before 1677 or after 2262 in `format.time: nanoseconds` parks its table; Debezium writes another "
        "moment (the number wraps around).", "A wrong value looks like a right one.", never, "Where Debezium is wrong"),
    Difference(
        "wild-times", "TIME below 00:00:00 and from 24:00:00 keeps its value in `format.time` `connect` (within 596 hours; others park the table) and `isostring`; Debezium "
        "writes NULL, and ends with an error where the column is NOT NULL.", "The database has the value.", never,
        "Where Debezium is wrong"),
    Difference(
        "masked-numbers", "A column that is no text and is to be masked or hashed parks its table; Debezium says `masked` in the "
        "schema and sends the value in clear.", "Whoever asks for a mask must not find the value in the topic.", never,
        "Where Debezium is wrong"),
    Difference(
        "left-out-keys", "A key column that is left out of the values keeps its value in the key; Debezium's key then holds 0.",
        "The key is the row's identity.", never, "Where Debezium is wrong"),
    Difference(
        "year-zero", "YEAR 0000 is 0; Debezium makes 2000 or 1900 of it.", "0000 is what the database holds.",
        lambda m: in_row(m) and m.ours == 0 and m.debezium in (1900, 2000), "Where Debezium is wrong"),
]


def reason(mismatch):
    """The name of the difference a mismatch is, or None."""
    for difference in DIFFERENCES:
        if (mismatch.record is not None or mismatch.path == ("records",)) and difference.found(mismatch):
            return difference.name
    return None


def without_endless(records, or_fail=False):
    """Of the topic of transactions, without those that have no end; tables in one order."""
    ended = {r.payload("id") for r in records if r.payload("status") == "END"}
    assert not or_fail or {r.payload("id") for r in records} == ended
    for record in records:
        (record.payload("data_collections") or []).sort(key=lambda c: c["data_collection"])
    return [r for r in records if r.payload("id") in ended]


HEAD = """# Differences from Debezium

`tests/differential` runs the same SQL through real Debezium 3.2.0.Final (MySQL and MariaDB connectors, in Kafka Connect)
and through rowhouse, and compares every message: topic, order, key, value, tombstones, headers, and every schema with its
names, versions, parameters, defaults, optionality and order of fields. What differs is here, and nothing else does.

This page is made of the list that the test uses: `python3 tests/differential/differences.py`."""


def manual():
    out = [HEAD]
    for group in dict.fromkeys(d.group for d in DIFFERENCES):
        out.append(f"\n## {group}\n\n| What | Why |\n|---|---|")
        out += [f"| {d.what} | {d.why} |" for d in DIFFERENCES if d.group == group]
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    print(manual(), end="")
