"""The log from which to go on is gone: RESET, or purged. The errors name `rowhouse resync --all
--start-over`; after it both sides are equal, whatever was changed in between.
"""

import pytest

import servers
from test_errors import CONFIG, refused
from test_resync import equal, make, run_sql, unlogged

RESET = {"mariadb": "RESET MASTER", "mysql": "RESET BINARY LOGS AND GTIDS"}
END = {"mariadb": "SHOW MASTER STATUS", "mysql": "SHOW BINARY LOG STATUS"}


def change(database, db, keyed, bag, note):
    run_sql(database, db, f"DELETE FROM {keyed} WHERE id % 7 = 1",
            f"UPDATE {keyed} SET n = '{note}' WHERE id % 3 = 0",
            f"REPLACE INTO {keyed} VALUES (9001, '{note}')",
            f"DELETE FROM {bag} WHERE id = 3", f"INSERT INTO {bag} VALUES (4, 'old 4'), (5, '{note}')")


def purge(database, db):
    with database.connect() as c, c.cursor() as k:
        k.execute("FLUSH BINARY LOGS")
        k.execute(END[database.flavor])
        last = k.fetchone()[0]

        def gone():  # not while a session reads them, which may not have noticed its end
            k.execute(f"PURGE BINARY LOGS TO '{last}'")
            k.execute("SHOW BINARY LOGS")
            return len(k.fetchall()) == 1
        servers.wait_until(gone, "the logs are gone")


def reset(database, db):
    run_sql(database, db, RESET[database.flavor])


def start_over(run):
    done = run.command("resync", "--all", "--start-over")
    assert "the next start begins anew" in done.stdout, done.stdout


@pytest.mark.parametrize("lose_log, code", [(reset, "E-MYSQL-025"), (purge, "E-MYSQL-024")],
                         ids=["reset", "purge"])
@pytest.mark.parametrize("delivery", ["at-least-once", "exactly-once"])
def test_a_log_that_is_gone_is_started_over(
        database, clickhouse, db, pipeline, lose_log, code, delivery):
    if delivery == "exactly-once" and (database.flavor, code) != ("mariadb", "E-MYSQL-025"):
        pytest.skip("the one combination above shows it")
    keyed, bag = f"keyed_{db}", f"bag_{db}"
    make(database, db, keyed, rows=3000)
    make(database, db, bag, rows=30, key="")
    run = pipeline(capture__chunk_rows=500, capture__delivery=delivery).start()
    for table in (keyed, bag):
        equal(database, clickhouse, db, table)
    change(database, db, keyed, bag, "seen")
    for table in (keyed, bag):
        equal(database, clickhouse, db, table)
    assert run.stop() == 0
    for round in ("first", "second"):
        change(database, db, keyed, bag, f"{round} before")
        lose_log(database, db)
        change(database, db, keyed, bag, f"{round} after")
        refused(run, CONFIG, code, "rowhouse resync --all --start-over")
        start_over(run)
        run.start(ready=False)
        servers.wait_until(lambda: "starting over" in run.log.read_text(), "it has begun")
        run.kill()  # harmless at any moment
        run.start()
        for table in (keyed, bag):
            equal(database, clickhouse, db, table)
        change(database, db, keyed, bag, f"{round} and on")
        for table in (keyed, bag):
            equal(database, clickhouse, db, table)
        assert run.stop() == 0


@pytest.mark.parametrize("database", ["mariadb"], indirect=True)
def test_a_running_pipeline_can_start_over(database, clickhouse, db, pipeline):
    keyed, bag, gone = f"keyed_{db}", f"bag_{db}", f"gone_{db}"
    make(database, db, keyed)
    make(database, db, bag, key="")
    make(database, db, gone)
    run = pipeline().start()
    for table in (keyed, bag, gone):
        equal(database, clickhouse, db, table)
    unlogged(database, db, f"DELETE FROM {keyed} WHERE id < 9", f"DELETE FROM {bag} WHERE id < 9",
             f"UPDATE {keyed} SET n = 'unlogged' WHERE id = 20", f"DROP TABLE {gone}")
    done = run.command("resync", "--all", "--start-over")
    assert "asked: the running process" in done.stdout
    for table in (keyed, bag):
        equal(database, clickhouse, db, table)
    assert run.command("resync", "--all", f"{db}.{keyed}", check=False).returncode != 0
    assert run.command("resync", "--start-over", f"{db}.{keyed}", check=False).returncode != 0
