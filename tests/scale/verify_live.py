"""False alarms of `rowhouse verify` while rows change: none is right.

Usage: verify_live.py [MINUTES] [FLAVOR...]      (60 mariadb mysql; Kafka and the embedded ClickHouse)

Writers change tables of three kinds of key all the time, in transactions, some rolled back, some of one row that is hot;
`verify` runs over them in turn by every mode. Prints a JSON object a pass that saw a difference, one a minute, and
the sums. Ends with 1 when there was a false alarm, or when both sides differ after the writers have ended.
"""

import collections
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import pymysql  # noqa: E402

import servers  # noqa: E402

ROWS = 40_000
MODES = ("checksum", "rows", "checksum", "count")
TABLES = {
    "busy": "id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT, n INT, t VARCHAR(30), at DATETIME(6)",
    "words": "word VARCHAR(40) NOT NULL, lang CHAR(2) NOT NULL, n INT, PRIMARY KEY (word, lang)",
    "bare": "a INT, b VARCHAR(20)",
}


def transaction(dice, cursor):
    """A handful of statements on rows of chance."""
    key = dice.randrange(1, ROWS * 2)
    word = f"{'aÄbßz'[key % 5]}{key % 9000}"
    cursor.execute(dice.choice([
        f"UPDATE busy SET n = n + 1, at = NOW(6) WHERE id = {key}",
        "UPDATE busy SET n = n + 1 WHERE id = 1",
        f"UPDATE busy SET t = 'swept' WHERE id BETWEEN {key} AND {key + 200}",
        f"DELETE FROM busy WHERE id = {key}",
        f"REPLACE INTO busy VALUES ({key}, {key % 7}, 'again', NOW(6))",
        f"UPDATE IGNORE busy SET id = {dice.randrange(1, ROWS * 2)} WHERE id = {key}",
        "INSERT INTO busy (n, t) VALUES (1, 'new'), (2, 'new'), (3, NULL)"]))
    cursor.execute(dice.choice([
        f"INSERT IGNORE INTO words VALUES ('{word}', 'de', {key})",
        f"UPDATE words SET n = n + 1 WHERE word = '{word}'",
        f"DELETE FROM words WHERE word = '{word}'"]))
    cursor.execute(dice.choice([
        f"INSERT INTO bare VALUES ({key % 40}, 'b{key % 3}')",
        f"UPDATE bare SET b = 'c' WHERE a = {key % 40} LIMIT 2",
        f"DELETE FROM bare WHERE a = {key % 40} LIMIT 2"]))


def write(database, seed, stop, counts):
    dice = random.Random(seed)
    with database.connect(db="live") as connection, connection.cursor() as cursor:
        while not stop.wait(0.004):
            connection.begin()
            try:
                for _ in range(dice.randrange(1, 4)):
                    transaction(dice, cursor)
                connection.rollback() if dice.random() < 0.1 else connection.commit()
                counts["transactions"] += 1
            except pymysql.err.OperationalError:  # a deadlock
                connection.rollback()


def verify(run, mode):
    done = subprocess.run([servers.binary(), "verify", "--mode", mode, "-o", "json", "-c", run.config],
                          capture_output=True, text=True, timeout=900)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def look(run, mode, counts):
    """One pass; what it says of the tables goes into the counts."""
    report = verify(run, mode)
    counts["passes"] += 1
    for table in report["tables"]:
        counts[table["state"]] += 1
        counts["rows"] += table["rows_mysql"]
        counts["looked_again"] += table["looked_again"]
        counts["undecided_rows"] += table["undecided"]
    counts["failures"] += len(report["failures"])  # a server that was away, on a starved machine
    if any(table["state"] == "undecided" for table in report["tables"]):
        print(json.dumps({"undecided": [table["note"] for table in report["tables"]]}), flush=True)
    if any(table["state"] == "different" for table in report["tables"]):
        print(json.dumps(report)[:4000], flush=True)
        counts["alarms"] += 1


def watch(directory, database, kafka, clickhouse, minutes):
    """Writers and passes on one server for so long; gives the counts."""
    counts, flavor = collections.Counter(alarms=0), database.flavor
    run = servers.Rowhouse(directory / f"run_{flavor}", database, kafka, clickhouse, ["live.*"], pipeline=f"live_{flavor}",
                           prefix=f"live_{flavor}", sink__current_database=f"live_{flavor}",
                           sink__history_database=f"live_{flavor}_history")
    stop = threading.Event()
    writers = [threading.Thread(target=write, args=(database, seed, stop, counts)) for seed in range(2)]
    try:
        with database.connect() as connection, connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE live CHARACTER SET utf8mb4")
            for name, columns in TABLES.items():
                cursor.execute(f"CREATE TABLE live.{name} ({columns})")
            for start in range(0, ROWS, 1000):
                cursor.execute("INSERT INTO live.busy (n, t) VALUES " + ", ".join(f"({n}, 'x')" for n in range(start, start + 1000)))
        run.start()
        for writer in writers:
            writer.start()
        end, told = time.monotonic() + minutes * 60, time.monotonic()
        while time.monotonic() < end:
            look(run, MODES[counts["passes"] % len(MODES)], counts)
            if time.monotonic() - told > 60:
                told = time.monotonic()
                print(json.dumps({"flavor": flavor, "minutes_left": round((end - told) / 60), **counts}), flush=True)
        stop.set()
        for writer in writers:
            writer.join()
        look(run, "rows", counts)
        return counts
    finally:
        stop.set()
        run.stop()


def main():
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    flavors = sys.argv[2:] or ["mariadb", "mysql"]
    results, databases = {}, []
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        kafka = servers.Kafka(directory / "kafka").start()
        clickhouse = servers.ClickHouse(directory / "clickhouse").start()

        def one(database):
            results[database.flavor] = watch(directory, database, kafka, clickhouse, minutes)

        try:
            for flavor in flavors:
                databases.append(servers.Database(directory / flavor, flavor).start())
            watchers = [threading.Thread(target=one, args=(database,)) for database in databases]
            for watcher in watchers:
                watcher.start()
            for watcher in watchers:
                watcher.join()
        finally:
            for server in (*databases, clickhouse, kafka):
                server.stop()
    print(json.dumps(results), flush=True)
    return 0 if len(results) == len(flavors) and not any(r["alarms"] for r in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
