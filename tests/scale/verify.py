"""`rowhouse verify` on a large table: rows a second, the time to name one differing row of each kind, peak memory.

Usage: verify.py [ROWS]      (10,000,000 unless given; MariaDB, Kafka and the embedded ClickHouse)

Both servers make the rows by themselves, so that nothing but verify is measured. Prints a JSON object a step. A changed, a
missing and an extra row among the table's, and a doubled one of a table without key (a tenth as large), are named and repaired.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import servers  # noqa: E402

MAKE = """CREATE TABLE shop.big (id BIGINT NOT NULL PRIMARY KEY, customer INT NOT NULL, name VARCHAR(40),
 price DECIMAL(10,2) NOT NULL, created_at DATETIME NOT NULL, state ENUM('new','paid','sent') NOT NULL,
 note VARCHAR(100)) CHARACTER SET utf8mb4"""
MYSQL_ROWS = """INSERT INTO shop.big SELECT seq, seq % 100000, CONCAT('name ', seq), (seq % 100000) / 100,
 '2020-01-01' + INTERVAL seq % 100000000 SECOND, ELT(1 + seq % 3, 'new', 'paid', 'sent'),
 IF(seq % 5 = 0, NULL, CONCAT('note of row ', seq, ' ümlaut')) FROM seq_{first}_to_{last}"""
CLICKHOUSE_ROWS = """INSERT INTO demo_tables.big SELECT number AS id, number % 100000, concat('name ', toString(number)),
 toDecimal64((number % 100000), 2) / 100, toDateTime64('2020-01-01 00:00:00', 0, 'UTC') + INTERVAL number % 100000000 SECOND,
 ['new', 'paid', 'sent'][1 + number % 3],
 if(number % 5 = 0, NULL, concat('note of row ', toString(number), ' ümlaut')), toUInt128(number), 0
 FROM numbers(1, {rows})"""


BARE = "SELECT id AS a, name AS b FROM {table} WHERE id <= {rows}"


def verify(config, *arguments, table="big"):
    started = time.monotonic()
    done = subprocess.run(["/usr/bin/time", "-v", servers.binary(), "verify", table, "-c", config, "-o", "json",
                           "--settle", "0", *arguments], capture_output=True, text=True)
    seconds = time.monotonic() - started
    assert done.returncode in (0, 3), done.stderr
    told = json.loads(done.stdout)
    assert not told["failures"], told
    table = told["tables"][0]
    peak = re.search(r"Maximum resident set size \(kbytes\): (\d+)", done.stderr)
    return {"arguments": arguments, "state": table["state"], "rows": table["rows_mysql"],
            "seconds": round(seconds, 2), "rows_per_second": round(table["rows_mysql"] / seconds),
            "peak_mb": int(peak.group(1)) // 1024, "repaired": table["repaired"],
            "named": [[d["kind"], d.get("key") or d.get("row")] for d in table["differences"]]}


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        started = []
        try:
            for server in (servers.Kafka(directory / "kafka"), servers.ClickHouse(directory / "clickhouse"),
                           servers.Database(directory / "mariadb", "mariadb")):
                started.append(server.start())
            kafka, clickhouse, database = started
            with database.connect() as connection, connection.cursor() as cursor:
                cursor.execute("SET sql_log_bin = 0")
                cursor.execute("CREATE DATABASE shop")
                cursor.execute("USE shop")
                cursor.execute(MAKE)
                for first in range(1, rows + 1, 1_000_000):
                    cursor.execute(MYSQL_ROWS.format(first=first, last=min(first + 999_999, rows)))
                cursor.execute("CREATE TABLE shop.bare (a BIGINT, b VARCHAR(40)) CHARACTER SET utf8mb4")
                cursor.execute("INSERT INTO shop.bare " + BARE.format(table="shop.big", rows=rows // 10))
            run = servers.Rowhouse(directory / "rowhouse", database, kafka, clickhouse, ["shop.*"])
            run.command("setup")
            for table in ("big", "bare"):
                clickhouse.query(f"DROP VIEW IF EXISTS demo_tables.{table}_mv")
            clickhouse.query(CLICKHOUSE_ROWS.format(rows=rows))
            print(json.dumps(verify(run.config)))
            print(json.dumps(verify(run.config, "--mode", "count")))
            some = {"changed": rows // 3, "missing": rows // 2, "extra": rows + 5}
            put, from_big = "INSERT INTO demo_tables.big SELECT * REPLACE", "FROM (SELECT * FROM demo_tables.big WHERE id = {})"
            breaks = {"changed": f"{put} ('other' AS name, _version + 1 AS _version) " + from_big.format(some["changed"]),
                      "missing": f"ALTER TABLE demo_tables.big DELETE WHERE id = {some['missing']} SETTINGS mutations_sync = 2",
                      "extra": f"{put} ({some['extra']} AS id) " + from_big.format(1)}
            for kind, sql in breaks.items():
                clickhouse.query(sql)
                found = verify(run.config)
                assert found["named"] == [[kind, {"id": str(some[kind])}]], found
                print(json.dumps(found), flush=True)
                mended = verify(run.config, "--repair")
                assert mended["repaired"] == 1, mended
            print(json.dumps(verify(run.config)))
            bare = BARE.format(table="demo_tables.big FINAL", rows=rows // 10)
            clickhouse.query(f"INSERT INTO demo_tables.bare SELECT a, b, toUInt128(a) AS _version, 1 AS _sign FROM ({bare})")
            clickhouse.query("INSERT INTO demo_tables.bare SELECT * REPLACE (_version + 1000000000 AS _version)"
                             " FROM (SELECT * FROM demo_tables.bare WHERE a = 7)")
            found = verify(run.config, table="bare")
            assert [name for _, name in found["named"]] == [{"a": "7", "b": "name 7"}], found
            print(json.dumps(found), flush=True)
            assert verify(run.config, "--repair", table="bare")["repaired"] == 1
            assert verify(run.config, table="bare")["state"] == "equal"
        finally:
            for server in reversed(started):
                server.stop()


if __name__ == "__main__":
    main()
