"""A table with every supported type, and random rows for it.

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


def create(table, keyed=True):
    key = "id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT" if keyed else "id BIGINT NOT NULL"
    columns = ", ".join(f"`{name}` {kind}" for name, kind in COLUMNS)
    return f"CREATE TABLE {table} ({key}, {columns}) CHARACTER SET utf8mb4"


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
}


class Zoo:
    def __init__(self, seed):
        self.random = random.Random(seed)

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
        return {name: self.value(name) for name, _ in COLUMNS}

    def insert(self, cursor, table, key=None):
        row = self.row()
        if key is not None:
            row = {"id": key, **row}
        names = ", ".join(f"`{n}`" for n in row)
        marks = ", ".join(["%s"] * len(row))
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))

    def update(self, cursor, table, where):
        names = self.random.sample([n for n, _ in COLUMNS], 4)
        sets = ", ".join(f"`{n}`=%s" for n in names)
        cursor.execute(f"UPDATE {table} SET {sets} WHERE {where}",
                       [self.value(n) for n in names])
