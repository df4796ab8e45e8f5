"""A broker that wants a login by SCRAM: every client of the pipeline logs in, ClickHouse's too."""

import pytest

import servers


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    server = servers.Kafka(tmp_path_factory.mktemp("scram"), "alice", "wonder land").start()
    yield server
    server.stop()


def security(password):
    return {"protocol": "sasl_plaintext", "mechanism": "SCRAM-SHA-512", "username": "alice", "password": password}


@pytest.mark.parametrize("delivery", ["at-least-once", "exactly-once"])
def test_records_arrive(delivery, mariadb, guarded, clickhouse, tmp_path):
    db = "scram_" + delivery.replace("-", "_")
    with mariadb.connect() as c:
        c.cursor().execute(f"CREATE DATABASE {db}")
        c.cursor().execute(f"CREATE TABLE {db}.t (id INT PRIMARY KEY)")
        c.cursor().execute(f"INSERT INTO {db}.t VALUES (1)")
    bootstrap = f"127.0.0.1:{guarded.scram}"
    run = servers.Rowhouse(tmp_path / "run", mariadb, guarded, clickhouse, [f"{db}.t"],
                           pipeline=db, prefix=f"rh_{db}", capture__delivery=delivery,
                           kafka__bootstrap=bootstrap, kafka__security=security("wonder land"),
                           sink__current_database=db, sink__history_database=f"{db}_history")
    try:
        run.start()
        with mariadb.connect() as c:
            c.cursor().execute(f"INSERT INTO {db}.t VALUES (2)")

        def both():
            shown = run.command("consume", f"rh_{db}.{db}.t", "--from", "beginning", "-o", "json").stdout
            assert len(shown.splitlines()) == 2, shown
            return True
        servers.wait_until(both, "both records", 60)

        # ClickHouse's server has SCRAM; its engine as a library has not, which must be told.
        def read_or_told():
            try:
                if clickhouse.rows(f"SELECT count() FROM {db}.t FINAL") == [["2"]]:
                    return "read"
            except AssertionError:
                pass
            told = "ClickHouse can't read the table's topic" in run.log.read_text()
            return "told" if told and "No provider for SASL mechanism" in run.log.read_text() else None
        print(servers.wait_until(read_or_told, "rows in ClickHouse or the reason why not", 60))
    finally:
        run.stop()
        clickhouse.drop_queues(f"rh_{db}")


def test_a_wrong_password_is_named(mariadb, guarded, clickhouse, tmp_path):
    run = servers.Rowhouse(tmp_path / "run", mariadb, guarded, clickhouse, ["no.such"],
                           kafka__bootstrap=f"127.0.0.1:{guarded.scram}", kafka__security=security("nonsense"))
    done = run.command("doctor", check=False)
    assert done.returncode == 6, done.stdout + done.stderr
    assert "Authentication failed" in done.stdout + done.stderr, done.stdout + done.stderr
