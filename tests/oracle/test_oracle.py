"""An independent reader of the same binary log agrees, row by row.

Random transactions and schema changes on random tables of every type; rowhouse's topics are then
compared with what the server's own log tool prints of the same log. ROWHOUSE_ORACLE_STATEMENTS
makes it longer (make test-oracle), ROWHOUSE_ORACLE_SEED repeats a run.
"""

import os
import random

import readings
import servers
from random_work import RandomWork


def tool_of(database):
    if database.flavor == "mariadb":
        return [servers.need("mariadb_binlog")]
    return [servers.need("mysqlbinlog")]


def log_end(database):
    statement = "SHOW BINARY LOG STATUS" if database.flavor == "mysql" else "SHOW MASTER STATUS"
    with database.connect() as c, c.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[:2]


def caught_up(run, database, db):
    """The mark's row is in its topic: everything before it is in the others."""
    with database.connect(db=db) as c:
        c.cursor().execute("INSERT INTO the_end VALUES (1)")
    topic = f"{run.settings['capture']['topic_prefix']}.{db}.the_end"
    servers.wait_until(lambda: readings._messages(run.settings["kafka"]["bootstrap"], topic)[topic],
                       "the last row is in its topic", 120)


def test_another_reader_of_the_log_sees_the_same_rows(database, kafka, clickhouse, db, tmp_path):
    statements = int(os.environ.get("ROWHOUSE_ORACLE_STATEMENTS", "800"))
    seed = int(os.environ.get("ROWHOUSE_ORACLE_SEED", random.randrange(10**6)))
    with database.connect(db=db) as c:
        c.cursor().execute("CREATE TABLE the_end (id INT)")
    run = servers.Rowhouse(tmp_path / "rowhouse", database, kafka, clickhouse, [f"{db}.*"],
                           pipeline=db, prefix="oracle", capture__snapshot="never",
                           capture__reload="manual", sink__mode="none")
    start = log_end(database)
    run.start()
    try:
        with database.connect(db=db) as c:
            work = RandomWork(c, seed)
            while work.statements < statements:
                work.step()
        caught_up(run, database, db)
        theirs = readings.of_server_tool(tool_of(database), database, db, start)
        ours = readings.of_topics(kafka.bootstrap, run.settings["registry"]["url"], "oracle", db)
    finally:
        run.stop()
    rows = sum(len(changes) for changes in ours.values())
    print(f"\n{database.flavor}: seed {seed}, {work.statements} statements, {len(ours)} tables, {rows} row changes")
    assert rows > statements / 4
    assert readings.differences(ours, theirs) == [], f"seed {seed}"
