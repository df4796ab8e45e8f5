"""A table with every type of a server, and random rows for it.

Zoo(seed) has what both servers have and no surprises; Zoo(seed, "mysql") and Zoo(seed, "mariadb") have
every type of theirs.

The generator is seeded, so a failing round can be run again.
"""

import random
import string

COLUMNS = [
    ("t", "TINYINT"), ("tu", "TINYINT UNSIGNED"), ("s", "SMALLINT"), ("su", "SMALLINT UNSIGNED"),
    ("m", "MEDIUMINT"), ("mu", "MEDIUMINT UNSIGNED"), ("i", "INT"), ("iu", "INT UNSIGNED"),
    ("b", "BIGINT"), ("bu", "BIGINT UNSIGNED"), ("dec_small", "DECIMAL(10,2)"),
    ("dec_big", "DECIMAL(38,10)"), ("dec_huge", "DECIMAL(65,30)"), ("f", "FLOAT"), ("d", "DOUBLE"),
    ("c", "CHAR(10)"), ("vc", "VARCHAR(60)"), ("latin", "VARCHAR(40) CHARACTER SET latin1"),
    ("tx", "TEXT"), ("bin", "BINARY(8)"), ("vb", "VARBINARY(40)"), ("bl", "BLOB"),
    ("da", "DATE"), ("ti", "TIME"), ("ti6", "TIME(6)"), ("dt", "DATETIME"), ("dt3", "DATETIME(3)"),
    ("dt6", "DATETIME(6)"), ("ts", "TIMESTAMP NULL"), ("ts6", "TIMESTAMP(6) NULL"), ("y", "YEAR"),
    ("en", "ENUM('new','paid','lost, found','ümlaut')"), ("st", "SET('a','b','c','d')"),
    ("bit1", "BIT(1)"), ("bit13", "BIT(13)"), ("bit64", "BIT(64)"),
]

LABELS = [f"label {n}" for n in range(64)]
MORE = [
    *[(f"ti{n}", f"TIME({n})") for n in (1, 2, 3, 4, 5)],
    *[(f"dt{n}", f"DATETIME({n})") for n in (1, 2, 4, 5)],
    *[(f"ts{n}", f"TIMESTAMP({n}) NULL") for n in (1, 2, 3, 4, 5)],
    ("dec0", "DECIMAL(65,0)"), ("dec_all", "DECIMAL(30,30)"), ("dec_u", "DECIMAL(20,5) UNSIGNED"),
    ("fmd", "FLOAT(7,3)"), ("dmd", "DOUBLE(15,4)"), ("zf", "INT(8) UNSIGNED ZEROFILL"),
    ("boo", "BOOLEAN"), ("bit8", "BIT(8)"),
    ("ttx", "TINYTEXT"), ("mtx", "MEDIUMTEXT CHARACTER SET ucs2"), ("ltx", "LONGTEXT"),
    ("tbl", "TINYBLOB"), ("mbl", "MEDIUMBLOB"), ("lbl", "LONGBLOB"), ("cb", "CHAR(0)"),
    ("c255", "CHAR(255)"), ("vc1000", "VARCHAR(1000)"), ("vb300", "VARBINARY(300)"),
    ("en_odd", "ENUM('','a,b','it''s','back\\\\slash','\"q\"') CHARACTER SET latin1"),
    ("en300", "ENUM(" + ",".join(f"'e{n}'" for n in range(300)) + ")"),
    ("st64", "SET(" + ",".join(f"'{label}'" for label in LABELS) + ")"),
    ("g", "GEOMETRY"), ("gp", "POINT"), ("gl", "LINESTRING"), ("ga", "POLYGON"),
    ("gmp", "MULTIPOINT"), ("gml", "MULTILINESTRING"), ("gma", "MULTIPOLYGON"),
    ("gc", "GEOMETRYCOLLECTION"), ("g4326", "GEOMETRY"),
    ("virt", "VARCHAR(100) AS (CONCAT(vc, '!')) VIRTUAL"),
    ("stored", "BIGINT AS (i * 2) STORED"),
]
OWN = {
    "mysql": [("js", "JSON"), ("ve", "VECTOR(3)"), ("hid", "INT INVISIBLE")],
    "mariadb": [
        ("js", "JSON"), ("uu", "UUID"), ("i4", "INET4"), ("i6", "INET6"), ("hid", "INT INVISIBLE"),
        ("zvc", "VARCHAR(300) COMPRESSED"), ("ztx", "TEXT CHARACTER SET latin1 COMPRESSED"),
        ("zvb", "VARBINARY(100) COMPRESSED"), ("zbl", "LONGBLOB COMPRESSED"),
    ],
    None: [],
}
GENERATED = ("virt", "stored")


def columns_of(flavor):
    return COLUMNS + (MORE + OWN[flavor] if flavor else [])


def create(table, keyed=True, flavor=None):
    key = "id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT" if keyed else "id BIGINT NOT NULL"
    columns = ", ".join(f"`{name}` {kind}" for name, kind in columns_of(flavor))
    return f"CREATE TABLE {table} ({key}, {columns}) CHARACTER SET utf8mb4"


# Shapes go in as text.
SHAPES = {
    "gp": ["POINT(1 2)", "POINT(-0.5 1e300)", "POINT(0 0)"],
    "gl": ["LINESTRING(0 0,1 1)", "LINESTRING(1 2,3 4,5 6)"],
    "ga": ["POLYGON((0 0,1 0,1 1,0 0))", "POLYGON((0 0,9 0,9 9,0 0),(2 1,3 1,3 2,2 1))"],
    "gmp": ["MULTIPOINT(1 2,3 4)"], "gml": ["MULTILINESTRING((0 0,1 1),(2 2,3 3,4 4))"],
    "gma": ["MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))"],
    "gc": ["GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1))"],
}
SHAPES["g"] = [shape for shapes in list(SHAPES.values()) for shape in shapes]
SHAPES["g4326"] = ["POINT(1 2)", "LINESTRING(0 0,1 1)"]


def place(name, flavor):
    """What stands in an INSERT or UPDATE for the column's value."""
    if name in SHAPES:
        return "ST_GeomFromText(%s, 4326)" if name == "g4326" else "ST_GeomFromText(%s)"
    return "TO_VECTOR(%s)" if name == "ve" else "%s"


def fractions(kind, digits):
    edge = "9" * digits
    if kind == "ti":
        return [f"-00:00:00.{edge}", f"838:59:58.{edge}", "00:00:00", "-838:59:59"]
    zero = ["0000-00-00 00:00:00", "2026-00-10 01:02:03", "2026-02-00 00:00:00"] if kind == "dt" else ["0000-00-00 00:00:00"]
    return [f"2026-06-30 23:59:59.{edge}", "2001-01-01 00:00:00", *zero]


JSONS = [
    "{}", "[]", "null", "true", "-5", "70000", "18446744073709551615", "-9223372036854775808", "1.5",
    "1e300", "0.1", "1e15", "100.0", "-0.0", '""', '"ümlaut \\u0001 \\n \\\\ / \\" 😀"',
    '{"b": 1, "a": {"x": [1, [2, {}], null]}, "": false, "ccc": "long key first?"}',
    '{"list": [' + ", ".join(str(n * 1001) for n in range(200)) + "]}",
    '{"big": "' + "x" * 70000 + '", "n": [70000, -70000, 4294967295, 1.25]}',
]

EDGES = {
    "t": [-128, 127, 0], "tu": [0, 255], "s": [-32768, 32767], "su": [0, 65535],
    "m": [-8388608, 8388607, -1], "mu": [0, 16777215], "i": [-2**31, 2**31 - 1],
    "iu": [0, 2**32 - 1], "b": [-2**63, 2**63 - 1], "bu": [0, 2**63, 2**64 - 1],
    "dec_small": ["-99999999.99", "0.00", "0.01", "-0.01", "99999999.99"],
    "dec_big": ["-9999999999999999999999999999.9999999999", "1.0000000001"],
    "dec_huge": ["9" * 35 + "." + "9" * 30, "-0." + "0" * 29 + "1"],
    "f": [0, 1.1, -3.4e38, 1e-30, 16777216], "d": [0, 0.1, -1.7e308, 5e-300],
    "da": ["1000-01-01", "1969-12-31", "2024-02-29", "9999-12-31"],
    "ti": ["-838:59:59", "838:59:59", "00:00:00", "-00:00:01"],
    "ti6": ["-00:00:00.010000", "838:59:58.999999", "-12:30:00.500001"],
    "dt": ["1000-01-01 00:00:00", "9999-12-31 23:59:59", "1969-12-31 23:59:59"],
    "dt3": ["2026-06-30 23:59:59.999"], "dt6": ["1999-12-31 23:59:59.000001"],
    "ts": ["1970-01-01 00:00:01", "2038-01-19 03:14:07"],
    "ts6": ["2001-09-09 01:46:40.000100"], "y": [1901, 2155, 0],
    "en": ["new", "lost, found", "ümlaut"], "st": ["", "a", "a,d", "a,b,c,d"],
    "bit1": [0, 1], "bit13": [0, 8191, 4097], "bit64": [0, 2**64 - 1, 2**63],
    "c": ["", "pad  x", "ü"], "vc": ["", "trailing ", "日本語", "'\"\\\n\t"],
    "latin": ["", "café €"], "tx": ["", "x" * 9000], "bin": [b"", b"\0\1", b"\0" * 8, b"ends\0\0"],
    "vb": [b"", b"\xff\0\x80"], "bl": [b"", bytes(range(256))],
    **{f"{kind}{n}": fractions(kind, n) for kind in ("ti", "dt", "ts") for n in (1, 2, 4, 5)},
    "ti3": fractions("ti", 3), "ts3": fractions("ts", 3),
    "dec0": ["9" * 65, "-" + "9" * 65, "0", "9223372036854775808", "-9223372036854775809"],
    "dec_all": ["0." + "9" * 30, "-0." + "0" * 29 + "1", "0"], "dec_u": ["0", "999999999999999.99999"],
    "fmd": ["1234.567", "-0.001"], "dmd": ["12345678901.1234", "-0.0001"], "zf": [0, 7, 2**32 - 1],
    "boo": [0, 1, -128], "bit8": [0, 255],
    "ttx": ["", "日" * 85], "mtx": ["", "ucs2: 日本 é"], "ltx": ["", "y" * 70000],
    "tbl": [b"", b"\0"], "mbl": [b"", b"\xff" * 300], "lbl": [b"", b"\x80" * 70000], "cb": [""],
    "c255": ["", "é" * 255, "in  side   "], "vc1000": ["", "日" * 1000], "vb300": [b"", b"\0" * 300],
    "en_odd": ["", "a,b", "it's", "back\\slash", '"q"', "no such label"], "en300": ["e0", "e254", "e255", "e299"],
    "st64": ["", LABELS[0], LABELS[63], ",".join(LABELS), ",".join(LABELS[31:33])],
    "js": JSONS, "ve": ["[1,2,3]", "[-0.5,1e-30,3.4e38]", "[0,0,0]"], "hid": [0, -1],
    "uu": ["123e4567-e89b-12d3-a456-426655440000", "00000000-0000-0000-0000-000000000000",
           "ffffffff-ffff-ffff-ffff-ffffffffff00"],
    "i4": ["0.0.0.0", "255.255.255.255", "10.0.0.0"],
    "i6": ["::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::ff00:42:0", "::ffff:1.2.3.4", "1::"],
    "zvc": ["", "z" * 300, "short é"], "ztx": ["", "café €" * 200, "t"],
    "zvb": [b"", b"\0" * 100, b"\x89\0"], "zbl": [b"", b"b" * 100000, bytes(range(256))],
    **SHAPES,
}
EDGES["da"] += ["0001-01-01", "0000-00-00", "2026-00-10", "2026-01-00"]
EDGES["dt"] += ["0001-01-01 00:00:00", "0000-00-00 00:00:00", "2026-00-10 01:02:03"]
EDGES["ts"] += ["0000-00-00 00:00:00"]
EDGES["y"] += [2000, 1970]


class Zoo:
    def __init__(self, seed, flavor=None):
        self.random = random.Random(seed)
        self.flavor = flavor
        self.names = [name for name, _ in columns_of(flavor) if name not in GENERATED]

    def _plain(self, name):
        r = self.random
        if name in ("c", "vc", "latin", "tx"):
            return "".join(r.choices(string.ascii_letters + " éß", k=r.randrange(0, 10)))
        if name in ("bin", "vb", "bl"):
            return r.randbytes(r.randrange(0, 9))
        if name in ("f", "d"):
            return r.uniform(-1e6, 1e6)
        if name == "dec_small":
            return f"{r.randrange(-10**8, 10**8)}.{r.randrange(100):02}"
        if name in ("dec_big", "dec_huge"):
            return f"{r.randrange(-10**20, 10**20)}.{r.randrange(10**8):08}"
        if name in ("dt", "dt3", "dt6", "ts", "ts6"):
            return (f"20{r.randrange(0, 37):02}-{r.randrange(1, 13):02}-{r.randrange(1, 29):02} "
                    f"{r.randrange(24):02}:{r.randrange(60):02}:{r.randrange(60):02}"
                    f".{r.randrange(10**6):06}")
        if name in ("ti", "ti6"):
            sign = r.choice(["", "-"])
            return f"{sign}{r.randrange(800):02}:{r.randrange(60):02}:{r.randrange(60):02}.{r.randrange(10**6):06}"
        return r.choice(EDGES[name])

    def value(self, name):
        dice = self.random.random()
        if dice < 0.1:
            return None
        return self.random.choice(EDGES[name]) if dice < 0.5 else self._plain(name)

    def row(self):
        return {name: self.value(name) for name in self.names}

    def insert(self, cursor, table, key=None):
        row = self.row()
        if key is not None:
            row = {"id": key, **row}
        self.insert_row(cursor, table, row)

    def insert_row(self, cursor, table, row):
        names = ", ".join(f"`{n}`" for n in row)
        places = ", ".join(place(n, self.flavor) for n in row)
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(row.values()))

    def insert_edges(self, cursor, table):
        """Every odd value of every column at least once, and a row of NULLs."""
        self.insert_row(cursor, table, {name: None for name in self.names})
        for i in range(max(len(EDGES[name]) for name in self.names)):
            self.insert_row(cursor, table, {n: EDGES[n][i % len(EDGES[n])] for n in self.names})

    def update(self, cursor, table, where):
        names = self.random.sample(self.names, 4)
        sets = ", ".join(f"`{n}`={place(n, self.flavor)}" for n in names)
        cursor.execute(f"UPDATE {table} SET {sets} WHERE {where}",
                       [self.value(n) for n in names])
