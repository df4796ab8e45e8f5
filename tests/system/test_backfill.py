"""`rowhouse load` and `rowhouse backfill`: rows of the source straight into ClickHouse."""

import contextlib
import json
import random
import signal
import subprocess
import threading
import time

import pytest
import requests

import rowcheck
import servers
import test_types
import test_verify
import zoo


@pytest.fixture
def alone(tmp_path, database, kafka, clickhouse, db):
    """A configuration whose pipeline does not run, with ClickHouse databases of its own."""
    def make(name, **changes):
        changes.setdefault("pipeline", f"{db}_{name}")
        changes.setdefault("sink__current_database", f"{db}_{name}")
        changes.setdefault("sink__history_database", f"{db}_{name}_history")
        return servers.Rowhouse(tmp_path / name, database, kafka, clickhouse, [f"{db}.*"], **changes)
    return make


def summary(run, *arguments, check=True):
    done = run.command(*arguments, "-o", "json", check=check)
    return json.loads(done.stdout)["tables"][0]


def count(connection, table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table}")
        return cursor.fetchone()[0]


def counts(s):
    return {k: s[k] for k in ("read", "present", "inserted", "changed", "failed")}


def assert_no_inlets(clickhouse, database):
    assert clickhouse.rows(
        f"SELECT name FROM system.tables WHERE database = '{database}' AND name LIKE '%_inlet_%'") == []


def test_a_load_gives_the_cells_that_the_stream_gives(database, clickhouse, db, pipeline, alone):
    table = f"zoo_{db}"
    animals = zoo.Zoo(7, database.flavor)
    with database.connect(db=db) as c:
        c.cursor().execute(zoo.create(table, flavor=database.flavor))
        animals.insert_edges(c.cursor(), table)
        for _ in range(300):
            animals.insert(c.cursor(), table)
        rows = count(c, table)
    pipeline().start()
    with database.connect() as c:
        servers.wait_until(lambda: rowcheck.differences(c, clickhouse, db, table) == "",
                           "the stream's table is equal", seconds=60)
    direct = alone("direct")
    got = summary(direct, "load", table, "--chunk", "70")
    assert counts(got) == {"read": rows, "present": 0, "inserted": rows, "changed": 0, "failed": 0}
    assert got["differences"] == []
    cells = "SELECT * EXCEPT (_version) FROM {}." + table + " FINAL"
    streamed, loaded = cells.format("demo_tables"), cells.format(f"{db}_direct")
    assert clickhouse.rows(f"SELECT count() FROM ({loaded})") == [[str(rows)]]
    assert clickhouse.rows(f"{streamed} EXCEPT {loaded}") == []
    assert clickhouse.rows(f"{loaded} EXCEPT {streamed}") == []
    changed = ["backfill", table, "--where", "1", "--mode", "changed"]
    assert counts(summary(direct, *changed))["present"] == rows
    wrong = len(test_verify.change_a_cell_of_each_column(clickhouse, f"{db}_direct", database.flavor, table))
    assert counts(summary(direct, *changed)) == \
        {"read": rows, "present": rows - wrong, "inserted": 0, "changed": wrong, "failed": 0}
    assert clickhouse.rows(f"{loaded} EXCEPT {streamed}") == []
    assert_no_inlets(clickhouse, f"{db}_direct_history")


def test_tables_of_every_kind_of_key(database, clickhouse, db, alone):
    """Loaded, half of it taken away, filled again: by every mode, and again with nothing to do."""
    run = alone("keys")
    cases = [*test_types.key_cases(database.flavor), test_types.zero_case()]
    with database.connect(db=db) as c:
        for case in cases:
            for sql in [*case.before, *case.stream]:
                test_types.run(c, case, db, sql)
        collations = [("ci", "utf8mb4 COLLATE utf8mb4_general_ci"), ("cs", "utf8mb4 COLLATE utf8mb4_bin"),
                      ("swedish", "latin1 COLLATE latin1_swedish_ci")]
        for name, charset in collations:
            table = f"words_{name}_{db}"
            c.cursor().execute(f"CREATE TABLE {table} (w VARCHAR(20) CHARACTER SET {charset}, n INT,"
                               " PRIMARY KEY (w))")
            words = ["a", "B", "c", "D", "é", "z", "Zz", "ß", "", "10", "9", "_", "Å"]
            for n, word in enumerate(words):
                c.cursor().execute(f"INSERT IGNORE INTO {table} VALUES (%s, {n})", (word,))
        c.cursor().execute(f"CREATE TABLE none_{db} (a INT, b VARCHAR(9))")
        c.cursor().execute(f"INSERT INTO none_{db} VALUES (1, 'x'), (1, 'x'), (2, NULL)")
    tables = [test_types.own_name(case, db) for case in cases] + [f"words_{n}_{db}" for n, _ in collations]
    run.command("load", *tables, "--chunk", "3")
    for table in tables:
        current = f"{db}_keys.{table}"
        all_rows = clickhouse.rows(f"SELECT * FROM {current} FINAL ORDER BY ALL")
        whole = len(all_rows)
        for mode in ("missing", "changed"):
            some = "id % 2" if table.startswith("zero") else "ifNull(n, 0) % 2"
            clickhouse.query(f"ALTER TABLE {current} DELETE WHERE {some} = 1"
                             " SETTINGS mutations_sync = 1")
            gone = whole - int(clickhouse.rows(f"SELECT count() FROM {current} FINAL")[0][0])
            for want in (gone, 0):
                got = summary(run, "backfill", table, "--where", "1", "--mode", mode, "--chunk", "3")
                assert counts(got) == {"read": whole, "present": whole - want, "inserted": want,
                                       "changed": 0, "failed": 0}, (table, mode)
        got = summary(run, "backfill", table, "--where", "1", "--mode", "all")
        assert got["inserted"] == whole
        columns = "* EXCEPT (_version)"
        assert clickhouse.rows(f"SELECT {columns} FROM {current} FINAL ORDER BY ALL") == \
            [row[:-2] + row[-1:] for row in all_rows], table
    refused = run.command("backfill", f"none_{db}", "--where", "1", check=False)
    assert refused.returncode == 1 and "E-FILL-001" in refused.stderr
    for _ in range(2):
        run.command("load", f"none_{db}")
        assert sorted(clickhouse.rows(f"SELECT * FROM {db}_keys.none_{db}_current")) == \
            sorted([["1", "x"], ["1", "x"], ["2", None]])


def orders(connection, table, rows):
    connection.cursor().execute(
        f"CREATE TABLE {table} (id INT PRIMARY KEY AUTO_INCREMENT, created_at DATETIME NOT NULL,"
        " note VARCHAR(40), price DECIMAL(10,2), KEY (created_at))")
    for start in range(0, rows, 1000):
        values = ", ".join(
            f"('2026-01-01' + INTERVAL {i} HOUR, 'note {i}', {i}.25)"
            for i in range(start, min(rows, start + 1000)))
        connection.cursor().execute(
            f"INSERT INTO {table} (created_at, note, price) VALUES {values}")


def rows_examined(connection):
    """Rows that the server has read so far, from its dictionary too."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW GLOBAL STATUS WHERE Variable_name IN ('Handler_read_next', 'Handler_read_key', 'Handler_read_rnd')")
        return sum(int(value) for _, value in cursor.fetchall())


def test_each_mode_writes_exactly_what_it_says(database, clickhouse, db, alone):
    table, run = f"modes_{db}", alone("modes")
    with database.connect(db=db) as c:
        orders(c, table, 2000)  # id n has hour n - 1
    run.command("load", table)
    current = f"{db}_modes.{table}"
    # In the range are ids 1001..2000: its date is that of hour 1000.
    since = ["--from", "2026-02-11 16:00", "--chunk", "300"]
    clickhouse.query(f"ALTER TABLE {current} DELETE WHERE id % 3 = 0 SETTINGS mutations_sync = 1")
    # By hand, and so with the version of the read: the log has stood still since.
    clickhouse.query(f"ALTER TABLE {current} UPDATE note = 'old' WHERE id % 5 = 0 SETTINGS mutations_sync = 1")
    ids = range(1001, 2001)
    gone = len([i for i in ids if i % 3 == 0])
    old = len([i for i in ids if i % 5 == 0 and i % 3 != 0])

    def fill(*arguments):
        got = counts(summary(run, "backfill", table, *arguments))
        assert got.pop("failed") == 0 and got.pop("read") == 1000
        return got
    assert fill(*since, "--dry-run") == {"present": 1000 - gone, "inserted": gone, "changed": 0}
    assert fill(*since) == {"present": 1000 - gone, "inserted": gone, "changed": 0}
    assert fill(*since) == {"present": 1000, "inserted": 0, "changed": 0}
    assert fill(*since, "--mode", "changed") == {"present": 1000 - old, "inserted": 0, "changed": old}
    assert fill(*since, "--mode", "changed") == {"present": 1000, "inserted": 0, "changed": 0}
    live = f"SELECT count() FROM {current} FINAL WHERE note LIKE 'note %' AND id"
    assert clickhouse.rows(f"{live} > 1000") == [["1000"]]
    assert clickhouse.rows(f"{live} <= 1000") == [[str(len([i for i in range(1, 1001) if i % 3 and i % 5]))]]
    assert fill("--to", "2026-02-11 16:00", "--mode", "all")["inserted"] == 1000
    assert clickhouse.rows(f"{live} <= 1000") == [["1000"]]
    # Rows that somebody put there without a version are there, and older than any change.
    clickhouse.query(f"ALTER TABLE {current} DELETE WHERE id <= 10 SETTINGS mutations_sync = 1")
    clickhouse.query(f"INSERT INTO {current} (id, note) SELECT number + 1, 'by hand' FROM numbers(10)")
    assert clickhouse.rows(f"SELECT count() FROM {current}_current WHERE note = 'by hand'") == [["10"]]
    early = ["--where", "id <= 10"]
    assert counts(summary(run, "backfill", table, *early))["inserted"] == 0
    assert counts(summary(run, "backfill", table, *early, "--mode", "changed"))["changed"] == 10
    assert clickhouse.rows(f"{live} <= 1000") == [["1000"]]
    # Keys of few rows that lie far apart are asked for one by one.
    clickhouse.query(f"ALTER TABLE {current} DELETE WHERE id IN (200, 2000) SETTINGS mutations_sync = 1")
    for gone in (2, 0):
        assert counts(summary(run, "backfill", table, "--where", "id % 200 = 0", "--chunk", "5")) == \
            {"read": 10, "present": 10 - gone, "inserted": gone, "changed": 0, "failed": 0}
    # Few rows are found by the date's index; what is read of the table is near their number.
    assert summary(run, "backfill", table, *since, "--dry-run")["way"] == "in the order of the key"
    last = ["--from", "2026-03-24 20:00", "--dry-run"]  # the last 12 hours
    hidden = ["--where", "created_at + INTERVAL 0 HOUR >= '2026-03-24 20:00'", "--dry-run"]  # from the index
    with database.connect(db=db) as c:
        c.cursor().execute(f"ANALYZE TABLE {table}")
        examined = [rows_examined(c)]
        for condition, way in ((last, "by the index created_at, about 12 rows"), (hidden, "in the order of the key")):
            got = summary(run, "backfill", table, *condition)
            assert (got["read"], got["way"]) == (12, way), got
            examined.append(rows_examined(c))
    assert examined[2] - examined[1] > examined[1] - examined[0] + 1500, examined
    assert "rows are read by the index created_at" in run.command("backfill", table, *last).stdout
    unknown = run.command("backfill", table, "--from", "2026-01-01", "--column", "note", check=False)
    assert unknown.returncode == 78 and "E-FILL-003" in unknown.stderr and "created_at" in unknown.stderr


def test_a_run_is_killed_again_and_again(database, clickhouse, db, alone):
    table, run = f"killed_{db}", alone("killed")
    with database.connect(db=db) as c:
        orders(c, table, 12_000)
    command = [servers.binary(), "load", table, "--chunk", "400", "--rate", "8000"]
    kills, done = 0, None
    while done != 0:
        process = subprocess.Popen([*command, "-c", str(run.config)], stdout=subprocess.DEVNULL)
        try:
            done = process.wait(timeout=1 if kills < 4 else 60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
        listed = json.loads(run.command("backfill", "list", "-o", "json").stdout)["backfills"]
        if listed:
            command = [servers.binary(), "backfill", "resume", listed[0]["id"], "--force"]
        assert len(listed) <= 1
    assert listed[0]["state"] == "done" and listed[0]["inserted"] >= 12_000 and kills >= 1
    with database.connect() as c:
        assert rowcheck.differences(c, clickhouse, db, table, database=f"{db}_killed") == ""
    assert_no_inlets(clickhouse, f"{db}_killed_history")


def test_what_the_target_can_not_hold_is_filed(mariadb, clickhouse, kafka, tmp_path):
    db = "narrow"
    with mariadb.connect() as c:
        c.cursor().execute("CREATE DATABASE narrow")
        c.cursor().execute("CREATE TABLE narrow.small (id INT PRIMARY KEY, n INT, s VARCHAR(9))")
    run = servers.Rowhouse(tmp_path / "narrow", mariadb, kafka, clickhouse, ["narrow.*"],
                           pipeline=db, sink__current_database="narrow_now",
                           sink__history_database="narrow_all")
    run.command("load", "small")
    clickhouse.query("ALTER TABLE narrow_now.small MODIFY COLUMN n Nullable(Int8)"
                     " SETTINGS mutations_sync = 1")
    with mariadb.connect(db=db) as c:
        c.cursor().execute("INSERT INTO small VALUES (1, 1, 'a'), (2, 300, 'b'), (3, NULL, 'c')")
    for _ in range(2):
        got = run.command("backfill", "small", "--where", "1", "-o", "json", check=False)
        assert got.returncode == 8, got.stderr
        table = json.loads(got.stdout)["tables"][0]
        assert table["failed"] == 1 and "`n` is Nullable(Int8)" in table["differences"][0]
    assert clickhouse.rows("SELECT id, n, s FROM narrow_now.small FINAL ORDER BY id") == \
        [["1", "1", "a"], ["3", None, "c"]]
    assert clickhouse.rows("SELECT DISTINCT error, topic FROM narrow_all.small_errors") == \
        [["column n can't hold 300", "(not by Kafka)"]]


def spoil(clickhouse, table):
    """A random half of a table of orders is gone, others are older."""
    for what in ("DELETE WHERE cityHash64(id) % 2 = 0", "UPDATE note = 'wrong' WHERE id % 7 = 0"):
        clickhouse.query(f"ALTER TABLE demo_tables.{table} {what} SETTINGS mutations_sync = 1")


@contextlib.contextmanager
def changing(database, db, table, rows, seed):
    """Random rows of a table of orders change all the while."""
    stop = threading.Event()

    def write():
        r = random.Random(seed)
        with database.connect(db=db) as c:
            while not stop.is_set():
                key = r.randrange(1, rows + 1)
                c.cursor().execute(r.choice([
                    f"UPDATE {table} SET note = 'n{r.random()}' WHERE id = {key}",
                    f"DELETE FROM {table} WHERE id = {key}",
                    f"REPLACE INTO {table} VALUES ({key}, '2026-03-01', 'again', 1)"]))
    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


def loaded_and_spoilt(run, database, clickhouse, db, table, rows):
    """A pipeline with a table of so many orders, first equal, then spoilt; gives what tells
    whether both sides are equal."""
    with database.connect(db=db) as c:
        orders(c, table, rows)
    run.start()

    def equal():
        with database.connect() as c:
            return rowcheck.differences(c, clickhouse, db, table) == ""
    servers.wait_until(equal, "the first load is there", seconds=60)
    spoil(clickhouse, table)
    return equal


def test_a_backfill_beside_the_stream_leaves_both_sides_equal(database, clickhouse, db, pipeline):
    """A random half is gone, others are older; the stream changes the same rows all the while."""
    table, run = f"live_{db}", pipeline(console__admin_email="admin@test.com",
                                         console__admin_password="correct horse")
    equal = loaded_and_spoilt(run, database, clickhouse, db, table, 4000)
    with changing(database, db, table, 4000, seed=1):
        for mode in ("missing", "changed"):
            got = summary(run, "backfill", table, "--from", "2026-01-01", "--mode", mode,
                          "--chunk", "250", "--rate", "4000")
            assert got["failed"] == 0 and got["inserted" if mode == "missing" else "changed"] > 0
    servers.wait_until(equal, "both sides are equal", seconds=60)
    # The console lists both.
    api = f"http://127.0.0.1:{run.console_port}/api/v1"
    session = requests.Session()
    assert session.post(f"{api}/session", timeout=20, json={
        "email": "admin@test.com", "password": "correct horse"}).ok
    runs = session.get(f"{api}/backfills", timeout=20).json()["items"]
    mine = [b for b in runs if b["table"] == f"{db}.{table}"]
    assert [(b["mode"], b["state"]) for b in mine] == [("changed", "done"), ("missing", "done")], mine
    one = session.get(f"{api}/backfills/{mine[0]['id']}", timeout=20).json()
    assert one == mine[0] and int(one["changed"]) > 0 and one["ended_at"]
    assert session.get(f"{api}/backfills/nothing", timeout=20).status_code == 404


def test_a_backfill_is_killed_each_second_while_the_stream_changes_the_same_rows(
        database, clickhouse, db, pipeline):
    table, run = f"shot_{db}", pipeline(sink__history_database=f"h_{db}")
    equal = loaded_and_spoilt(run, database, clickhouse, db, table, 12_000)
    changed = [table, "--where", "1", "--mode", "changed", "--chunk", "200"]
    command, kills, done = ["backfill", *changed, "--rate", "3000"], 0, None
    with changing(database, db, table, 12_000, seed=2):
        while done is None:
            process = subprocess.Popen([servers.binary(), *command, "-c", str(run.config)],
                                       stdout=subprocess.DEVNULL)
            try:
                done = process.wait(timeout=1 if kills < 5 else 60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                kills += 1
            listed = json.loads(run.command("backfill", "list", "-o", "json").stdout)["backfills"]
            if listed:
                command = ["backfill", "resume", listed[0]["id"], "--force"]
    assert done == 0 and kills >= 2 and len(listed) == 1
    servers.wait_until(equal, "both sides are equal", seconds=60)
    again = counts(summary(run, "backfill", *changed))
    assert (again["inserted"], again["changed"], again["failed"]) == (0, 0, 0)


def signed_in(run):
    api = f"http://127.0.0.1:{run.console_port}/api/v1"
    session = requests.Session()
    session.headers["X-CSRF-Token"] = session.post(f"{api}/session", timeout=20, json={
        "email": "admin@test.com", "password": "correct horse"}).json()["csrf"]

    def ask(method, path, status, **body):
        answer = session.request(method, api + path, json=body or None, timeout=40)
        assert answer.status_code == status, (path, answer.status_code, answer.text)
        return answer.json()
    return ask


@pytest.mark.parametrize("database", ["mariadb"], indirect=True)
def test_backfills_are_ordered_in_the_console(database, clickhouse, db, pipeline):
    """Looked at, ordered, cancelled, broken off by a stop and gone on with, beside the stream."""
    table = f"asked_{db}"
    run = pipeline(console__admin_email="admin@test.com", console__admin_password="correct horse",
                   sink__history_database=f"h_{db}")
    equal = loaded_and_spoilt(run, database, clickhouse, db, table, 8000)
    gone = 8000 - int(clickhouse.rows(f"SELECT count() FROM demo_tables.{table} FINAL")[0][0])
    ask = signed_in(run)
    order = f"/tables/{db}.{table}/backfill"
    seen = ask("POST", order, 200, **{"from": "2026-01-01", "dry_run": True})
    assert seen["complete"] and (seen["read"], seen["inserted"]) == ("8000", str(gone)), seen
    assert ask("GET", "/backfills", 200)["items"] == []
    refused = ask("POST", order, 400, where="id IN (SELECT 1)")
    assert refused["error"]["code"] == "E-FILL-005", refused
    assert ask("POST", order, 409, **{"from": "2026-01-01", "column": "note"})["error"]["code"] == "E-FILL-003"
    assert ask("POST", order, 400, **{"from": "yesterday"})["error"]["code"] == "E-CLI-003"

    slow = {"from": "2026-01-01", "to": "2027-01-01", "mode": "changed", "chunk": 100, "rate": 400}

    def state(id):
        return ask("GET", f"/backfills/{id}", 200)

    def at(id, *states):
        return servers.wait_until(lambda: (now := state(id))["state"] in states and now, f"{states}", 60)

    with changing(database, db, table, 8000, seed=3):
        first = ask("POST", order, 202, **slow)["id"]
        moving = servers.wait_until(
            lambda: (now := state(first))["state"] == "running" and now["read"] != "0" and now, "it runs", 60)
        assert (moving["from"], moving["to"]) == ("2026-01-01", "2027-01-01"), moving
        assert moving["percent"] is not None and moving["eta_s"] > 0 and moving["ended_at"] is None, moving
        assert ask("POST", order, 409, **slow)["error"]["code"] == "E-FILL-006"
        ask("POST", f"/backfills/{first}/cancel", 200)
        assert int(at(first, "cancelled")["read"]) < 8000
        assert ask("POST", f"/backfills/{first}/resume", 409)["error"]["code"] == "E-FILL-007"

        second = ask("POST", order, 202, **slow)["id"]
        servers.wait_until(lambda: state(second)["read"] != "0", "it runs", 60)
        run.stop()
        run.start()
        ask = signed_in(run)
        assert state(second)["state"] == "stopped"
        ask("POST", f"/backfills/{second}/resume", 202)
        before = int(state(second)["read"])
        servers.wait_until(lambda: int(state(second)["read"]) > before, "it goes on", 60)
        ask("POST", f"/backfills/{second}/cancel", 200)
        at(second, "cancelled")
        third = ask("POST", order, 202, where="id > 0 AND note <> ''", mode="changed", chunk=500)["id"]
        done = at(third, "done", "failed")
        assert done["state"] == "done" and done["percent"] == 100 and done["failed"] == "0", done
        assert int(done["inserted"]) + int(done["changed"]) > 0, done
    servers.wait_until(equal, "both sides are equal", seconds=60)
    audit = ask("GET", "/audit", 200)["items"]
    assert any(a["action"] == "POST /tables/{table}/backfill" and a["outcome"] == "ok" for a in audit)
    assert_no_inlets(clickhouse, f"h_{db}")
