"""Says whether a MySQL table and its current rows in ClickHouse are equal, cell by cell.

Both sides are brought to one plain form a type (integers, Decimal, microseconds, hex),
read in one query each and compared as multisets.
"""

import collections
import datetime
import decimal
import ipaddress
import struct

EPOCH = datetime.datetime(1970, 1, 1)
BYTES = ("binary", "varbinary", "blob", "tinyblob", "mediumblob", "longblob")
SHAPES = ("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring",
          "multipolygon", "geometrycollection", "geomcollection")


def _columns(cursor, db, table):
    cursor.execute(
        "SELECT column_name, data_type, column_type, is_nullable FROM information_schema.columns"
        " WHERE table_schema=%s AND table_name=%s ORDER BY ordinal_position", (db, table))
    return [tuple(str(x) for x in row) for row in cursor.fetchall()]


def _mysql_expression(name, kind):
    if kind in ("float", "double"):
        return f"CAST(`{name}` AS DOUBLE)"
    if kind in ("bit", "year"):
        return f"`{name}`+0"
    if kind in BYTES or kind == "vector":
        return f"HEX(`{name}`)"
    if kind in SHAPES:  # MySQL keeps the SRID in four bytes before the WKB
        return f"CONCAT(ST_SRID(`{name}`), ' ', SUBSTR(HEX(CAST(`{name}` AS BINARY)), 9))"
    if kind in ("date", "datetime", "timestamp", "time"):
        return f"CONCAT(`{name}`)"
    return f"`{name}`"


def _clickhouse_expression(name, kind):
    if kind in BYTES:
        return f"hex(`{name}`)"
    if kind in SHAPES:
        return f"concat(toString(ifNull(`{name}_srid`, 0)), ' ', hex(`{name}`))"
    if kind == "vector":
        return f"if(empty(`{name}`), NULL, toString(`{name}`))"
    if kind == "set":
        return f"if(`{name}` = [NULL], NULL, arrayStringConcat(`{name}`, ','))"
    if kind in ("bit", "boolean"):
        return f"toUInt64(`{name}`)"
    return f"`{name}`"


def _floats(text):
    """Four-byte floats from hex, or from ClickHouse's [1,2.5]."""
    if text.startswith("["):
        return tuple(struct.pack("<f", float(x)) for x in text[1:-1].split(","))
    raw = bytes.fromhex(text)
    return tuple(raw[i:i + 4] for i in range(0, len(raw), 4))


def _micros(text):
    negative = text.startswith("-")
    whole, _, fraction = text.lstrip("-").partition(".")
    hours, minutes, seconds = (int(x) for x in whole.split(":"))
    value = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + int(fraction.ljust(6, "0") or 0)
    return -value if negative else value


def _instant(text):
    day, _, clock = text.partition(" ")
    year, month, date = (int(x) for x in day.split("-"))
    if month == 0 or date == 0 or year == 0:
        return None  # a zero date: null by Debezium's rule
    days = (datetime.date(year, month, date) - EPOCH.date()).days
    return days * 86_400_000_000 + (_micros(clock) if clock else 0)


def _canonical(value, kind):
    if value is None:
        return None
    if kind in ("tinyint", "smallint", "mediumint", "int", "bigint", "bit", "year", "boolean"):
        return int(value)
    if kind == "decimal":
        return decimal.Decimal(value)
    if kind == "vector":
        return _floats(value if isinstance(value, str) else value.decode())
    if kind in ("inet4", "inet6"):
        return ipaddress.ip_address(value)
    if kind == "float":
        return struct.pack("<f", float(value))
    if kind == "double":
        return float(value)
    if kind == "time":
        return _micros(str(value))
    if kind in ("date", "datetime", "timestamp"):
        return _instant(str(value))
    return value if isinstance(value, str) else value.decode()


def rows_of_mysql(connection, db, table):
    with connection.cursor() as cursor:
        columns = _columns(cursor, db, table)
        select = ", ".join(_mysql_expression(n, k) for n, k, _, _ in columns)
        cursor.execute(f"SELECT {select} FROM `{db}`.`{table}`")
        return columns, [tuple(_canonical(v, c[1]) for v, c in zip(row, columns))
                         for row in cursor.fetchall()]


def rows_of_clickhouse(clickhouse, columns, table, database="demo_tables", keyed=True):
    select = ", ".join(_clickhouse_expression(n, k) for n, k, _, _ in columns)
    source = f"`{database}`.`{table}_current`"
    rows = clickhouse.rows(f"SELECT {select} FROM {source}")
    return [tuple(_canonical(v, c[1]) for v, c in zip(row, columns)) for row in rows]


def differences(connection, clickhouse, db, table, **where):
    """Empty when both sides are equal; else some rows of either side, for people."""
    columns, source = rows_of_mysql(connection, db, table)
    target = rows_of_clickhouse(clickhouse, columns, table, **where)
    missing = collections.Counter(source) - collections.Counter(target)
    extra = collections.Counter(target) - collections.Counter(source)
    if not missing and not extra:
        return ""
    return (f"{db}.{table}: MySQL {len(source)} rows, ClickHouse {len(target)}\n"
            f"only in MySQL: {sum(missing.values())}, only in ClickHouse: {sum(extra.values())}\n"
            + _pairs(columns, list(missing), list(extra)))


def _pairs(columns, missing, extra):
    """A few rows of either side; of those with the same first column only what differs."""
    lines = []
    others = {row[0]: row for row in extra}
    for row in missing[:3]:
        other = others.pop(row[0], None)
        if other is None:
            lines.append(f"  only in MySQL {row}")
            continue
        lines += [f"  {columns[0][0]}={row[0]} {c[0]} {c[2]}: MySQL {a!r:.200}, ClickHouse {b!r:.200}"
                  for c, a, b in zip(columns, row, other) if a != b]
    return "\n".join(lines + [f"  only in ClickHouse {row}" for row in list(others.values())[:3]])
