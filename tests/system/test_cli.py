"""The commands beside `run`, on real servers: what they say, and what they end with."""

import json
import subprocess
import time

import pytest

import servers

OK, AUTH, PREFLIGHT, UNHEALTHY, CONFIG = 0, 4, 6, 7, 78


@pytest.fixture
def shop(database, db):
    """Two tables, one without a key, whose names no other test uses."""
    with database.connect(db=db) as c:
        c.cursor().execute(f"CREATE TABLE orders_{db} (id INT PRIMARY KEY, total DECIMAL(10,2))")
        c.cursor().execute(f"CREATE TABLE log_{db} (a INT, b TEXT)")
        c.cursor().execute(f"INSERT INTO orders_{db} VALUES (1, 1.5), (2, 2.25)")
    return db


def checks(run, *arguments):
    done = run.command("doctor", "-o", "json", *arguments, check=False)
    return done.returncode, {c["code"]: c for c in json.loads(done.stdout)["checks"]}


def test_doctor_passes_on_servers_that_are_ready(shop, pipeline):
    code, found = checks(pipeline())
    assert code == OK, found
    assert found["E-MYSQL-012"]["found"] == "FULL"
    assert found["E-DOC-001"]["state"] == "warn"
    assert f"{shop}.log_{shop}" in found["E-DOC-001"]["found"]
    assert found["E-DOC-030"]["state"] == "ok"


def test_doctor_names_each_cause_with_its_fix(shop, database, pipeline):
    run = pipeline()
    variable = "binlog_row_metadata"
    with database.connect(user="root", password="") as c:
        c.cursor().execute(f"SET GLOBAL {variable} = 'MINIMAL'")
    try:
        code, found = checks(run, "--set", "kafka.bootstrap=127.0.0.1:1",
                             "--set", "sink.url=http://127.0.0.1:2")
        stopped = run.command("run", check=False)
    finally:
        with database.connect(user="root", password="") as c:
            c.cursor().execute(f"SET GLOBAL {variable} = 'FULL'")
    assert code == PREFLIGHT
    assert "SET GLOBAL binlog_row_metadata = 'FULL'" in found["E-MYSQL-013"]["fix"]
    assert found["E-KAFKA-001"]["state"] == "fail"
    assert found["E-CH-001"]["state"] == "fail"
    assert "kafka.bootstrap" in found["E-KAFKA-001"]["fix"]
    assert stopped.returncode == CONFIG
    assert "E-MYSQL-013" in stopped.stderr and "fix: SET GLOBAL" in stopped.stderr


def test_a_wrong_password_is_named_and_not_shown(shop, pipeline):
    done = pipeline().command("run", "--set", "source.password=hushhush", check=False)
    assert done.returncode == AUTH
    assert "E-MYSQL-002" in done.stderr and "fix:" in done.stderr
    assert "hushhush" not in done.stdout + done.stderr


def test_a_busy_port_is_named(shop, kafka, pipeline):
    done = pipeline().command("run", "--set", f"console.listen={kafka.bootstrap}", check=False)
    assert done.returncode == CONFIG
    assert f"port {kafka.port} on 127.0.0.1 is taken" in done.stderr


def test_plan_setup_and_plan_again(shop, clickhouse, pipeline):
    run = pipeline()
    assert run.command("plan", "--exit-code", check=False).returncode == 3
    plan = json.loads(run.command("plan", "-o", "json", f"orders_{shop}").stdout)
    columns = {c["name"]: c["clickhouse"] for c in plan["tables"][0]["columns"]}
    assert columns == {"id": "Int32", "total": "Nullable(Decimal(10, 2))"}
    done = json.loads(run.command("setup", "-o", "json").stdout)
    assert f"`kafka_tables`.`orders_{shop}_queue`" in [a["object"] for a in done["actions"]]
    assert json.loads(run.command("setup", "-o", "json").stdout)["actions"] == []
    assert run.command("plan", "--exit-code").returncode == OK
    names = clickhouse.query("SELECT name FROM system.tables WHERE database = 'demo_tables'")
    assert f"orders_{shop}" in names.split()


def test_status_follows_the_pipeline(shop, pipeline):
    run = pipeline()
    before = run.command("status", "-o", "json", check=False)
    assert before.returncode == UNHEALTHY
    assert json.loads(before.stdout)["verdict"] == "STOPPED"
    run.start()

    def caught_up():
        status = json.loads(run.command("status", "-o", "json", check=False).stdout)
        tables = {t["table"]: t for t in status["tables"]}
        orders = tables.get(f"{shop}.orders_{shop}", {})
        return status["verdict"] == "RUNNING" and orders.get("messages") == 2
    servers.wait_until(caught_up, "status shows both rows", 30, 0.3)


def test_position_says_what_is_still_to_be_read(shop, database, pipeline):
    run = pipeline()

    def told(code):
        done = run.command("position", "-o", "json", check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)
    assert told(OK)["saved"] is None
    run.start()
    servers.wait_until(lambda: told(OK)["saved"] and told(OK)["behind_transactions"] == 0,
                       "all that there is has been read and saved", 30, 0.3)
    run.stop()
    before = told(OK)
    assert before["source"]["server"] == before["saved"]["server"] and before["saved"]["gtid"]
    with database.connect(db=shop) as c:
        for i in range(3, 8):
            c.cursor().execute(f"INSERT INTO orders_{shop} VALUES ({i}, 1)")
            c.commit()
    after = told(OK)
    assert after["saved"] == before["saved"]
    assert after["behind_transactions"] == 5
    assert after["behind_bytes"] > before["behind_bytes"]
    text = run.command("position").stdout
    assert f"{after['saved']['file']}:{after['saved']['pos']}" in text and "5 transactions" in text
    away = run.command("position", "--set", "source.port=1", check=False)
    assert away.returncode == UNHEALTHY and after["saved"]["file"] in away.stdout


def test_run_waits_for_a_broker_that_is_away_and_stops_in_time(shop, pipeline):
    run = pipeline(kafka__bootstrap="127.0.0.1:1")
    run.start(ready=False)
    servers.wait_until(lambda: "waiting for Kafka" in run.tail(), "it says what it waits for", 20)
    began = time.monotonic()
    assert run.stop() == OK
    assert time.monotonic() - began < 10


def test_a_second_signal_ends_it_at_once(shop, pipeline):
    run = pipeline(kafka__bootstrap="127.0.0.1:1")
    run.start(ready=False)
    servers.wait_until(lambda: "waiting for Kafka" in run.tail(), "it waits", 20)

    def ended():
        run.child.terminate()  # nearer together than 0.3 s they count as one request
        return not run.alive()
    servers.wait_until(ended, "it ends", 5, 0.4)
    assert run.child.returncode in (OK, 143)


def test_health_and_metrics_are_served(shop, pipeline):
    import requests
    run = pipeline().start()
    base = f"http://127.0.0.1:{run.console_port}"
    assert requests.get(f"{base}/healthz", timeout=2).text == "ok\n"
    assert requests.get(f"{base}/readyz?verbose", timeout=2).status_code == 200
    text = requests.get(f"{base}/metrics", timeout=2).text
    assert f'rowhouse_source_connected{{pipeline="{shop}"}} 1' in text
    assert requests.get(f"{base}/nothing.txt", timeout=2).status_code == 404


def test_every_exit_code_is_explained():
    page = subprocess.run([servers.binary(), "help", "exit-codes"], capture_output=True, text=True)
    for code in (AUTH, PREFLIGHT, UNHEALTHY, CONFIG):
        assert f" {code}  " in page.stdout
