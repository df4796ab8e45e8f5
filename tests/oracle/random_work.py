"""Random tables, rows and schema changes, from a seed: what a database may do in an hour."""

import random

import zoo

TABLES_MAX = 6
COLUMNS_MAX = 14


class RandomWork:
    """Changes a database of its own, one statement or transaction a step.

    Tables have random columns of every type the zoo knows. Names are never used twice for
    another column of a table, so that a reader who asks the dictionary late can't mistake one for
    the other.
    """

    def __init__(self, connection, seed):
        self.connection = connection
        self.random = random.Random(seed)
        self.animals = zoo.Zoo(seed)
        self.kinds = dict(zoo.COLUMNS)
        self.tables = {}  # name: {column: its name in the zoo}
        self.made = 0
        self.statements = 0

    def step(self):
        dice = self.random.random()
        if not self.tables or (dice < 0.01 and len(self.tables) < TABLES_MAX):
            self._create()
        elif dice < 0.06:
            self._alter(self.random.choice(list(self.tables)))
        elif dice < 0.065 and len(self.tables) > 2:
            self._run(f"DROP TABLE {self._forget(self.random.choice(list(self.tables)))}")
        else:
            self._transaction()

    def _run(self, sql, values=None):
        self.statements += 1
        with self.connection.cursor() as cursor:
            return cursor.execute(sql, values)

    def _new(self, prefix):
        self.made += 1
        return f"{prefix}{self.made}"

    def _forget(self, table):
        del self.tables[table]
        return table

    def _create(self):
        table = self._new("t")
        picked = self.random.sample(list(self.kinds), self.random.randrange(3, COLUMNS_MAX))
        columns = {self._new(f"{name}_"): name for name in picked}
        text = ", ".join(f"`{c}` {self.kinds[name]}" for c, name in columns.items())
        key = self.random.choice(["id INT PRIMARY KEY AUTO_INCREMENT", "id INT PRIMARY KEY AUTO_INCREMENT",
                                  "id INT AUTO_INCREMENT, KEY (id)"])
        self._run(f"CREATE TABLE {table} ({key.split(', ')[0]}, {text}"
                  f"{', KEY (id)' if 'KEY (id)' in key else ''}) CHARACTER SET utf8mb4")
        self.tables[table] = columns

    def _alter(self, table):
        columns = self.tables[table]
        kind = self.random.choice(["add", "add", "drop", "rename", "modify", "truncate"])
        if kind == "add" and len(columns) < COLUMNS_MAX:
            name = self.random.choice(list(self.kinds))
            column = self._new(f"{name}_")
            place = self.random.choice(["", " FIRST", f" AFTER `{self.random.choice(list(columns))}`"])
            self._run(f"ALTER TABLE {table} ADD COLUMN `{column}` {self.kinds[name]}{place}")
            columns[column] = name
        elif kind == "drop" and len(columns) > 2:
            column = self.random.choice(list(columns))
            self._run(f"ALTER TABLE {table} DROP COLUMN `{column}`")
            del columns[column]
        elif kind == "rename":
            old = self.random.choice(list(columns))
            new = self._new(f"{columns[old]}_")
            self._run(f"ALTER TABLE {table} RENAME COLUMN `{old}` TO `{new}`")
            columns[new] = columns.pop(old)
        elif kind == "modify":
            wider = {"t": "b", "s": "i", "i": "b", "tu": "iu", "c": "vc"}
            can = [c for c, name in columns.items() if name in wider]
            if can:
                column = self.random.choice(can)
                columns[column] = wider[columns[column]]
                self._run(f"ALTER TABLE {table} MODIFY `{column}` {self.kinds[columns[column]]}")
        elif kind == "truncate":
            self._run(f"TRUNCATE TABLE {table}")

    def _transaction(self):
        self.connection.begin()
        for _ in range(self.random.randrange(1, 6)):
            self._change(self.random.choice(list(self.tables)))
        if self.random.random() < 0.1:
            self.connection.rollback()
        else:
            self.connection.commit()

    def _change(self, table):
        columns = self.tables[table]
        dice = self.random.random()
        picked = self.random.sample(list(columns), self.random.randrange(1, len(columns) + 1))
        if dice < 0.5:
            names = ", ".join(f"`{c}`" for c in picked)
            rows = self.random.randrange(1, 5)
            marks = ", ".join(["(" + ", ".join(["%s"] * len(picked)) + ")"] * rows)
            self._run(f"INSERT INTO {table} ({names}) VALUES {marks}",
                      [self.animals.value(columns[c]) for _ in range(rows) for c in picked])
        elif dice < 0.85:
            sets = ", ".join(f"`{c}`=%s" for c in picked)
            self._run(f"UPDATE {table} SET {sets} ORDER BY id DESC LIMIT {self.random.randrange(1, 4)}",
                      [self.animals.value(columns[c]) for c in picked])
        elif dice < 0.9:
            self._run(f"UPDATE {table} SET id = id + 1000000 ORDER BY id DESC LIMIT 1")
        else:
            self._run(f"DELETE FROM {table} ORDER BY id LIMIT {self.random.randrange(1, 3)}")
