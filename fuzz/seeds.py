#!/usr/bin/env python3
"""Makes the first corpora of the fuzz targets from what the tests hold: fuzz/corpus/TARGET/seed-*.

Usage: fuzz/seeds.py     (from anywhere; files that are there are replaced, others stay)
"""
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent
TESTDATA = HERE.parent / "src" / "mysql" / "testdata"
HEADER = 19
TABLE_MAP = 19
ROWS = (23, 24, 25, 30, 31, 32)
MARIADB_ROWS = (23, 24, 25)

GTID_SETS = [
    "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:9",
    "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5,4350f323-7565-4e59-8763-4b1b83a0ce0e:tag_1:1-3:7",
    "0-1-42,1-2-18446744073709551615",
    "",
]
STATEMENTS = [
    "BEGIN", "COMMIT", "/* a */ ROLLBACK TO SAVEPOINT s", "XA START X'01',X'',1", "XA PREPARE 'a'",
    "/*!50503 CREATE */ TABLE `a``b`.\"c\" (id int) -- end", "# only a comment", "insert into t values ('x\\'y')",
]
DDL = [
    "CREATE TABLE IF NOT EXISTS `a b`.t LIKE u", "ALTER TABLE t ADD COLUMN (a INT, b TEXT), DROP c, RENAME COLUMN d TO e",
    "RENAME TABLE orders TO _orders_del, _orders_gho TO orders", "/*!50001 TRUNCATE */ TABLE shop.t",
    "DROP TABLE IF EXISTS a, b.c, `d``e`", "DROP DATABASE shop", "ALTER TABLE t EXCHANGE PARTITION p0 WITH TABLE u",
    "CREATE OR REPLACE TABLE t SELECT * FROM u", "ALTER TABLE t CHANGE a `b` INT DEFAULT 'x;y', CONVERT TO CHARACTER SET utf8mb4",
    "GRANT SELECT ON shop.* TO u", "alter online table t rename to \"u\".v -- end",
]
# {"a": 1} and lone values, as MySQL stores them.
JSON = [
    "000100120012000b000100050100" "61",
    "0c0474657874", "0400", "0b000000000000f83f", "05ffff", "0a0000000000000080", "0ff60508048000000c32",
]
SCHEMAS = [
    '"long"', '["null","string"]', '{"type":"array","items":"int"}', '{"type":"map","values":"bytes"}',
    '{"type":"enum","name":"E","symbols":["A","B"],"default":"A"}', '{"type":"fixed","name":"F","size":4}',
    '{"type":"record","name":"a.b.R","fields":[{"name":"id","type":{"type":"int","connect.type":"int16"}},'
    '{"name":"next","type":["null","R"],"default":null},{"name":"d","type":{"type":"bytes","logicalType":"decimal",'
    '"precision":10,"scale":2}}]}',
]
VALUES = [
    '-7', '"a"', '[1, 2, 3]', '{"a": "0x00ff", "b": ""}', '"B"', '"0x00010203"',
    '{"id": "7", "next": {"id": 8, "next": null, "d": "-1.50"}, "d": 12.3}',
]
FILTERS = [
    'value.after.id == 7', 'op in ["c", "u"] && value.after.price >= 12.50', 'key == 7 || !has(value.before["a b"])',
    'value.after.name contains "x" ? partition == 1 : size(value.after) / 3 * 2 > 1e-3',
    'lower(headers["trace"]).matches("^a(b|c)+[0-9]{1,3}$")', 'ts > timestamp("2026-01-31T10:00:00Z")',
    '"a" in value.tags && value.tags[0].startsWith("n") && "b" endsWith value.tags[1]',
    '-(value.a - 9007199254740993) % 0.1 != null', 'value.d < "2026-01-31" || offset * 99999999999999999999 == size',
]


def write(target, name, data):
    directory = HERE / "corpus" / target
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"seed-{name}").write_bytes(data)


def events_of(path):
    lines = path.read_text().splitlines()
    return [bytes.fromhex(line) for line in lines if line and not line.startswith("#")]


def binlog_seeds(path):
    mariadb = path.stem.startswith("mariadb")
    events = events_of(path)
    framed = b"".join(struct.pack("<H", len(e)) + e for e in events if len(e) < 65536)
    write("binlog_events", path.stem, bytes([1 if mariadb else 0]) + framed)
    shapes = {}
    for number, event in enumerate(events):
        kind, body = event[4], event[HEADER:-4]
        if kind == TABLE_MAP:
            shapes[body[:6]] = body[8:]
        elif kind in ROWS and body[:6] in shapes:
            rows = body[8:] if kind in MARIADB_ROWS else body[8 + struct.unpack("<H", body[8:10])[0]:]
            shape = shapes[body[:6]]
            # The column count is one byte in all of them; an update's second bitmap is left in.
            write("row_image", f"{path.stem}-{number}",
                  bytes([1 if mariadb else 0]) + struct.pack("<H", len(shape)) + shape + rows[1:])
    packets = b"".join(struct.pack("<I", len(e) + 1)[:3] + b"\0\0" + e for e in events)
    write("packets", path.stem, b"\x07" + packets)


def main():
    for path in sorted(TESTDATA.glob("*.hex")):
        binlog_seeds(path)
    for number, text in enumerate(GTID_SETS):
        write("gtid_set", f"text-{number}", text.encode())
    interval = struct.pack("<QQQ", 1, 1, 6)
    write("gtid_set", "binary", struct.pack("<Q", 1) + bytes(range(16)) + interval)
    tagged = (1 | 1 << 8 | 1 << 56)
    write("gtid_set", "tagged", struct.pack("<Q", tagged) + bytes(range(16)) + b"\x04ab" + interval)
    for number, text in enumerate(STATEMENTS):
        write("query_text", str(number), text.encode())
    for number, text in enumerate(DDL):
        write("ddl_hint", str(number), bytes([number % 16]) + text.encode())
    for number, text in enumerate(JSON):
        document = bytes.fromhex(text)
        write("json_document", str(number), document)
        path = b"$.a"
        patch = bytes([0, len(path)]) + path + bytes([3]) + b"\x05\x07\x00"
        write("json_patch", str(number), struct.pack("<H", len(document)) + document + patch)
    for number, text in enumerate(FILTERS):
        write("filter", str(number), bytes([number * 29 % 256]) + text.encode())
    for number, text in enumerate(SCHEMAS):
        write("avro_schema", str(number), text.encode())
        write("avro_write", str(number), text.encode() + b"\n" + VALUES[number].encode())
        write("avro_record", str(number), text.encode() + b"\n" + bytes([2, 4, 0x61, 0x62, 0, 1, 2, 3]))


if __name__ == "__main__":
    main()
