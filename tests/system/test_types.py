"""Kinds of columns, keys and tables, each a table of its own, all in one run on each server.

A case is a table, the statements before the first load, and those that come through the stream.
Afterwards the current rows equal the source's, cell by cell, after the load and after the stream.
"""

import random
import re

import rowcheck
import servers
import zoo


class Case:
    def __init__(self, name, before, stream):
        self.name, self.before, self.stream = name, before, stream


def key_case(name, columns, rows):
    """Columns that are the primary key together; `rows` are their values as SQL, all different."""
    names = [c.split()[0] for c in columns]
    key = ", ".join(names)
    create = (f"CREATE TABLE {name} ({', '.join(c + ' NOT NULL' for c in columns)}, n INT,"
              f" PRIMARY KEY ({key})) CHARACTER SET utf8mb4")
    def insert(row, n):
        return f"INSERT INTO {name} VALUES ({', '.join(row)}, {n})"
    def where(row):
        return " AND ".join(f"{c} = {v}" for c, v in zip(names, row))
    first, second, third, *others = rows
    stream = [insert(third, 3), f"UPDATE {name} SET n = 10 WHERE {where(first)}",
              f"DELETE FROM {name} WHERE {where(second)}"]
    # Then each part of a key is moved by itself.
    moved = list(third)
    for i, column in enumerate(names):
        before = list(moved)
        moved[i] = first[i]
        if moved == list(first):
            break
        stream.append(f"UPDATE {name} SET {column} = {moved[i]} WHERE {where(before)}")
    return Case(name, [create, insert(first, 1), insert(second, 2),
                       *[insert(row, 9) for row in others]], stream)


def key_cases(flavor):
    cases = [
        key_case("k_int", ["a TINYINT", "b SMALLINT UNSIGNED", "c MEDIUMINT", "d BIGINT UNSIGNED"],
                 [["-128", "0", "-8388608", "18446744073709551615"],
                  ["127", "65535", "8388607", "9223372036854775808"], ["0", "1", "0", "0"]]),
        key_case("k_num", ["a DECIMAL(65,30)", "b DOUBLE", "c BIT(13)", "d YEAR"],
                 [["-0." + "0" * 29 + "1", "0.1", "8191", "0"], ["9" * 35 + ".5", "-1e300", "0", "1901"],
                  ["0", "5e-300", "4097", "2155"]]),
        key_case("k_time", ["a DATE", "b DATETIME(3)", "c TIMESTAMP(6)", "d TIME(6)"],
                 [["'1000-01-01'", "'9999-12-31 23:59:59.999'", "'1970-01-01 00:00:01'",
                   "'-838:59:59'"],
                  ["'9999-12-31'", "'1000-01-01 00:00:00'", "'2038-01-19 03:14:07.999999'",
                   "'838:59:59'"],
                  ["'2024-02-29'", "'2026-06-30 12:00:00.5'", "'2026-03-29 01:30:00'",
                   "'-00:00:00.000001'"]]),
        key_case("k_text", ["a VARCHAR(20)", "b CHAR(5) CHARACTER SET latin1",
                            "c ENUM('x','a,b','it''s')", "d SET('p','q','r')"],
                 [["'ümlaut'", "'é'", "'a,b'", "'p,r'"], ["''", "''", "'x'", "''"],
                  ["'z '", "'b'", "'it''s'", "'q'"]]),
        key_case("k_bytes", ["a BINARY(4)", "b VARBINARY(10)", "c BIT(1)"],
                 [["x'00'", "x''", "1"], ["x'FF000000'", "x'00'", "0"],
                  ["x'01020304'", "x'FF00'", "0"]]),
        Case("k_prefix", ["CREATE TABLE k_prefix (a TEXT NOT NULL, n INT, PRIMARY KEY (a(8)))",
                          "INSERT INTO k_prefix VALUES ('first, and much longer', 1), ('b', 2)"],
             ["UPDATE k_prefix SET n = 5 WHERE n = 1", "UPDATE k_prefix SET a = 'moved' WHERE n = 2",
              "INSERT INTO k_prefix VALUES ('third', 3)"]),
        Case("k_unique", ["CREATE TABLE k_unique (a VARCHAR(9) NOT NULL, b INT NOT NULL, n INT,"
                          " UNIQUE (a, b))", "INSERT INTO k_unique VALUES ('x', 1, 1), ('x', 2, 2)"],
             ["UPDATE k_unique SET n = 5", "UPDATE k_unique SET b = 3 WHERE b = 2"]),
    ]
    if flavor == "mariadb":
        cases.append(key_case(
            "k_own", ["a UUID", "b INET4", "c INET6"],
            [["'00000000-0000-0000-0000-000000000000'", "'0.0.0.0'", "'::'"],
             ["'ffffffff-ffff-ffff-ffff-ffffffffff00'", "'255.255.255.0'", "'1::'"],
             ["'123e4567-e89b-12d3-a456-426655440000'", "'10.0.0.0'", "'::ffff:1.2.3.4'"]]))
    return cases


def charset_case(connection):
    """A column and an ENUM in every character set the server has."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW CHARACTER SET")
        sets = [row[0] for row in cursor.fetchall() if row[0] != "binary"]
        texts = ["aZ09 ~", "é ÄÖÅ ß", "日本語 カ", "Ж ж", "α Ω", "한 글", "א", "ก", "\\U0001F600"]
        texts[-1] = "😀"
        columns, values, stream = [], [], []
        for name in sets:
            # What the set has not becomes '?'.
            cursor.execute(" UNION ALL ".join(
                f"SELECT CONVERT(CONVERT(_utf8mb4 x'{t.encode().hex()}' USING {name}) USING utf8mb4)"
                for t in texts))
            own = sorted({row[0] for row in cursor.fetchall()} - {""})
            labels = ", ".join(repr(t) for t in own)
            columns += [f"v_{name} VARCHAR(60) CHARACTER SET {name}",
                        f"e_{name} ENUM({labels}) CHARACTER SET {name}",
                        f"s_{name} SET({labels}) CHARACTER SET {name}"]
            values.append(own)
    def insert(key):
        cells = [f"'{own[(key + i) % len(own)]}'" for own in values for i in range(3)]
        return f"INSERT INTO sets VALUES ({key}, {', '.join(cells)})"
    create = f"CREATE TABLE sets (id INT PRIMARY KEY, {', '.join(columns)})"
    return Case("sets", [create, *map(insert, range(9))], [*map(insert, range(10, 19))])


ZERO_DATES = ["1970-01-01", "2000-01-01", "1970-01-01 00:00:00.000", "1970-01-01 00:00:00",
              "1970-01-01 00:00:00"]


def zero_case():
    """Dates with zero parts where NULL has no place: the column's default, else the epoch."""
    columns = ("d DATE NOT NULL, d1 DATE NOT NULL DEFAULT '2000-01-01', t DATETIME(3) NOT NULL,"
               " t1 DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00', s TIMESTAMP NOT NULL DEFAULT 0")
    row = "'0000-00-00', '2026-00-10', '2026-02-00 10:00:00', '0000-00-00', '0000-00-00'"
    return Case("zero", [f"CREATE TABLE zero (id INT PRIMARY KEY, {columns})",
                         f"INSERT INTO zero VALUES (1, {row})"], [f"INSERT INTO zero VALUES (2, {row})"])


def generated_case():
    return Case(
        "made",
        ["CREATE TABLE made (id INT PRIMARY KEY, a INT, v INT AS (a + 1) VIRTUAL,"
         " s VARCHAR(20) AS (CONCAT('<', a, '>')) STORED, hid INT INVISIBLE DEFAULT 7)",
         "INSERT INTO made (id, a) VALUES (1, 1), (2, NULL)"],
        ["INSERT INTO made (id, a, hid) VALUES (3, 5, NULL)", "UPDATE made SET a = 9 WHERE id = 1"])


def mysql_cases():
    return [
        Case("gipk", ["SET SESSION sql_generate_invisible_primary_key = ON",
                      "CREATE TABLE gipk (a VARCHAR(9), n INT)",
                      "SET SESSION sql_generate_invisible_primary_key = OFF",
                      "INSERT INTO gipk VALUES ('x', 1), ('x', 1), ('y', NULL)"],
             ["UPDATE gipk SET n = 5 WHERE a = 'y'", "DELETE FROM gipk WHERE a = 'x' LIMIT 1",
              "INSERT INTO gipk VALUES ('z', 3)"]),
        Case("functional", ["CREATE TABLE functional (id INT PRIMARY KEY, a VARCHAR(20), b INT,"
                            " INDEX ((UPPER(a))), UNIQUE ((b + 1)))",
                            "INSERT INTO functional VALUES (1, 'x', 1)"],
             ["INSERT INTO functional VALUES (2, 'y', 5)", "UPDATE functional SET a = 'zz', b = 7"
              " WHERE id = 1"]),
        partial_json_case(),
    ]


def partial_json_case():
    """Documents changed in place, so that the log holds differences only."""
    r = random.Random(5)
    documents = [d for d in zoo.JSONS if d.startswith(("{", "["))]
    before = ["CREATE TABLE docs (id INT PRIMARY KEY, a JSON, t VARCHAR(20), b JSON)"]
    for key, text in enumerate(documents * 2):
        before.append(f"INSERT INTO docs VALUES ({key}, '{text}', 'x', '{{\"pad\": \"{'p' * 200}\","
                      f" \"list\": [1, 2, [3, {{\"deep\": null}}]], \"n\": {key}}}')")
    changes = [
        "a = JSON_SET(a, '$.fresh', JSON_ARRAY(1.5, 'two', NULL))",
        "b = JSON_SET(b, '$.list[2][1].deep', JSON_OBJECT('d', CAST('2026-01-31' AS DATE)))",
        "b = JSON_SET(b, '$.n', id + 70000)", "b = JSON_REMOVE(b, '$.list[0]')",
        "b = JSON_ARRAY_INSERT(b, '$.list[1]', CAST(1.250 AS DECIMAL(9,3)))" ,
        "b = JSON_ARRAY_APPEND(b, '$.list', TRUE)", "a = JSON_REMOVE(a, '$.b', '$.list[3]')",
        "b = JSON_SET(b, '$.\"odd \\\\\"key\\\\\" \\\\u00e9\"', 'v', '$.list[0]', 'w')",
        "a = JSON_REPLACE(a, '$', JSON_OBJECT('whole', id))",
        "b = JSON_INSERT(b, '$.n.m', 1, '$.list[9]', 2)", "t = CONCAT(t, 'y')",
        "a = JSON_MERGE_PATCH(a, '{\"patched\": [1e15, 0.1]}')", "b = NULL", "b = '[]'",
        "b = JSON_SET(b, '$[0]', 1, '$[1]', JSON_OBJECT())",
    ]
    stream = ["SET SESSION binlog_row_value_options = 'PARTIAL_JSON'"]
    for change in changes:
        for _ in range(2):
            stream.append(f"UPDATE docs SET {change} WHERE id % {r.randrange(1, 5)} = 0")
    return Case("docs", before, [*stream, "SET SESSION binlog_row_value_options = ''"])


def mariadb_cases():
    fractions = ", ".join(f"t{n} TIME({n}), d{n} DATETIME({n}), s{n} TIMESTAMP({n}) NULL"
                          for n in range(7))
    def old(key):
        rows = {1: "'-12:34:56.123456', '2026-01-31 10:11:12.123456', '2026-01-31 10:11:12.999999'",
                2: "'838:59:59', '0000-00-00', '0000-00-00'", 3: "NULL, NULL, NULL",
                4: "'-00:00:00.1', '1000-01-01 00:00:00.5', '1970-01-01 00:00:01'"}
        return f"INSERT INTO old VALUES ({key}, {', '.join([rows[key % 4 + 1]] * 7)})"
    return [
        Case("old", ["SET GLOBAL mysql56_temporal_format = OFF",
                     f"CREATE TABLE old (id INT PRIMARY KEY, {fractions})",
                     "SET GLOBAL mysql56_temporal_format = ON", *map(old, range(4))],
             [*map(old, range(4, 8)), "UPDATE old SET t3 = '01:02:03.004', d6 = NULL WHERE id = 2"]),
        # The rows as they are now; the period's columns are columns like others, its history rows
        # are no rows of the table.
        Case("versioned", ["CREATE TABLE versioned (id INT PRIMARY KEY, a INT)"
                           " WITH SYSTEM VERSIONING",
                           "INSERT INTO versioned VALUES (1, 1), (2, 2), (3, 3)",
                           "UPDATE versioned SET a = 10 WHERE id = 1"],
             ["UPDATE versioned SET a = 20 WHERE id = 2", "DELETE FROM versioned WHERE id = 3",
              "INSERT INTO versioned VALUES (4, 4)", "UPDATE versioned SET id = 5 WHERE id = 4"]),
        Case("periods", ["CREATE TABLE periods (id INT PRIMARY KEY, a INT,"
                         " s TIMESTAMP(6) GENERATED ALWAYS AS ROW START,"
                         " e TIMESTAMP(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (s, e))"
                         " WITH SYSTEM VERSIONING", "INSERT INTO periods (id, a) VALUES (1, 1), (2, 2)",
                         "UPDATE periods SET a = 10 WHERE id = 1"],
             ["UPDATE periods SET a = 20 WHERE id = 2", "DELETE FROM periods WHERE id = 1",
              "INSERT INTO periods (id, a) VALUES (1, 7)"]),
    ]


def test_tables_of_every_kind(database, clickhouse, db, pipeline):
    with database.connect(db=db) as c:
        cases = [*key_cases(database.flavor), charset_case(c), generated_case(),
                 *(mariadb_cases() if database.flavor == "mariadb" else mysql_cases())]
        zero = zero_case()
        for case in [*cases, zero]:
            for sql in case.before:
                run(c, case, db, sql)
    pipeline().start()
    all_equal(database, clickhouse, db, cases)
    with database.connect(db=db) as c:
        for case in [*cases, zero]:
            for sql in case.stream:
                run(c, case, db, sql)
    all_equal(database, clickhouse, db, cases)
    found = f"SELECT d, d1, t, t1, s FROM demo_tables.{own_name(zero, db)}_current"
    servers.wait_until(lambda: clickhouse.rows(found) == [ZERO_DATES] * 2, "zero dates", seconds=20)


def own_name(case, db):
    return f"{case.name}_{db}"


def run(connection, case, db, sql):
    sql = re.sub(rf"\b{case.name}\b", own_name(case, db), sql)
    try:
        connection.cursor().execute(sql)
    except Exception as error:
        raise AssertionError(f"{sql}: {error}") from error


def all_equal(database, clickhouse, db, cases):
    with database.connect() as c:
        for case in cases:
            def same():
                found = rowcheck.differences(c, clickhouse, db, own_name(case, db))
                assert found == "", found
                return True
            servers.wait_until(same, f"{case.name} is equal on both sides", seconds=40)
