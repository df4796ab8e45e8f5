"""Schema changes and what becomes of them: the rows of the matrix in docs/manual/schema-changes.md.

A case is a table, rows, statements, and rows again: {t} stands for its name. Rows of `before` are
there when the pipeline starts and again just before the statements, with other keys; those of
`after` follow at once, so that messages of both schemas are on their way together.
"""

import dataclasses


@dataclasses.dataclass
class Case:
    name: str
    what: str              # for people: the statement
    columns: str           # of the table, beside id and w
    before: list           # values of these columns, as SQL
    ddl: list              # statements
    after: list            # (columns, values) of inserts afterwards
    key: str = "PRIMARY KEY (id)"
    old_way: str = "as MySQL has them"
    only: str = ""         # the server it exists on
    also: list = dataclasses.field(default_factory=list)  # tables that come to be


def alter(name, columns, before, change, after, **more):
    statements = change if isinstance(change, list) else [change]
    return Case(name, "; ".join(statements), columns, before,
                [f"ALTER TABLE {{t}} {s}" for s in statements], after, **more)


CASES = [
    alter("add", "a INT", ["1", "NULL"], "ADD b INT", [("a, b", "2, 3")]),
    alter("add_first", "a INT", ["1"], "ADD b VARCHAR(9) FIRST", [("a, b", "2, 'x'")]),
    alter("add_after", "a INT", ["1"], "ADD b VARCHAR(9) AFTER id", [("a, b", "2, 'x'")]),
    alter("add_default", "a INT", ["1"],
          "ADD b INT NOT NULL DEFAULT 7, ADD c VARCHAR(9) DEFAULT 'it''s', "
          "ADD d DECIMAL(5,2) DEFAULT 1.5, ADD e DATETIME DEFAULT '2024-01-02 03:04:05'",
          [("a", "2"), ("a, b, c", "3, 4, NULL")]),
    alter("add_not_null", "a INT", ["1"],
          "ADD b INT NOT NULL, ADD c VARCHAR(9) NOT NULL, ADD d ENUM('x','y') NOT NULL, "
          "ADD e DECIMAL(5,2) NOT NULL, ADD f BINARY(3) NOT NULL", [("a, b, c, d, e, f",
                                                                      "2, 3, 'z', 'y', 4, 'abc'")]),
    alter("add_now", "a INT", ["1"], "ADD b DATETIME DEFAULT CURRENT_TIMESTAMP", [("a", "2")]),
    alter("add_generated", "a INT", ["1"], "ADD b INT AS (a + 1) STORED", [("a", "2")]),
    alter("drop", "a INT, b INT NOT NULL", ["1, 2"], "DROP COLUMN b", [("a", "3")]),
    alter("drop_add", "a INT", ["1"], ["DROP COLUMN a", "ADD a INT DEFAULT 3"], [("a", "2")]),
    alter("rename", "a INT", ["1"], "RENAME COLUMN a TO b", [("b", "2")]),
    alter("change", "a INT", ["1"], "CHANGE a b BIGINT", [("b", "5000000000")]),
    alter("swap", "a INT, b INT", ["1, 2"], "CHANGE a b INT, CHANGE b a INT", [("a, b", "3, 4")]),
    alter("rename_reuse", "a INT", ["1"], ["RENAME COLUMN a TO b", "ADD a VARCHAR(9) DEFAULT 'n'"],
          [("a, b", "'x', 2")]),
    alter("wider_int", "a SMALLINT", ["-5"], "MODIFY a BIGINT", [("a", "5000000000")]),
    alter("narrower_int", "a INT", ["-5"], "MODIFY a TINYINT", [("a", "100")]),
    alter("clamped_int", "a INT", ["70000"], "MODIFY a TINYINT", [("a", "100")]),
    alter("to_unsigned", "a INT", ["5"], "MODIFY a INT UNSIGNED", [("a", "4000000000")]),
    alter("to_signed", "a BIGINT UNSIGNED", ["18446744073709551615", "5"], "MODIFY a BIGINT",
          [("a", "-5")]),
    alter("int_to_text", "a INT", ["-5", "NULL"], "MODIFY a VARCHAR(20)", [("a", "'x'")]),
    alter("text_to_int", "a VARCHAR(9)", ["'5'", "'x'"], "MODIFY a INT", [("a", "7")]),
    alter("longer_text", "a VARCHAR(3)", ["'abc'"], "MODIFY a TEXT", [("a", "'abcd'")]),
    alter("shorter_text", "a VARCHAR(9)", ["'abcdef'"], "MODIFY a VARCHAR(3)", [("a", "'xyz'")]),
    alter("to_null", "a INT NOT NULL", ["1"], "MODIFY a INT NULL", [("a", "NULL")]),
    alter("to_not_null", "a INT", ["1", "NULL"], "MODIFY a INT NOT NULL", [("a", "2")]),
    alter("default", "a INT DEFAULT 1", ["5", "DEFAULT"], "ALTER a SET DEFAULT 2", [("w", "0")]),
    alter("enum_grows", "a ENUM('x','y')", ["'y'"], "MODIFY a ENUM('z','x','y')", [("a", "'z'")]),
    alter("enum_shrinks", "a ENUM('x','y')", ["'y'"], "MODIFY a ENUM('x')", [("a", "'x'")]),
    alter("set_grows", "a SET('x','y')", ["'x,y'", "NULL"], "MODIFY a SET('x','y','z')",
          [("a", "'x,z'")]),
    alter("enum_to_text", "a ENUM('x','y')", ["'y'"], "MODIFY a VARCHAR(9)", [("a", "'more'")]),
    alter("charset", "a VARCHAR(20)", ["'é€'", "'a'"], "CONVERT TO CHARACTER SET latin1",
          [("a", "'ü'")]),
    alter("charset_lossy", "a VARCHAR(20)", ["'жé'"], "CONVERT TO CHARACTER SET latin1",
          [("a", "'ü'")]),
    alter("decimal_wider", "a DECIMAL(10,2)", ["12345678.91"], "MODIFY a DECIMAL(14,4)",
          [("a", "1.2345")]),
    alter("decimal_narrower", "a DECIMAL(10,4)", ["1.2345", "2.5"], "MODIFY a DECIMAL(10,2)",
          [("a", "1.5")]),
    alter("fsp_wider", "a DATETIME", ["'2024-01-02 03:04:05'"], "MODIFY a DATETIME(6)",
          [("a", "'2024-01-02 03:04:05.678901'")]),
    alter("fsp_narrower", "a DATETIME(6)", ["'2024-01-02 03:04:05.678901'"], "MODIFY a DATETIME",
          [("a", "'2024-01-02 03:04:05'")]),
    alter("date_to_datetime", "a DATE", ["'2024-01-02'"], "MODIFY a DATETIME",
          [("a", "'2024-01-02 03:04:05'")]),
    alter("timestamp_to_datetime", "a TIMESTAMP NULL", ["'2024-01-02 03:04:05'"],
          "MODIFY a DATETIME", [("a", "'2024-01-02 03:04:05'")]),
    alter("datetime_to_text", "a DATETIME", ["'2024-01-02 03:04:05'"], "MODIFY a VARCHAR(30)",
          [("a", "'soon'")]),
    alter("time_wider", "a TIME", ["'-12:34:56'"], "MODIFY a TIME(3)", [("a", "'12:34:56.789'")]),
    alter("float_to_double", "a FLOAT", ["1.1", "0.5"], "MODIFY a DOUBLE", [("a", "1.1")]),
    alter("bits_wider", "a BIT(5)", ["b'101'"], "MODIFY a BIT(20)", [("a", "b'11110000111100001111'")]),
    alter("binary_longer", "a BINARY(3)", ["'ab'"], "MODIFY a BINARY(5)", [("a", "'abcde'")]),
    alter("key_added", "a INT", ["1"], "ADD PRIMARY KEY (id)", [("a", "2")], key=""),
    alter("key_dropped", "a INT", ["1"], "DROP PRIMARY KEY", [("a", "2")]),
    alter("key_moved", "a INT NOT NULL", ["{id} * 10"],
          "DROP PRIMARY KEY, ADD PRIMARY KEY (a)", [("a", "{id} * 10")]),
    alter("key_was_null", "a INT", ["{id} * 10"],
          "DROP PRIMARY KEY, ADD PRIMARY KEY (a)", [("a", "{id} * 10")]),
    alter("key_wider", "a INT", ["1"], "MODIFY id BIGINT", [("a", "2")]),
    alter("key_renamed", "k INT NOT NULL", ["{id}"], "CHANGE k b INT NOT NULL", [("b", "{id}")],
          key="PRIMARY KEY (k, id)"),
    alter("key_new", "a INT", ["1"], "ADD n INT AUTO_INCREMENT PRIMARY KEY FIRST", [("a", "2")],
          key=""),
    Case("truncate", "TRUNCATE TABLE", "a INT", ["1"], ["TRUNCATE TABLE {t}"], [("a", "2")]),
    Case("drop_create", "DROP TABLE, CREATE TABLE", "a INT", ["1"],
         ["DROP TABLE {t}",
          "CREATE TABLE {t} (id INT PRIMARY KEY, w INT NOT NULL DEFAULT 0, a VARCHAR(9), b INT)"],
         [("a, b", "'x', 2")]),
    Case("create", "CREATE TABLE", "a INT", ["1"],
         ["CREATE TABLE {t}_n (id INT PRIMARY KEY, a INT)", "INSERT INTO {t}_n VALUES (1, 2)"],
         [("a", "2")], also=["{t}_n"]),
    Case("create_like", "CREATE TABLE ... LIKE", "a INT", ["1"],
         ["CREATE TABLE {t}_n LIKE {t}", "INSERT INTO {t}_n (id, a) VALUES (1, 2)"],
         [("a", "2")], also=["{t}_n"]),
    Case("create_select", "CREATE TABLE ... SELECT", "a INT", ["1"],
         ["CREATE TABLE {t}_n AS SELECT * FROM {t}", "INSERT INTO {t}_n (id, a) VALUES (99, 2)"],
         [("a", "2")], also=["{t}_n"]),
    Case("rename_table", "RENAME TABLE", "a INT", ["1"],
         ["RENAME TABLE {t} TO {t}_n", "INSERT INTO {t}_n (id, a) VALUES (98, 2)",
          "CREATE TABLE {t} LIKE {t}_n"], [("a", "2")], also=["{t}_n"]),
    Case("partition_added", "ADD PARTITION", "a INT", ["1"],
         ["ALTER TABLE {t} PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (50), "
          "PARTITION p1 VALUES LESS THAN (1000000))",
          "ALTER TABLE {t} REORGANIZE PARTITION p1 INTO (PARTITION p2 VALUES LESS THAN (500), "
          "PARTITION p3 VALUES LESS THAN MAXVALUE)"], [("a", "2")]),
    Case("partition_emptied", "TRUNCATE PARTITION", "a INT", ["1"],
         ["ALTER TABLE {t} PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (50), "
          "PARTITION p1 VALUES LESS THAN MAXVALUE)",
          "ALTER TABLE {t} TRUNCATE PARTITION p0"], [("a", "2")]),
]
