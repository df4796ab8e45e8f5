"""Says whether a MySQL table and its current rows in ClickHouse are equal, cell by cell.

Both sides are brought to one plain form a type (integers, Decimal, microseconds, hex),
read in one query each and compared as multisets.
"""

import collections
import datetime
import decimal
import struct

EPOCH = datetime.datetime(1970, 1, 1)


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
    if kind in ("binary", "varbinary", "blob", "tinyblob", "mediumblob", "longblob"):
        return f"HEX(`{name}`)"
    if kind in ("date", "datetime", "timestamp", "time"):
        return f"CONCAT(`{name}`)"
    return f"`{name}`"


def _clickhouse_expression(name, kind):
    if kind in ("binary", "varbinary", "blob", "tinyblob", "mediumblob", "longblob"):
        return f"hex(`{name}`)"
    if kind == "set":
        return f"if(`{name}` = [NULL], NULL, arrayStringConcat(`{name}`, ','))"
    if kind in ("bit", "boolean"):
        return f"toUInt64(`{name}`)"
    return f"`{name}`"


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
    def show(counter):
        return "\n".join(f"  {count} x {row}" for row, count in list(counter.items())[:3])
    return (f"{db}.{table}: MySQL {len(source)} rows, ClickHouse {len(target)}\n"
            f"only in MySQL ({sum(missing.values())}):\n{show(missing)}\n"
            f"only in ClickHouse ({sum(extra.values())}):\n{show(extra)}")
