"""`rowhouse verify`: what differs is found, named and repaired; what only lags is not a difference."""

import json
import os
import random
import signal
import threading

import pytest
import requests

import rowcheck
import servers
import test_types
import zoo
from test_resync import equal as both_sides_equal, make


def verify(run, *arguments):
    """Exit status and the report."""
    done = run.command("verify", *arguments, "-o", "json", check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def table_of(report, name):
    return next(t for t in report["tables"] if t["table"].endswith("." + name))


def equal(run, *arguments):
    code, report = verify(run, *arguments)
    bad = [t for t in report["tables"] if t["state"] != "equal"] + report["failures"]
    assert code == 0 and not bad, json.dumps(bad, indent=1)[:3000]
    return report


def settled(connection, clickhouse, db, name, **where):
    """Waits until the tests' own comparison says equal."""
    servers.wait_until(lambda: rowcheck.differences(connection, clickhouse, db, name, **where) == "",
                       f"{name} is equal", 60)


@pytest.fixture
def own_databases(db):
    return {"sink__history_database": f"h_{db}", "sink__current_database": f"c_{db}"}


def test_rows_of_every_type_are_equal_and_one_changed_cell_of_each_is_named(
        database, clickhouse, db, pipeline, own_databases):
    flavor = database.flavor
    connection = database.connect(db=db)
    cursor = connection.cursor()
    animals = zoo.Zoo(11, flavor)
    cursor.execute(zoo.create("zoo", True, flavor))
    animals.insert_edges(cursor, "zoo")
    for _ in range(100):
        animals.insert(cursor, "zoo")
    cursor.execute(zoo.create("bare", False, flavor))
    for number in range(40):
        animals.insert(cursor, "bare", number // 2)
    cases = [*test_types.key_cases(flavor), test_types.charset_case(connection), test_types.zero_case()]
    for case in cases:
        for statement in case.before:
            cursor.execute(statement)
    run = pipeline(**own_databases).start()
    for case in cases:
        for statement in case.stream:
            cursor.execute(statement)
    for number in range(30):
        animals.update(cursor, "zoo", f"id={number + 1}")
    current = f"c_{db}"
    settled(connection, clickhouse, db, "zoo", database=current)
    settled(connection, clickhouse, db, "bare", database=current)

    report = equal(run)
    assert all(not t["not_compared"] for t in report["tables"])
    assert {t["table"] for t in report["tables"]} == {
        f"{db}.{name}" for name in ["zoo", "bare", *[case.name for case in cases]]}
    equal(run, "--mode", "rows")
    equal(run, "--mode", "count")

    changed = change_a_cell_of_each_column(clickhouse, current, flavor)
    code, report = verify(run, "zoo")
    assert code == 3
    zoo_table = table_of(report, "zoo")
    named = {int(row["key"]["id"]): {c["column"] for c in row["cells"]}
             for row in zoo_table["differences"] if row["kind"] == "changed"}
    assert named == {key: {column} for column, key in changed.items()}
    assert zoo_table["differing"] == len(changed)

    code, report = verify(run, "zoo", "--repair")
    assert code == 0 and table_of(report, "zoo")["repaired"] == len(changed)
    equal(run, "zoo", "--mode", "rows")
    assert rowcheck.differences(connection, clickhouse, db, "zoo", database=current) == ""


def change_a_cell_of_each_column(clickhouse, database, flavor, table="zoo"):
    """Gives another row's value to one row each; tells which row of each column."""
    names = [name for name, _ in zoo.columns_of(flavor)]
    changed = {}
    columns = ", ".join(f"toString(`{name}`)" for name in names)
    rows = clickhouse.rows(f"SELECT id, {columns} FROM {database}.{table} FINAL ORDER BY id")
    for number, name in enumerate(names):
        key, old = rows[number][0], rows[number][number + 1]
        other = next((row[0] for row in rows if row[number + 1] != old), None)
        if other is None:
            continue  # CHAR(0) of one value
        changed[name] = int(key)
        clickhouse.query(
            f"INSERT INTO {database}.{table} SELECT a.* REPLACE (b.`{name}` AS `{name}`, a._version + 1 AS _version)"
            f" FROM (SELECT * FROM {database}.{table} FINAL WHERE id = {key}) AS a"
            f" CROSS JOIN (SELECT `{name}` FROM {database}.{table} FINAL WHERE id = {other}) AS b")
    assert len(changed) >= len(names) - 1
    return changed


BIG = 100_000


def test_missing_extra_changed_and_doubled_rows_are_found_and_repaired(
        database, clickhouse, db, pipeline, own_databases):
    connection = database.connect(db=db)
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE digits (d INT PRIMARY KEY)")
    cursor.execute("INSERT INTO digits VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)")
    cursor.execute("CREATE TABLE big (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(30), price DECIMAL(10,2),"
                   " updated_at DATETIME NOT NULL)")
    cursor.execute(
        "INSERT INTO big SELECT n, CONCAT('name ', n), n / 7, '2026-01-01' + INTERVAL n MINUTE FROM"
        " (SELECT a.d+10*b.d+100*c.d+1000*e.d+10000*f.d AS n FROM digits a, digits b, digits c, digits e,"
        " digits f) AS t")
    cursor.execute("CREATE TABLE words (word VARCHAR(40) NOT NULL, lang CHAR(2) NOT NULL, n INT,"
                   " PRIMARY KEY (word, lang)) CHARACTER SET utf8mb4")
    cursor.execute("INSERT INTO words SELECT CONCAT(CHAR(97 + id % 26), 'ö', id), ELT(1 + id % 2, 'DE', 'en'), id"
                   " FROM big WHERE id < 3000")
    cursor.execute("CREATE TABLE bare (a INT, b VARCHAR(10))")
    cursor.execute("INSERT INTO bare SELECT id % 50, CONCAT('b', id % 50) FROM big WHERE id < 500")
    run = pipeline(**own_databases).start()
    current = f"c_{db}"
    counts = {"big": BIG, "words": 3000, "bare": 500}
    for name, rows in counts.items():
        servers.wait_until(lambda: clickhouse.query(f"SELECT count() FROM {current}.{name}_current")
                           .strip() == str(rows), f"{name} is loaded", 120)
    equal(run)

    def put(name, select):
        clickhouse.query(f"INSERT INTO {current}.{name} {select}")

    same = f"FROM {current}.big FINAL WHERE"
    clickhouse.query(f"ALTER TABLE {current}.big DELETE WHERE id = 77777", mutations_sync=2)
    put("big", f"SELECT * REPLACE (_version + 1 AS _version, 1 AS _is_deleted) {same} id = 5")
    six = f"FROM (SELECT * {same} id = 6)"
    put("big", f"SELECT * REPLACE (1000006 AS id) {six}")
    put("big", f"SELECT * REPLACE (2000006 AS id, toUInt128(-1) AS _version) {six}")
    put("big", f"SELECT * REPLACE ('other' AS name, _version + 1 AS _version) {same} id = 99999")
    put("words", "SELECT * REPLACE (-1 AS n, _version + 1 AS _version) "
        f"FROM (SELECT * FROM {current}.words FINAL WHERE n = 2999)")
    put("words", "SELECT * REPLACE (upper(word) AS word) "
        f"FROM (SELECT * FROM {current}.words FINAL WHERE n = 7)")
    put("bare", f"SELECT * REPLACE (_version + 1000000 AS _version) FROM {current}.bare FINAL WHERE a = 3 LIMIT 1")
    put("bare", f"SELECT * REPLACE (toUInt128(-1) AS _version) FROM {current}.bare FINAL WHERE a = 5 LIMIT 1")
    clickhouse.query(f"ALTER TABLE {current}.bare DELETE WHERE a = 4 AND _version ="
                     f" (SELECT min(_version) FROM {current}.bare WHERE a = 4)", mutations_sync=2)

    code, report = verify(run)
    assert code == 3 and not report["equal"]
    big = {(r["kind"], r["key"]["id"]) for r in table_of(report, "big")["differences"]}
    assert big == {("missing", "77777"), ("missing", "5"), ("extra", "1000006"), ("extra", "2000006"),
                   ("changed", "99999")}
    cell = next(r for r in table_of(report, "big")["differences"] if r["kind"] == "changed")["cells"]
    assert cell == [{"column": "name", "mysql": "name 99999", "clickhouse": "other"}]
    words = {(r["kind"], r["key"]["word"]) for r in table_of(report, "words")["differences"]}
    assert len(words) == 2 and {kind for kind, _ in words} == {"extra", "changed"}
    # The same by ranges of the key, whose order only MySQL knows: no statement reads the whole table.
    cursor.execute("TRUNCATE TABLE mysql.general_log")
    cursor.execute("SET GLOBAL log_output = 'TABLE', GLOBAL general_log = 1")
    ranged = table_of(verify(run, "words", "--rate", "1400")[1], "words")
    cursor.execute("SET GLOBAL general_log = 0, GLOBAL log_output = 'FILE'")
    assert {(r["kind"], r["key"]["word"]) for r in ranged["differences"]} == words
    cursor.execute("SELECT SUM(argument LIKE '%FORCE INDEX (`PRIMARY`) WHERE%'), COUNT(*) FROM mysql.general_log"
                   " WHERE argument LIKE 'SELECT COUNT(*), SUM(CRC32(%'")
    assert tuple(map(int, cursor.fetchone())) == (3, 3)
    bare = {(r["row"]["a"], r["mysql_count"], r["clickhouse_count"]) for r in table_of(report, "bare")["differences"]}
    assert bare == {("3", 10, 11), ("4", 10, 9), ("5", 10, 11)}
    row = json.loads(run.command("diff", "big", "--pk", "99999", "-o", "json", check=False).stdout)
    assert [c["column"] for c in row["columns"] if c["differs"]] == ["name"]
    assert row["kafka"]["value"]["after"]["name"] == "name 99999" and row["history"][0]["op"] == "r"
    assert verify(run, "big", "--mode", "count")[0] == 3
    # Dates pick the rows: the changed one is the last of all.
    assert verify(run, "big", "--to", "2026-01-01 00:05:00")[0] == 0
    assert table_of(verify(run, "big", "--from", "2026-03-11 00:00:00")[1], "big")["differing"] == 1
    before = clickhouse.query(f"SELECT count() FROM {current}.big")
    assert verify(run, "big")[0] == 3 and clickhouse.query(f"SELECT count() FROM {current}.big") == before

    code, report = verify(run, "--repair")
    assert code == 0 and {t["table"].split(".")[1]: t["repaired"] for t in report["tables"]} == {
        "big": 5, "words": 2, "bare": 3, "digits": 0}
    equal(run)
    equal(run, "--mode", "rows")
    for name in counts:
        assert rowcheck.differences(connection, clickhouse, db, name, database=current) == ""
    # The stream goes on over what was repaired.
    cursor.execute("UPDATE big SET name = 'new' WHERE id IN (5, 77777, 99999)")
    cursor.execute("INSERT INTO big VALUES (1000006, 'now it is there', 1, '2027-01-01')")
    cursor.execute("INSERT INTO bare VALUES (3, 'b3')")
    equal(run)
    settled(connection, clickhouse, db, "big", database=current)
    # The pipeline has stopped before the change: nobody can say whether ClickHouse lacks it or it is on its way.
    run.stop()
    cursor.execute("UPDATE big SET name = 'unseen' WHERE id = 12345")
    code, report = verify(run, "big", "--settle", "1")
    big = table_of(report, "big")
    assert (code, big["state"], big["undecided"], big["differences"]) == (7, "undecided", 1, []), json.dumps(big)


def test_nothing_is_reported_while_rows_change(database, clickhouse, db, pipeline, own_databases):
    connection = database.connect(db=db)
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE busy (id INT PRIMARY KEY AUTO_INCREMENT, n INT, t VARCHAR(20))")
    cursor.execute("CREATE TABLE bare (a INT, b VARCHAR(10))")
    for _ in range(20):
        cursor.execute("INSERT INTO busy (n, t) VALUES " + ", ".join(f"({n}, 'x')" for n in range(500)))
    run = pipeline(**own_databases, verify__every="2s").start()
    stop = threading.Event()

    def write():
        dice = random.Random(3)
        with database.connect(db=db) as own, own.cursor() as writer:
            while not stop.is_set():
                key = dice.randrange(1, 10_500)
                writer.execute(f"UPDATE busy SET n = n + 1 WHERE id = {key}")
                writer.execute("UPDATE busy SET n = n + 1 WHERE id = 1")  # one row all the time
                writer.execute(f"DELETE FROM busy WHERE id = {dice.randrange(2, 10_500)}")
                writer.execute(f"INSERT INTO busy (n, t) VALUES ({key}, 'new')")
                writer.execute(f"INSERT INTO bare VALUES ({key % 9}, 'b')")
                writer.execute(f"DELETE FROM bare WHERE a = {dice.randrange(9)} LIMIT 1")

    writing = threading.Thread(target=write)
    writing.start()
    try:
        looked_again = 0
        for mode in ("checksum", "rows", "checksum"):
            code, report = verify(run, "--mode", mode)
            states = {t["table"]: t["state"] for t in report["tables"]}
            assert code == 0 and set(states.values()) <= {"equal", "skipped"}, json.dumps(report)[:3000]
            looked_again += sum(t["looked_again"] for t in report["tables"])
        assert looked_again > 0  # else there was nothing to be wrong about
    finally:
        stop.set()
        writing.join()
    assert all(t["undecided"] == 0 for t in equal(run)["tables"])

    # The scheduled passes have seen no difference either, and say so.
    def verified():
        return json.loads(run.command("status", "-o", "json", check=False).stdout)["verified"]
    last = servers.wait_until(lambda: (lambda v: v and len(v["tables"]) == 2 and v["equal"] and v)(verified()),
                              "a scheduled pass", 60)
    assert {t["state"] for t in last["tables"]} <= {"equal", "skipped"}
    assert "MySQL and ClickHouse differ" not in run.log.read_text()
    metrics = requests.get(f"http://127.0.0.1:{run.console_port}/metrics", timeout=5).text
    assert f'rowhouse_verify_differing_rows{{pipeline="{db}",table="{db}.busy"}} 0' in metrics
    assert "verified " in run.command("status", check=False).stdout


def test_a_pipeline_that_stands_still_leaves_rows_undecided(database, clickhouse, db, pipeline, own_databases):
    connection = database.connect(db=db)
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE t (id INT PRIMARY KEY, v INT)")
    cursor.execute("INSERT INTO t VALUES (1, 1), (2, 2)")
    run = pipeline(**own_databases).start()
    settled(connection, clickhouse, db, "t", database=f"c_{db}")
    equal(run)
    os.kill(run.child.pid, signal.SIGSTOP)
    try:
        cursor.execute("UPDATE t SET v = 3 WHERE id = 2")
        code, report = verify(run, "--settle", "2", "--repair")
        table = table_of(report, "t")
        assert (code, table["state"], table["undecided"]) == (7, "undecided", 1), json.dumps(report)
        assert "stands still at" in table["note"]
        assert not report["equal"] and table["differing"] == table["repaired"] == 0
    finally:
        os.kill(run.child.pid, signal.SIGCONT)
    servers.wait_until(lambda: verify(run)[0] == 0, "both are equal", 60)


def test_a_comparison_is_ordered_in_the_console(database, clickhouse, db, pipeline):
    table = f"ordered_{db}"
    make(database, db, table, rows=20)
    run = pipeline(console__admin_email="admin@test.com", console__admin_password="correct horse").start()
    both_sides_equal(database, clickhouse, db, table)
    api = f"http://127.0.0.1:{run.console_port}/api/v1"
    session = requests.Session()
    session.headers["X-CSRF-Token"] = session.post(f"{api}/session", timeout=20, json={
        "email": "admin@test.com", "password": "correct horse"}).json()["csrf"]
    name = f"{db}.{table}"

    def compared(**body):
        before = {v["at"] for v in session.get(f"{api}/verify", timeout=20).json()["last"]}
        answer = session.post(f"{api}/tables/{name}/verify", json=body, timeout=20)
        assert answer.status_code == 202 and answer.json()["id"], answer.text

        def done():
            last = session.get(f"{api}/verify", timeout=20).json()["last"]
            return next((v for v in last if v["table"] == name and v["at"] not in before), None)
        return servers.wait_until(done, "it is compared", 60)

    first = compared(mode="rows")
    assert first["state"] == "equal" and first["source_rows"] == first["target_rows"] == "20", first
    clickhouse.query(f"INSERT INTO demo_tables.{table} SELECT id, 'wrong', _version + 1, 0 "
                     f"FROM demo_tables.{table} FINAL WHERE id = 7")
    second = compared(mode="checksum", repair=True)
    assert second["differing"] == "1" and second["first"][0]["key"] == "id=7", second
    assert second["first"][0]["cells"] == [{"column": "n", "source": "old 7", "target": "wrong"}]
    assert compared()["state"] == "equal"
    assert session.post(f"{api}/tables/no.such/verify", json={}, timeout=20).status_code == 404
    assert session.post(f"{api}/tables/{name}/verify", json={"sample": 0}, timeout=20).status_code == 400
