"""The console's pages on real servers: what each route answers, and what it must not."""
import json
import pathlib

import pytest
import requests

import servers

ADMIN = {"email": "admin@test.com", "password": "correct horse"}
SERVICE = {"name", "kind", "state", "managed", "address", "version", "pid", "since", "restarts",
           "rss_bytes", "note", "code", "fix", "has_log"}


class Browser:
    """An administrator's session."""

    def __init__(self, run):
        self.base = f"http://127.0.0.1:{run.console_port}/api/v1"
        self.session = requests.Session()
        answer = self.session.post(f"{self.base}/session", json=ADMIN, timeout=20)
        assert answer.ok, answer.text
        self.session.headers["X-CSRF-Token"] = answer.json()["csrf"]

    def get(self, path, **query):
        answer = self.session.get(self.base + path, params=query, timeout=20)
        assert answer.ok, f"{path}: {answer.text}"
        return answer.json()

    def sql(self, sql, **body):
        return self.session.post(f"{self.base}/sql", json={"sql": sql, **body}, timeout=40)

    def service(self, kind):
        return next(s for s in self.get("/services")["items"] if s["kind"] == kind)


@pytest.fixture
def own_clickhouse(tmp_path):
    server = servers.ClickHouse(tmp_path / "clickhouse").start()
    yield server
    server.stop()


@pytest.mark.parametrize("database", ["mariadb"], indirect=True)
def test_pages_show_the_pipeline_and_a_server_that_goes_and_comes(
        tmp_path, database, db, kafka, own_clickhouse):
    with database.connect() as connection:
        cursor = connection.cursor()
        cursor.execute(f"CREATE TABLE {db}.t (id INT PRIMARY KEY, big BIGINT UNSIGNED, note TEXT)")
        cursor.execute(f"INSERT INTO {db}.t VALUES (1, 18446744073709551615, NULL), (2, 5, 'a')")
        connection.commit()
    run = servers.Rowhouse(tmp_path / "rowhouse", database, kafka, own_clickhouse, [f"{db}.*"],
                           pipeline=db, prefix=f"rh_{db}", console__admin_email=ADMIN["email"],
                           console__admin_password=ADMIN["password"])
    run.start()
    try:
        browser = Browser(run)
        check_services(browser)
        check_settings_and_help(browser)
        check_sql(browser, own_clickhouse, tmp_path)
        check_away(browser, own_clickhouse)
    finally:
        run.stop()


def check_services(browser):
    page = browser.get("/services")
    kinds = {s["kind"] for s in page["items"]}
    assert kinds == {"database", "broker", "registry", "clickhouse", "capture", "sink", "console"}
    assert all(set(s) == SERVICE for s in page["items"])
    servers.wait_until(
        lambda: all(s["state"] == "ready" for s in browser.get("/services")["items"]),
        "every service is ready", 30)
    assert "MariaDB" in browser.service("database")["version"]
    log = browser.get("/services/capture/log", search="rowhouse is starting", lines=5)
    assert len(log["lines"]) == 1 and log["lines"][0]["level"] == "info" and log["lines"][0]["at"]
    with browser.session.get(f"{browser.base}/services/console/log/live", stream=True,
                             timeout=20) as live:
        lines = live.iter_lines(chunk_size=1, decode_unicode=True)
        assert next(lines) == "event: lines"
        assert json.loads(next(lines).removeprefix("data: "))[0].keys() >= {"n", "at", "text"}
    text = browser.session.get(f"{browser.base}/services/sink/log/download", timeout=20).text
    assert "rowhouse is starting" in text
    restart = browser.session.post(f"{browser.base}/services/kafka/restart",
                                   json={"confirm": "kafka"}, timeout=20)
    assert restart.status_code == 409  # it is not ours
    assert browser.session.get(f"{browser.base}/services/kafka/log", timeout=20).status_code == 404


def check_settings_and_help(browser):
    settings = {s["key"]: s for s in browser.get("/settings")["items"]}
    assert settings["source.password"]["value"] != "rowhouse"
    assert "rowhouse.yaml" in settings["source.port"]["origin"]
    assert settings["kafka.linger"]["origin"] == "default"
    page = browser.get("/help/e-ch-001")
    assert page["code"] == "E-CH-001" and "ClickHouse" in page["text"]


def check_sql(browser, clickhouse, directory):
    def arrived():
        answer = browser.sql("SELECT id, big, note FROM t_current ORDER BY id")
        return answer.ok and len(answer.json()["rows"]) == 2
    servers.wait_until(arrived, "the rows are in ClickHouse", 30)
    answer = browser.sql("SELECT id, big, note FROM t_current ORDER BY id LIMIT 1;").json()
    assert answer["rows"] == [["1", "18446744073709551615", None]]
    assert [c["name"] for c in answer["columns"]] == ["id", "big", "note"]
    assert not answer["truncated"] and int(answer["rows_read"]) >= 1
    cut = browser.sql("SELECT number FROM numbers(1000000)", limit=7).json()
    assert len(cut["rows"]) == 7 and cut["truncated"]
    tables = {t["table"] for t in browser.get("/sql/tables")}
    assert {"t", "t_current", "t_errors"} <= tables
    wrong = browser.sql("SELECT id,\n oops( FROM t")
    assert wrong.status_code == 422 and wrong.json()["error"]["code"] == "E-CON-017"
    assert wrong.json()["error"]["position"] > 10
    check_only_reads(browser, clickhouse, directory)


def check_only_reads(browser, clickhouse, directory):
    """Neither the guard nor the server lets any of these through."""
    secret = pathlib.Path(directory) / "secret"
    secret.write_text("xyzzy")
    out = pathlib.Path(directory) / "out"
    before = clickhouse.query("SELECT count() FROM system.tables")
    refused = [
        f"SELECT file('{secret}')", f"SELECT `file`('{secret}')", f"SELECT file/**/('{secret}')",
        f"SELECT * FROM file('{secret}', 'LineAsString')", f"SELECT 1 INTO OUTFILE '{out}'",
        f"SELECT 1 INTO/**/OUTFILE '{out}' TRUNCATE", "SELECT * FROM url('http://127.0.0.1:1/')",
        "DESCRIBE TABLE url('http://127.0.0.1:1/')", "DESC url('http://127.0.0.1:1/')",
        "SELECT * FROM s3('http://127.0.0.1:1/b/a.csv')", "SELECT * FROM remote('h:1', a.b)",
        "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')", "SELECT * FROM sqlite('a', 'b')",
        "CREATE TABLE x (a Int8) ENGINE = Memory", "INSERT INTO t SELECT * FROM t", "DROP TABLE t",
        f"INSERT INTO FUNCTION file('{out}', 'CSV', 'a Int8') SELECT 1", "KILL QUERY WHERE 1",
        "SYSTEM SHUTDOWN", "SET readonly = 0", "SELECT 1 SETTINGS readonly = 0",
        f"BACKUP TABLE t TO File('{out}')", "SHOW CREATE TABLE t_queue", "SELECT 1; SELECT 2",
        "SELECT create_table_query FROM system.tables", "SELECT * FROM system.query_log",
        "SELECT * FROM merge('system', 'tables')", "SELECT 1 FORMAT JSON",
        "EXISTS default.`/etc/passwd`", "SELECT * FROM default.`/etc/passwd`",
        "DESCRIBE TABLE default.`/etc/passwd`", "SELECT $a$ ' $a$, file('x')", "ATTACH TABLE x FROM 'y' (a Int8) ENGINE = Log"]
    for sql in refused:
        answer = browser.sql(sql)
        assert answer.status_code == 422, f"{sql}: {answer.text}"
        assert "xyzzy" not in answer.text
    assert not out.exists()
    assert clickhouse.query("SELECT count() FROM system.tables") == before


def check_away(browser, clickhouse):
    assert browser.get("/overview")["clickhouse"]["state"] == "ok"
    clickhouse.stop()
    servers.wait_until(lambda: browser.get("/overview")["clickhouse"]["state"] == "down",
                       "the overview tells that ClickHouse is away", 30)
    overview = browser.get("/overview")
    assert overview["verdict"] == "DEGRADED"
    assert any(t["part"] == "clickhouse" and t["fix"] for t in overview["troubles"])
    assert browser.service("clickhouse")["state"] == "failed"
    answer = browser.sql("SELECT 1")
    assert answer.status_code == 503 and answer.json()["error"]["code"] == "E-CH-001"
    clickhouse.start()
    servers.wait_until(lambda: browser.get("/overview")["verdict"] == "RUNNING",
                       "the overview tells no more of it", 40)
    assert browser.service("clickhouse")["state"] == "ready"
