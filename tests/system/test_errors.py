"""What goes wrong at a user's place: each is named with its cause and its fix, and the pipeline
goes on when the cause is gone.

Servers that are killed or set up wrong here are the test's own; the others are shared.
"""

import json
import socket
import subprocess

import pytest

import rowcheck
import servers
import zoo

AUTH, CONFIG = 4, 78


def equal(database, clickhouse, db, *tables, seconds=60):
    with database.connect() as c:
        for table in tables:
            try:
                servers.wait_until(
                    lambda: rowcheck.differences(c, clickhouse, db, table) == "", table, seconds,
                    every=0.2)
            except AssertionError:
                pytest.fail(f"{table} stays different:\n"
                            + rowcheck.differences(c, clickhouse, db, table))


def complaints(run):
    """The log's warnings and errors."""
    lines = [line for line in run.log.read_text(errors="replace").splitlines() if line[:1] == "{"]
    return [entry for entry in map(json.loads, lines) if entry["level"] in ("warn", "error")]


def complained(run, code, *words, seconds=30):
    """Waits for a complaint with this code that has all the words and says a fix."""
    def find():
        return next((entry for entry in complaints(run) if entry.get("code") == code
                     and all(word in json.dumps(entry) for word in words)), None)
    try:
        entry = servers.wait_until(find, "", seconds)
    except AssertionError:
        pytest.fail(f"no complaint {code} with {words}; the log:\n{run.tail(40)}")
    assert entry.get("fix"), entry
    return entry


def refused(run, exit_code, code, *words):
    """`rowhouse run` ends by itself with this code, and says all the words and a fix."""
    done = run.command("run", check=False)
    text = done.stdout + done.stderr
    assert done.returncode == exit_code, text
    assert code in text and "fix: " in text, text
    for word in words:
        assert word in text, f"{word} is not in\n{text}"
    return text


_names = set()


def make_table(database, name, db, rows=20):
    """A table of all types.

    ClickHouse is shared and knows it by this name alone: were it used twice, the rows that the
    first test left there would make the second one pass.
    """
    assert name not in _names, f"another test has a table {name}"
    _names.add(name)
    animals = zoo.Zoo(3)
    with database.connect(db=db) as c:
        c.cursor().execute(zoo.create(name))
        for _ in range(rows):
            animals.insert(c.cursor(), name)
    return name


def add_rows(database, name, db, rows=20):
    animals = zoo.Zoo(4)
    with database.connect(db=db) as c:
        for _ in range(rows):
            animals.insert(c.cursor(), name)
        c.cursor().execute(f"DELETE FROM {name} WHERE id % 5 = 0")


# The configuration.

def run_file(path, text):
    path.write_text(text)
    path.chmod(0o600)
    return subprocess.run([servers.binary(), "run", "-c", str(path)], capture_output=True,
                          text=True, timeout=20)


@pytest.mark.parametrize("text, where, code, words", [
    ("source:\n  hots: db1\n  tables: ['a.*']\n", "2:3", "E-CFG-002", 'did you mean "host"?'),
    ("source:\n  tables: ['a.*']\n  port: 70000\n", "3:9", "E-CFG-006", "1 .. 65535"),
    ("source:\n  tables: ['a.*']\nsink:\n  flush_interval: 5\n", "4:19", "E-CFG-005", "5ms"),
    ("source:\n  tables: ['a.*']\nsink: {mode: kafka-engin}\n", "3:14", "E-CFG-006",
     'did you mean "kafka-engine"?'),
    ("source:\n  tables: ['a.*'\nsink: 1\n", "3:", "E-CFG-009", "close the bracket"),
    ("source:\n  host: db1\n", "", "E-CFG-007", 'add "tables: ["shop.*"]" under source'),
    ("source:\n  tables: ['a.*']\n  password: ${ROWHOUSE_NOT_SET}\n", "3:13", "E-CFG-008",
     "ROWHOUSE_NOT_SET"),
])
def test_a_wrong_configuration_is_shown_at_its_place(tmp_path, text, where, code, words):
    done = run_file(tmp_path / "wrong.yaml", text)
    assert done.returncode == CONFIG, done.stderr
    assert f"wrong.yaml:{where}" in done.stderr or not where, done.stderr
    assert code in done.stderr and words in done.stderr, done.stderr
    assert done.stderr.count(" E-CFG-") == 1, "one cause is one error:\n" + done.stderr


def test_a_file_that_is_not_there_is_the_only_error(tmp_path):
    done = subprocess.run([servers.binary(), "run", "-c", str(tmp_path / "none.yaml")],
                          capture_output=True, text=True, timeout=20)
    assert done.returncode == CONFIG
    assert "E-CFG-001" in done.stderr and "none.yaml" in done.stderr and "fix:" in done.stderr
    assert done.stderr.count(" E-CFG-") == 1, done.stderr


@pytest.mark.parametrize("name", ["registry", "clickhouse"])
def test_a_server_names_the_busy_port_and_starts_once_it_is_free(tmp_path, kafka, name):
    if name == "clickhouse":
        servers.need("libchdb")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        argv = [servers.binary(), name, "--listen", f"127.0.0.1:{port}",
                "--set", f"kafka.bootstrap={kafka.bootstrap}",
                "--set", f"clickhouse.data={tmp_path}/data"]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=30)
    assert done.returncode == CONFIG, done.stderr
    assert f"E-NET-001 {name}: port {port} on 127.0.0.1 is taken" in done.stderr
    assert "fix: end the program that has it" in done.stderr and f"{name}.listen" in done.stderr
    server = servers.Process(name, tmp_path)
    server.spawn(argv)
    try:
        def answers():
            with socket.create_connection(("127.0.0.1", port), 1):
                return True
        server.wait_ready(answers)
    finally:
        assert server.stop() == 0


@pytest.mark.parametrize("name", ["registry", "console"])
def test_run_names_the_busy_port(mariadb, kafka, clickhouse, tmp_path, name):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = servers.Rowhouse(tmp_path, mariadb, kafka, clickhouse, ["a.*"],
                               **{f"{name}__listen": f"127.0.0.1:{port}"})
        refused(run, CONFIG, "E-NET-001", f"{name}: port {port} on 127.0.0.1 is taken",
                f"{name}.listen")


# The source's set-up.

@pytest.fixture
def own(tmp_path, kafka, clickhouse):
    """A database server of the test's own, and a pipeline on its database `own`."""
    database = servers.Database(tmp_path / "own")
    made = []

    def make(extra=(), **changes):
        database.start(extra)
        with database.connect(user="root", password="") as c:
            c.cursor().execute("CREATE DATABASE IF NOT EXISTS own CHARACTER SET utf8mb4")
        name = f"own_{tmp_path.name}"
        run = servers.Rowhouse(tmp_path / "rowhouse", database, kafka, clickhouse, ["own.*"],
                               pipeline=name, prefix=name, **changes)
        made.append(run)
        return database, run

    yield make
    for run in made:
        run.kill()
    database.kill()


def root(database, *statements):
    with database.connect(user="root", password="") as c:
        for sql in statements:
            c.cursor().execute(sql)


def test_binlog_off_is_named_and_mended_by_a_restart(own, clickhouse):
    database, run = own(extra=["--skip-log-bin"])
    table = make_table(database, "logged", "own")
    refused(run, CONFIG, "E-MYSQL-010", f"127.0.0.1:{database.port}", "log_bin is OFF, needed is ON",
            "a restart is needed")
    database.stop()
    database.start()
    run.start()
    equal(database, clickhouse, "own", table)


def test_metadata_minimal_is_mended_by_the_statement_it_says(own, clickhouse):
    database, run = own()
    table = make_table(database, "described", "own")
    root(database, "SET GLOBAL binlog_row_metadata = 'MINIMAL'")
    said = refused(run, CONFIG, "E-MYSQL-013", "binlog_row_metadata is MINIMAL, needed is FULL")
    root(database, said.split("fix: ")[1].split(";")[0])
    run.start()
    equal(database, clickhouse, "own", table)


def test_missing_grants_are_mended_by_the_statements_it_says(own, clickhouse):
    database, run = own()
    table = make_table(database, "granted", "own")
    root(database, "REVOKE ALL PRIVILEGES ON *.* FROM rowhouse@'127.0.0.1'",
         "GRANT SELECT ON *.* TO rowhouse@'127.0.0.1'")
    said = refused(run, AUTH, "E-MYSQL-021", "REPLICATION SLAVE is not granted",
                   "BINLOG MONITOR is not granted", "'rowhouse'@'127.0.0.1'")
    fixes = said.split("fix: ")[1].split(";")
    root(database, *[sql.strip() for sql in fixes if sql.strip()])
    run.start()
    equal(database, clickhouse, "own", table)


def started_without_select(own, name):
    """A pipeline that runs on a table it may not read, and has said so; then it may."""
    database, run = own()
    table = make_table(database, name, "own")
    root(database, "REVOKE ALL PRIVILEGES ON *.* FROM rowhouse@'127.0.0.1'",
         "GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO rowhouse@'127.0.0.1'")
    run.start(ready=False)
    said = complained(run, "E-MYSQL-023", "privilege SELECT", "not granted")
    servers.wait_until(lambda: "capture running" in run.log.read_text(), "it runs")
    root(database, said["fix"].rstrip(";"), f"INSERT INTO own.{table} (id) VALUES (1000)")
    return database, run, table


def test_a_table_that_may_not_be_read_is_loaded_by_the_start_after_the_grant(own, clickhouse):
    database, run, table = started_without_select(own, "read_after_a_start")
    assert run.stop() == 0
    run.start()
    equal(database, clickhouse, "own", table)


def test_a_table_that_may_not_be_read_is_loaded_once_granted(own, clickhouse):
    database, run, table = started_without_select(own, "read_at_once")
    equal(database, clickhouse, "own", table, seconds=10)


def test_a_wrong_password_is_named_with_account_and_server(own, clickhouse):
    database, run = own()
    table = make_table(database, "opened", "own")
    run.settings["source"]["password"] = "hushhush"
    run.write_config()
    said = refused(run, AUTH, "E-MYSQL-002", f"127.0.0.1:{database.port}", "'rowhouse'",
                   "source.password")
    assert "hushhush" not in said
    run.settings["source"]["password"] = "rowhouse"
    run.write_config()
    run.start()
    equal(database, clickhouse, "own", table)


# Servers that are away.

def test_the_database_away_at_start_and_killed_in_the_middle(own, clickhouse):
    database, run = own()
    table = make_table(database, "away", "own")
    database.stop()
    run.start(ready=False)
    complained(run, "E-MYSQL-001", f"127.0.0.1:{database.port}", "waiting for the source")
    database.start()
    equal(database, clickhouse, "own", table)
    database.kill()
    complained(run, "E-MYSQL-001", f"127.0.0.1:{database.port}", "capture")
    database.start()
    add_rows(database, table, "own")
    equal(database, clickhouse, "own", table)
    assert run.alive()


@pytest.fixture
def all_own(tmp_path, mariadb):
    """Broker and ClickHouse of the test's own on the shared database."""
    kafka = servers.Kafka(tmp_path / "kafka")
    clickhouse = servers.ClickHouse(tmp_path / "clickhouse")
    parts = [kafka, clickhouse]
    yield kafka, clickhouse, parts
    for part in reversed(parts):
        part.kill()


@pytest.fixture
def on_mariadb(mariadb):
    with mariadb.connect() as c:
        c.cursor().execute("CREATE DATABASE outage CHARACTER SET utf8mb4")
    yield "outage"
    with mariadb.connect() as c:
        c.cursor().execute("DROP DATABASE outage")


def test_kafka_away_at_start_and_killed_in_the_middle(all_own, on_mariadb, mariadb, tmp_path):
    kafka, clickhouse, parts = all_own
    clickhouse.start()
    db = on_mariadb
    table = make_table(mariadb, "brokerless", db)
    run = servers.Rowhouse(tmp_path / "rowhouse", mariadb, kafka, clickhouse, [f"{db}.*"])
    parts.append(run)
    run.start(ready=False)
    complained(run, "E-KAFKA-001", kafka.bootstrap, "waiting for Kafka")
    kafka.start()
    equal(mariadb, clickhouse, db, table)
    kafka.kill()
    add_rows(mariadb, table, db)
    complained(run, "E-KAFKA-001", kafka.bootstrap)
    kafka.start()
    add_rows(mariadb, table, db)
    equal(mariadb, clickhouse, db, table, seconds=90)
    assert run.alive()


def test_clickhouse_away_at_start(all_own, on_mariadb, mariadb, kafka, tmp_path):
    _, clickhouse, parts = all_own
    db = on_mariadb
    table = make_table(mariadb, "sinkless", db)
    run = servers.Rowhouse(tmp_path / "rowhouse", mariadb, kafka, clickhouse, [f"{db}.*"],
                           pipeline="sinkless", prefix="sinkless")
    parts.append(run)
    run.start(ready=False)
    complained(run, "E-CH-001", clickhouse.url)
    servers.wait_until(lambda: "table loaded" in run.log.read_text(), "capture goes on without it")
    clickhouse.start()
    equal(mariadb, clickhouse, db, table)


def test_the_registry_away_at_start_and_in_the_middle(
        all_own, on_mariadb, mariadb, kafka, clickhouse, tmp_path):
    _, _, parts = all_own
    db = on_mariadb
    first = make_table(mariadb, "unregistered", db)
    registry = servers.Registry(tmp_path / "registry", kafka, "_schemas_outage")
    run = servers.Rowhouse(tmp_path / "rowhouse", mariadb, kafka, clickhouse, [f"{db}.*"],
                           pipeline="registryless", prefix="registryless",
                           registry__listen="", registry__url=registry.url)
    parts += [registry, run]
    run.start(ready=False)
    complained(run, "E-REG-001", registry.url)
    registry.start()
    equal(mariadb, clickhouse, db, first)
    registry.kill()
    run.log.write_text("")
    later = make_table(mariadb, "made_meanwhile", db)
    complained(run, "E-REG-001", registry.url)
    registry.start()
    add_rows(mariadb, first, db)
    equal(mariadb, clickhouse, db, first, later)
    assert run.alive()
