"""How the source is spared: rates, pauses, samples; and how a run is ended and gone on with."""

import contextlib
import json
import signal
import subprocess
import threading

import pytest

import rowcheck
import servers
from test_backfill import alone, orders  # noqa: F401 (a fixture)
from test_verify import equal, own_databases, table_of, verify  # noqa: F401


class Background:
    """A command that takes its time; its log is read as it grows."""

    def __init__(self, run, *arguments):
        self.lines = []
        self.child = subprocess.Popen([servers.binary(), *arguments, "-c", str(run.config)], text=True,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.child.stderr))
        self.reader.start()

    def said(self, text):
        return servers.wait_until(lambda: next((line for line in list(self.lines) if text in line), None),
                                  f"it says {text!r}")

    def ended(self, seconds=40):
        """Exit status, what it wrote."""
        out = self.child.stdout.read()
        code = self.child.wait(seconds)
        self.reader.join()
        return code, out

    def kill(self):
        if self.child.poll() is None:
            self.child.kill()
            self.ended()


@pytest.fixture
def background():
    with contextlib.ExitStack() as stack:
        def start(run, *arguments):
            made = Background(run, *arguments)
            stack.callback(made.kill)
            return made
        yield start


@contextlib.contextmanager
def busy(database):
    """Eight statements run meanwhile."""
    connections = [database.connect() for _ in range(8)]
    sleepers = [threading.Thread(target=lambda c=c: c.cursor().execute("DO SLEEP(600)")) for c in connections]
    for sleeper in sleepers:
        sleeper.start()
    try:
        yield
    finally:
        with database.connect() as c:
            for one in connections:
                c.cursor().execute(f"KILL QUERY {one.thread_id()}")
        for sleeper in sleepers:
            sleeper.join()


def listed(run, command="list", *words):
    return json.loads(run.command("backfill", command, *words, "-o", "json").stdout)


def only_run(run):
    runs = listed(run)["backfills"]
    assert len(runs) <= 1
    return runs[0] if runs else None


def test_a_rate_is_kept_and_a_stopped_run_goes_on(mariadb, clickhouse, kafka, tmp_path, background):
    db = table = "paced"
    run = servers.Rowhouse(tmp_path / db, mariadb, kafka, clickhouse, [f"{db}.*"], pipeline=db,
                           sink__current_database=f"{db}_now", sink__history_database=f"{db}_all")
    with mariadb.connect() as c:
        c.cursor().execute(f"CREATE DATABASE {db}")
    with mariadb.connect(db=db) as c:
        orders(c, table, 60_000)
    rate, chunk = 1000, 200
    first = background(run, "load", table, "--chunk", str(chunk), "--rate", str(rate))

    def beyond(rows):
        entry = only_run(run)
        return entry and int(entry["read"]) > rows and entry
    one = servers.wait_until(lambda: beyond(0), "it has begun")
    two = servers.wait_until(lambda: beyond(int(one["read"])), "it has gone on")

    def at(entry):
        return sum(float(part) * unit for part, unit in
                   zip(entry["updated"].rstrip("Z").split("T")[1].split(":"), (3600, 60, 1)))
    passed = (at(two) - at(one)) % 86_400
    # Each of two readers may be a chunk ahead at either moment.
    assert int(two["read"]) - int(one["read"]) <= rate * passed + 4 * chunk, (one, two)
    first.child.send_signal(signal.SIGTERM)
    code, _ = first.ended()
    assert code == 1 and only_run(run)["state"] == "stopped"
    assert int(only_run(run)["read"]) < 60_000
    done = json.loads(run.command("backfill", "resume", one["id"], "--rate", "1000000", "-o", "json").stdout)
    assert done["tables"][0]["state"] == "done" and done["tables"][0]["inserted"] == 60_000
    with mariadb.connect() as c:
        assert rowcheck.differences(c, clickhouse, db, table, database=f"{db}_now") == ""


def test_a_run_waits_while_the_source_is_busy_and_can_be_cancelled(
        database, clickhouse, db, alone, background):  # noqa: F811
    table, run = f"calm_{db}", alone("calm")
    with database.connect(db=db) as c:
        orders(c, table, 500)
    options = ["--max-threads-running", "6"]
    with busy(database):
        waits = background(run, "load", table, *options)
        waits.said("more than --max-threads-running 6")
        entry = only_run(run)
        assert (entry["state"], entry["read"]) == ("running", 0)
        assert "ends at its next chunk" in run.command("backfill", "cancel", entry["id"]).stdout
        assert waits.ended()[0] == 1
        assert listed(run, "show", entry["id"])["state"] == "cancelled"
        refused = run.command("backfill", "resume", entry["id"], check=False)
        assert refused.returncode == 78 and "is cancelled" in refused.stderr
        waits = background(run, "load", table, *options, "-o", "json")
        waits.said("more than --max-threads-running 6")
    code, out = waits.ended()
    assert code == 0 and json.loads(out)["tables"][0]["inserted"] == 500
    waits.said("going on")
    no_replica = run.command("load", table, "--max-replica-lag", "5", check=False)
    assert no_replica.returncode == 78 and "is no replica" in no_replica.stderr


def test_a_sample_a_rate_and_passes_without_end(database, clickhouse, db, pipeline, own_databases,  # noqa: F811
                                                background):
    with database.connect(db=db) as c:
        orders(c, "orders", 4000)
    run = pipeline(**own_databases).start()
    servers.wait_until(lambda: verify(run, "orders")[0] == 0 and
                       table_of(equal(run, "orders"), "orders")["rows_mysql"] == 4000, "it is loaded", 60)
    part = table_of(equal(run, "orders", "--sample", "10"), "orders")
    assert 100 < part["rows_mysql"] < 1000, part
    slow = table_of(equal(run, "orders", "--rate", "2000"), "orders")
    assert slow["rows_mysql"] == 4000 and slow["seconds"] >= 1.5, slow
    endless = background(run, "verify", "orders", "--continuous", "-o", "json")
    reports = [json.loads(endless.child.stdout.readline()) for _ in range(2)]
    assert all(report["equal"] for report in reports)
    clickhouse.query(f"INSERT INTO c_{db}.orders SELECT * REPLACE ('wrong' AS note, _version + 1 AS _version)"
                     f" FROM c_{db}.orders FINAL WHERE id = 7")
    for line in endless.child.stdout:
        if not json.loads(line)["equal"]:
            break
    endless.child.send_signal(signal.SIGTERM)
    assert endless.ended()[0] == 3


@pytest.mark.parametrize("database", ["mariadb"], indirect=True)
def test_a_comparison_waits_between_its_ranges_and_can_be_stopped(
        database, clickhouse, db, pipeline, own_databases, background):  # noqa: F811
    with database.connect(db=db) as c:
        orders(c, "orders", 4000)
    run = pipeline(**own_databases).start()
    servers.wait_until(lambda: verify(run, "orders")[0] == 0 and
                       table_of(equal(run, "orders"), "orders")["rows_mysql"] == 4000, "it is loaded", 60)
    paced = ["verify", "orders", "--rate", "400", "--max-threads-running", "6", "-o", "json"]
    waits = background(run, *paced)
    waits.said('"msg":"verifying"')  # the first of its ten ranges are read
    with busy(database):
        waits.said("more than --max-threads-running 6")
    code, out = waits.ended()
    assert code == 0 and json.loads(out)["tables"][0]["rows_mysql"] == 4000, out
    waits.said("going on")
    stopped = background(run, *paced)
    stopped.said('"msg":"verifying"')
    stopped.child.send_signal(signal.SIGTERM)
    code, out = stopped.ended(5)
    assert (code, out) == (1, ""), stopped.lines
