"""kill -9 of a random part, again and again, while every kind of row changes.

Afterwards each table must equal MySQL, row by row. ROWHOUSE_CRASH_ROUNDS sets how many rounds;
ROWHOUSE_CRASH_SEED repeats a run.
"""

import os
import random
import time

import pytest

import rowcheck
import servers
import zoo

ROUNDS = int(os.environ.get("ROWHOUSE_CRASH_ROUNDS", "12"))
SEED = int(os.environ.get("ROWHOUSE_CRASH_SEED", "7"))


class Storm:
    """Random transactions on a keyed and a keyless table of all types."""

    def __init__(self, database, seed):
        self.database = database
        self.zoo = zoo.Zoo(seed)
        self.random = random.Random(seed)
        with database.connect() as c:
            c.cursor().execute("CREATE DATABASE storm CHARACTER SET utf8mb4")
            c.cursor().execute("USE storm")
            c.cursor().execute(zoo.create("zoo"))
            c.cursor().execute(zoo.create("bag", keyed=False))
        self.next_id = 1

    def round(self):
        with self.database.connect(db="storm") as c:
            for _ in range(self.random.randrange(3, 15)):
                c.begin()
                for _ in range(self.random.randrange(1, 8)):
                    self.change(c.cursor())
                if self.random.random() < 0.1:
                    c.rollback()
                else:
                    c.commit()

    def change(self, cursor):
        table = self.random.choice(["zoo", "zoo", "bag"])
        dice = self.random.random()
        key = self.random.randrange(1, self.next_id + 1)
        if dice < 0.5:
            self.zoo.insert(cursor, table, self.next_id)
            self.next_id += 1
        elif dice < 0.8:
            self.zoo.update(cursor, table, f"id={key}")
        elif dice < 0.9 and table == "zoo":
            self.next_id += 1
            cursor.execute(f"UPDATE zoo SET id={self.next_id} WHERE id={key}")
            self.next_id += 1
        else:
            cursor.execute(f"DELETE FROM {table} WHERE id={key}")


@pytest.mark.parametrize("flavor", ["mariadb"] if ROUNDS < 50 else ["mariadb", "mysql"])
def test_nothing_is_lost_or_wrong_after_kill_9_of_any_part(tmp_path, flavor):
    print(f"\n{ROUNDS} rounds on {flavor}, seed {SEED}")
    database = servers.Database(tmp_path / "db", flavor).start()
    kafka = servers.Kafka(tmp_path / "kafka").start()
    clickhouse = servers.ClickHouse(tmp_path / "ch").start()
    run = servers.Rowhouse(tmp_path / "rh", database, kafka, clickhouse, ["storm.*"],
                           capture__chunk_rows=100)
    parts = {"capture": run, "kafka": kafka, "clickhouse": clickhouse, "database": database}
    chosen = random.Random(SEED)
    kills = dict.fromkeys(parts, 0)
    try:
        storm = Storm(database, SEED)
        for _ in range(40):
            storm.round()  # rows for a first load of several chunks
        run.start(ready=False)
        for number in range(ROUNDS):
            storm.round()
            if number % 2 == 1:
                name = chosen.choice(list(parts))
                time.sleep(chosen.random())
                parts[name].kill()
                kills[name] += 1
                if name == "capture":
                    run.start(ready=False)
                else:
                    parts[name].start()
        assert run.alive(), run.tail()
        with database.connect() as c:
            for table in ("zoo", "bag"):
                servers.wait_until(
                    lambda: rowcheck.differences(c, clickhouse, "storm", table) == "",
                    f"{table} is equal; kills {kills}", seconds=90, every=1)
                _, rows = rowcheck.rows_of_mysql(c, "storm", table)
                print(f"{table}: {len(rows)} rows equal; kills {kills}")
    except AssertionError:
        print(run.tail(60))
        with database.connect() as c:
            for table in ("zoo", "bag"):
                print(rowcheck.differences(c, clickhouse, "storm", table))
        raise
    finally:
        for part in (run, clickhouse, kafka, database):
            part.kill()
