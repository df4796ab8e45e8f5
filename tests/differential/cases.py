"""What both sides are shown: one script of SQL, and several sets of options over it."""

import dataclasses
import random

import zoo

DB = "inv"


@dataclasses.dataclass
class Case:
    """One connector and one `rowhouse run` with the same meaning."""
    name: str
    tables: list            # names of tables in DB
    debezium: dict          # connector options
    rowhouse: dict          # our options, as {"section.key": value}

    def topic(self, prefix, table):
        """The topic of a table in DB."""
        return self.rowhouse.get("capture.topic_delimiter", ".").join([prefix, DB, table.replace("$", "_")])


# (type, literal default, values): each becomes a nullable and a NOT NULL column.
TYPED = [
    ("TINYINT", "'-5'", ["1", "-128", "127"]), ("TINYINT UNSIGNED", "'200'", ["255"]),
    ("TINYINT(1)", "'1'", ["0", "1"]),
    ("SMALLINT", "'-7'", ["-32768"]), ("SMALLINT UNSIGNED", "'7'", ["65535"]),
    ("MEDIUMINT", "'-8'", ["-8388608"]), ("MEDIUMINT UNSIGNED", "'8'", ["16777215"]),
    ("INT", "'-9'", ["-2147483648"]), ("INT UNSIGNED", "'9'", ["4294967295"]),
    ("BIGINT", "'-10'", ["-9223372036854775808"]),
    ("BIGINT UNSIGNED", "'10'", ["9223372036854775807"]),
    ("DECIMAL(10,3)", "'1.5'", ["-9999999.999", "0.001"]), ("DECIMAL(65,30)", "'-1.25'", ["7"]),
    ("DECIMAL(5)", "'12'", ["-99999"]),
    ("FLOAT", "'1.5'", ["1.1", "-0.25"]), ("FLOAT(7,3)", "'2.5'", ["1.125"]),
    ("DOUBLE", "'2.25'", ["0.1", "-1e300"]),
    ("BIT(1)", "b'1'", ["b'0'", "b'1'"]), ("BIT(12)", "b'101'", ["b'100000000001'"]),
    ("DATE", "'2020-02-29'", ["'1969-12-31'"]), ("DATETIME", "'2020-02-29 01:02:03'", ["'1999-01-01 00:00:00'"]),
    ("DATETIME(3)", "'2020-02-29 01:02:03.456'", ["'1999-01-01 00:00:00.5'"]),
    ("DATETIME(6)", "'2020-02-29 01:02:03.456789'", ["'1969-12-31 23:59:59.999999'"]),
    ("TIMESTAMP", "'2020-02-29 01:02:03'", ["'2001-09-09 01:46:40'"]),
    ("TIMESTAMP(6)", "'2020-02-29 01:02:03.456789'", ["'2001-09-09 01:46:40.123456'"]),
    ("TIME", "'01:02:03'", ["'-838:59:59'"]), ("TIME(6)", "'01:02:03.000004'", ["'-00:00:00.5'"]),
    ("YEAR", "'2001'", ["2155", "1901"]),
    ("CHAR(5)", "'ab'", ["'x y'", "''"]), ("VARCHAR(20)", "'a\\\\b''c\"d'", ["'\u65e5\u672c'"]),
    ("VARCHAR(20) CHARACTER SET latin1", "'caf\u00e9'", ["'\u00fc'"]),
    ("BINARY(4)", "'ab'", ["x'00ff'", "x''"]), ("VARBINARY(9)", "'xyz'", ["x'8000'"]),
    ("ENUM('a','b c','\u00fc')", "'b c'", ["'a'", "'\u00fc'"]), ("SET('x','y','z')", "'x,z'", ["'y'", "''"]),
]
# No default is possible, or none that the server keeps as a literal.
UNDEFAULTED = [
    ("TINYTEXT", ["'tiny'"]), ("TEXT", ["'text'", "''"]), ("MEDIUMTEXT", ["'m'"]), ("LONGTEXT", ["'l'"]),
    ("TINYBLOB", ["x'01'"]), ("BLOB", ["x'00ff'"]), ("LONGBLOB", ["x''"]),
]


def typed_tables():
    """Three tables: nullable columns with a default, NOT NULL with, NOT NULL without."""
    for table, rule, defaulted in (("opt_def", "NULL", True), ("req_def", "NOT NULL", True),
                                   ("req", "NOT NULL", False)):
        columns = [f"c{i} {kind} {rule}" + (f" DEFAULT {default}" if defaulted else "")
                   for i, (kind, default, _) in enumerate(TYPED)]
        columns += [f"u{i} {kind} {rule}" for i, (kind, _) in enumerate(UNDEFAULTED)]
        yield table, f"CREATE TABLE {table} (id INT PRIMARY KEY, {', '.join(columns)}) CHARACTER SET utf8mb4"


def typed_row(table, key, turn):
    values = [values[turn % len(values)] for *_, values in TYPED]
    values += [values[turn % len(values)] for _, values in UNDEFAULTED]
    return f"INSERT INTO {table} VALUES ({key}, {', '.join(values)})"


def typed_null_row(table, key):
    """NULL where NULL may be, the default where there is one."""
    word = {"opt_def": "NULL", "req_def": "DEFAULT"}[table]
    last = "NULL" if table == "opt_def" else "'z'"
    values = [word] * len(TYPED) + [last] * len(UNDEFAULTED)
    return f"INSERT INTO {table} VALUES ({key}, {', '.join(values)})"


def shape_row(key, srid):
    shapes = ["GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1))", "POINT(1 2)", "POINT(-0.5 1e10)", "LINESTRING(0 0,1 1)",
              "POLYGON((0 0,1 0,1 1,0 0))"]
    if srid == 4326:  # latitudes
        shapes[2] = "POINT(-0.5 10)"
    return f"INSERT INTO shapes VALUES ({key}, " + ", ".join(f"ST_GeomFromText('{s}', {srid})" for s in shapes) + ")"


DOCUMENTS = ['{}', '[]', 'null', '"text \u00fc"', '{"b": 1, "a": [1, 2.5, true, null], "": {"x": "y"}}', '-7', '1e20']


def zero_row(key):
    return (f"INSERT INTO zeros VALUES ({key}, '0000-00-00', '0000-00-00', '0000-00-00', '0000-00-00 00:00:00', "
            "'0000-00-00 00:00:00', '0000-00-00 00:00:00', '0000-00-00 00:00:00')")


SETUP = [
    f"CREATE DATABASE {DB} CHARACTER SET utf8mb4", f"USE {DB}",
    *(sql for _, sql in typed_tables()),
    *(typed_row(table, turn, turn) for table, _ in typed_tables() for turn in (1, 2)),
    *(typed_null_row(table, 3) for table in ("opt_def", "req_def")),
    "CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, customer VARCHAR(30) NOT NULL, status ENUM('new','paid','sent') "
    "NOT NULL DEFAULT 'new', amount DECIMAL(10,2) NOT NULL DEFAULT '0.00', note TEXT, created_at TIMESTAMP NOT NULL DEFAULT "
    "CURRENT_TIMESTAMP, updated_at DATETIME NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP)",
    "INSERT INTO orders VALUES (1,'ann','new',10.50,'first','2024-01-01 00:00:00','2024-01-02 00:00:00'),"
    "(2,'bob','paid',20,NULL,'2024-01-01 00:00:01',NULL)",
    "CREATE TABLE composite (b VARCHAR(10) NOT NULL, a INT NOT NULL, v INT DEFAULT 5, PRIMARY KEY (b, a))",
    "INSERT INTO composite VALUES ('x',1,1),('y',2,NULL)",
    "CREATE TABLE keyless (a INT, b VARCHAR(20))",
    "INSERT INTO keyless VALUES (1,'x'),(NULL,NULL)",
    "CREATE TABLE uniq (a INT NOT NULL, b INT NOT NULL, c INT, UNIQUE KEY k (b))",
    "INSERT INTO uniq VALUES (1,2,3)",
    "CREATE TABLE `odd-name$x` (id INT PRIMARY KEY, `a-b` INT, `1st` VARCHAR(5), `\u00e9t\u00e9` INT)",
    "INSERT INTO `odd-name$x` VALUES (1,1,'x',2)",
    "CREATE TABLE evolving (id INT PRIMARY KEY, a INT, b VARCHAR(5), e ENUM('x','y'))",
    "INSERT INTO evolving VALUES (1,1,'b','x')",
    "CREATE TABLE secrets (id INT PRIMARY KEY, name VARCHAR(40), card CHAR(20) NOT NULL, mail VARCHAR(50), extra INT, "
    "big BIGINT UNSIGNED)",
    "INSERT INTO secrets VALUES (1,'Ann Lee','4111 1111','ann@x.org',7,18446744073709551615),(2,NULL,'5\u00fc',NULL,NULL,5)",
    "CREATE TABLE shapes (id INT PRIMARY KEY, g GEOMETRY, p POINT, n POINT NOT NULL, l LINESTRING NOT NULL, a POLYGON)",
    shape_row(1, 0), shape_row(2, 4326), "INSERT INTO shapes (id, n, l) VALUES (3, ST_GeomFromText('POINT(0 0)'), "
    "ST_GeomFromText('LINESTRING(0 0,1 1)'))",
    "CREATE TABLE docs (id INT PRIMARY KEY, j JSON)",
    *(f"INSERT INTO docs VALUES ({key}, '{text}')" for key, text in enumerate(DOCUMENTS)),
    "CREATE TABLE zeros (id INT PRIMARY KEY, d DATE, dn DATE NOT NULL, dd DATE NOT NULL DEFAULT '2000-01-01', t DATETIME, "
    "tn DATETIME(6) NOT NULL DEFAULT '0000-00-00 00:00:00', s TIMESTAMP NULL DEFAULT NULL, sn TIMESTAMP NOT NULL DEFAULT 0)",
    zero_row(1),
    "CREATE TABLE times (id INT PRIMARY KEY, d DATE NOT NULL DEFAULT '2020-02-29', dt DATETIME NOT NULL DEFAULT "
    "'2020-02-29 01:02:03', dt3 DATETIME(3) DEFAULT '2020-02-29 01:02:03.450', dt6 DATETIME(6), t TIME NOT NULL DEFAULT "
    "'01:02:03', t3 TIME(3) DEFAULT '00:00:00.5', t6 TIME(6), ts TIMESTAMP(6) NULL)",
    "INSERT INTO times VALUES (1,'1969-12-31','1999-01-01 00:00:00','1999-01-01 00:00:00.5','1969-12-31 23:59:59.999999',"
    "'23:59:59','01:00:00.1','00:00:00.000001','2001-09-09 01:46:40.123456'),(2,'2020-01-01','2020-01-01 00:00:00',NULL,NULL,"
    "'00:00:00',NULL,NULL,NULL)",
    "CREATE TABLE markers (id INT PRIMARY KEY)", "INSERT INTO markers VALUES (1)",
    "CREATE TABLE empty_one (id INT PRIMARY KEY, v INT)",
    zoo.create("zoo"),
]

# WAIT: rowhouse has shown what came before. It reads defaults from the data dictionary when it meets
# a new shape of a table; Debezium reads them from the statements.
STREAM = [
    *(typed_row(table, 10 + turn, turn) for table, _ in typed_tables() for turn in (1, 2)),
    *(typed_null_row(table, 13) for table in ("opt_def", "req_def")),
    *(f"DELETE FROM {table} WHERE id = 11" for table, _ in typed_tables()),
    "UPDATE opt_def SET c0 = NULL, c29 = 'other' WHERE id IN (1, 12)",
    "INSERT INTO orders (customer) VALUES ('cid'),('dan')",
    "UPDATE orders SET status='sent', amount=amount+1",
    "DELETE FROM orders WHERE id = 2",
    "INSERT INTO times VALUES (3,'0123-04-05','1700-01-01 00:00:00','2261-01-01 00:00:00.5','2200-12-31 23:59:59.999999',"
    "'00:00:00','01:00:00','12:00:00','2001-09-09 01:46:40.5')", "INSERT INTO times (id) VALUES (4)",
    "UPDATE times SET t3 = '10:11:12.013', dt3 = '2024-02-29 23:59:59.001' WHERE id < 3",
    "UPDATE orders SET id = 77 WHERE id = 1",
    "BEGIN", "INSERT INTO orders VALUES (100,'tx','new',1,NULL,'2024-05-05 05:05:05','2024-05-05 05:05:06')",
    "UPDATE composite SET v = 9", "INSERT INTO keyless VALUES (5,'five'),(6,'six')",
    "DELETE FROM orders WHERE id = 100", "COMMIT",
    "BEGIN", "INSERT INTO orders VALUES (101,'rolled','new',1,NULL,'2024-05-05 05:05:05',NULL)", "ROLLBACK",
    "UPDATE composite SET a = 4 WHERE a = 1", "DELETE FROM composite WHERE b = 'y'",
    "UPDATE keyless SET b='z' WHERE a = 1", "DELETE FROM keyless WHERE a IS NULL",
    "UPDATE uniq SET c = 4", "UPDATE uniq SET b = 5",
    "INSERT INTO `odd-name$x` VALUES (2,NULL,NULL,NULL)",
    "INSERT INTO empty_one VALUES (1, NULL)",
    "UPDATE secrets SET name = 'Bob Someone', extra = 8 WHERE id = 1", "DELETE FROM secrets WHERE id = 2",
    "INSERT INTO secrets VALUES (3,'\u65e5\u672c\u8a9e text','','m@n',1,9223372036854775808)",
    "TRUNCATE TABLE empty_one", "INSERT INTO empty_one VALUES (2, 2)",
    shape_row(11, 0), shape_row(12, 4326), "UPDATE shapes SET g = NULL, n = ST_GeomFromText('POINT(7 8)') WHERE id = 1",
    *(f"INSERT INTO docs VALUES ({10 + key}, '{text}')" for key, text in enumerate(DOCUMENTS)),
    "UPDATE docs SET j = NULL WHERE id = 0", zero_row(11), "UPDATE zeros SET dn = '2001-01-01' WHERE id = 1",
    # One kind of DDL after another, with a row after each.
    "WAIT",
    "ALTER TABLE evolving ADD COLUMN c INT NOT NULL DEFAULT 3", "INSERT INTO evolving VALUES (2,1,'b','x',4)",
    "WAIT", "ALTER TABLE evolving ADD COLUMN d VARCHAR(9) DEFAULT 'dd' AFTER id", "INSERT INTO evolving VALUES (3,'d',1,'b','y',4)",
    "ALTER TABLE evolving ADD COLUMN f DATETIME(6) FIRST", "UPDATE evolving SET a = 7",
    "ALTER TABLE evolving MODIFY a BIGINT NOT NULL", "UPDATE evolving SET a = 8",
    "ALTER TABLE evolving CHANGE b bb VARCHAR(50) CHARACTER SET latin1", "UPDATE evolving SET bb = 'caf\u00e9'",
    "ALTER TABLE evolving RENAME COLUMN bb TO bbb", "UPDATE evolving SET a = 9",
    "WAIT", "ALTER TABLE evolving MODIFY e ENUM('x','y','z') NOT NULL DEFAULT 'z'", "UPDATE evolving SET e = 'z'",
    "ALTER TABLE evolving DROP COLUMN f", "DELETE FROM evolving WHERE id = 3",
    "WAIT", "ALTER TABLE evolving ALTER COLUMN c SET DEFAULT 44", "INSERT INTO evolving (id, a) VALUES (4, 4)",
    "WAIT", "ALTER TABLE evolving ALTER COLUMN c DROP DEFAULT", "UPDATE evolving SET a = 10",
    "WAIT", "ALTER TABLE evolving DROP PRIMARY KEY, ADD PRIMARY KEY (id, a)", "UPDATE evolving SET c = 5",
    "ALTER TABLE evolving DROP PRIMARY KEY", "UPDATE evolving SET c = 6",
    "ALTER TABLE evolving ADD PRIMARY KEY (a, id)", "INSERT INTO evolving (id, a, c) VALUES (5, 5, 5)",
    "CREATE INDEX i ON evolving (c)", "UPDATE evolving SET c = 7 WHERE id = 5",
    "CREATE TABLE fresh (id INT PRIMARY KEY, v VARCHAR(5) DEFAULT 'x')", "INSERT INTO fresh (id) VALUES (1)",
    "CREATE TABLE fresh_like LIKE fresh", "INSERT INTO fresh_like VALUES (1,'y')",
    "CREATE TABLE fresh_copy (PRIMARY KEY (id)) SELECT * FROM fresh",
    "WAIT", "RENAME TABLE fresh_like TO fresh_new", "INSERT INTO fresh_new VALUES (2,NULL)",
    "WAIT", "DROP TABLE fresh", "CREATE TABLE fresh (id BIGINT PRIMARY KEY, w INT)", "INSERT INTO fresh VALUES (1, 1)",
]

END = ["CREATE TABLE the_end (id INT PRIMARY KEY)", "INSERT INTO the_end VALUES (1)"]


def zoo_rows(cursor, keys, seed):
    animals = zoo.Zoo(seed)
    for key in keys:
        animals.insert(cursor, "zoo", key)


COMMON = {"include.schema.changes": "false", "schema.name.adjustment.mode": "avro", "field.name.adjustment.mode": "avro"}

# What cases over a few tables need besides: the script's marks.
MARKS = ["markers", "the_end"]


def time_case(name, mode):
    """Only times of a day: for others Debezium's modes connect and isostring give NULL, or end with an error."""
    return Case(name, ["times", *MARKS], {**COMMON, "time.precision.mode": mode},
                {"kafka.headers": True, "format.time": mode})


CASES = [
    Case("default", ["*"], COMMON, {"kafka.headers": True}),
    Case("text", ["*"], {
        **COMMON, "decimal.handling.mode": "string", "bigint.unsigned.handling.mode": "precise",
        "binary.handling.mode": "hex", "time.precision.mode": "microseconds", "tombstones.on.delete": "false",
    }, {
        "kafka.headers": True, "format.decimal": "string", "format.bigint_unsigned": "precise",
        "format.binary": "hex", "format.time": "microseconds", "format.tombstones": False,
    }),
    Case("double", ["*"], {
        **COMMON, "decimal.handling.mode": "double", "binary.handling.mode": "base64",
        "skipped.operations": "u,t",
    }, {
        "kafka.headers": True, "format.decimal": "double", "format.binary": "base64",
        "format.skip_operations": ["u", "t"],
    }),
    Case("columns", ["secrets", "req", "req_def", "composite", "keyless", "orders", *MARKS], {
        **COMMON, "binary.handling.mode": "base64-url-safe", "include.query": "true",
        "column.mask.with.5.chars": "inv.secrets.name,inv.orders.status,inv.orders.note",
        "column.truncate.to.3.chars": "inv.secrets.mail,inv.req.u[04],inv.req.c31",
        "column.mask.hash.SHA-256.with.salt.abc": "inv.secrets.card,inv[.]req[.](c29|c33|c34|u1)",
        "column.mask.hash.v2.MD5.with.salt.x": "inv.req_def.(c28|c29)",
        "column.exclude.list": "inv.composite.a,inv.keyless.b,inv.secrets.extra",
        "message.key.columns": "inv.keyless:a;inv.composite:v,b",
    }, {
        "kafka.headers": True, "format.binary": "base64-url-safe", "format.query": True,
        "format.columns": {
            "inv.secrets.name": "mask 5", "inv.orders.status": "mask 5", "inv.orders.note": "mask 5",
            "inv.secrets.mail": "truncate 3", "/inv.req.u[04]/": "truncate 3", "inv.req.c31": "truncate 3",
            "inv.secrets.card": "hash-v1 SHA-256 abc", "/inv[.]req[.](c29|c33|c34|u1)/": "hash-v1 SHA-256 abc",
            "/inv.req_def.(c28|c29)/": "hash MD5 x"},
        "source.exclude_columns": ["inv.composite.a", "inv.keyless.b", "inv.secrets.extra"],
        "format.key_columns": {"inv.keyless": "a", "inv.composite": "v,b"},
    }),
    Case("transactions", ["orders", "composite", "keyless", "uniq", *MARKS], {
        **COMMON, "provide.transaction.metadata": "true", "heartbeat.interval.ms": "200",
        "topic.heartbeat.prefix": "heartbeats", "topic.transaction": "tx", "topic.delimiter": "-", "skipped.operations": "d",
    }, {
        "kafka.headers": True, "capture.transaction_metadata": True, "capture.heartbeat_topic_every": "200ms",
        "capture.heartbeat_topic_prefix": "heartbeats", "capture.transaction_topic": "tx", "capture.topic_delimiter": "-",
        "format.skip_operations": ["d", "t"],
    }),
    time_case("connect", "connect"), time_case("iso", "isostring"), time_case("nano", "nanoseconds"),
]
