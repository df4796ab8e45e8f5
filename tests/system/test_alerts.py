"""Servers that are killed: a webhook hears which one, and that it is back."""
import http.server
import json
import threading

import pytest
import requests

import servers

ADMIN = {"email": "admin@test.com", "password": "correct horse"}


@pytest.fixture
def receiver():
    heard = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.heard = heard
    yield server
    server.shutdown()


def test_each_server_that_goes_is_told_and_so_is_its_return(tmp_path, receiver):
    database = servers.Database(tmp_path / "mariadb").start()
    kafka = servers.Kafka(tmp_path / "kafka").start()
    clickhouse = servers.ClickHouse(tmp_path / "clickhouse").start()
    run = servers.Rowhouse(tmp_path / "rowhouse", database, kafka, clickhouse, ["shop.*"],
                           console__admin_email=ADMIN["email"], console__admin_password=ADMIN["password"])
    try:
        with database.connect() as c:
            c.cursor().execute("CREATE DATABASE shop")
            c.cursor().execute("CREATE TABLE shop.orders (id INT PRIMARY KEY)")
        run.start()
        api = f"http://127.0.0.1:{run.console_port}/api/v1"
        session = requests.Session()
        session.headers["X-CSRF-Token"] = session.post(f"{api}/session", json=ADMIN, timeout=20).json()["csrf"]

        # Who is told; the address is a secret that is kept when the channel is sent back.
        url = f"http://127.0.0.1:{receiver.server_port}/secret"
        made = session.post(f"{api}/alerts/channels", timeout=20, json={
            "kind": "webhook", "name": "ops", "url": url, "min_severity": "warn"})
        assert made.status_code == 201 and "secret" not in made.text, made.text
        channel = made.json()
        changed = session.put(f"{api}/alerts/channels/{channel['id']}", json={**channel, "name": "on call"}, timeout=20)
        assert changed.status_code == 200 and changed.json()["name"] == "on call", changed.text
        tried = session.post(f"{api}/alerts/channels/{channel['id']}/test", json={}, timeout=20).json()
        assert tried["ok"] and len(receiver.heard) == 1, tried
        soon = session.patch(f"{api}/alerts/rules/RowhousePartDown", json={"for_s": 0}, timeout=20)
        assert soon.json()["for_s"] == 0, soon.text
        assert session.patch(f"{api}/alerts/rules/Nothing", json={}, timeout=20).status_code == 404

        def told(part, status):
            return any(a["labels"]["alertname"] == "RowhousePartDown" and part in json.dumps(a)
                       for m in list(receiver.heard) if m["status"] == status for a in m["alerts"])

        for part, server in (("clickhouse", clickhouse), ("kafka", kafka), ("source", database)):
            server.kill()
            servers.wait_until(lambda: told(part, "firing"), f"{part} is told of", 60)
            active = session.get(f"{api}/alerts", timeout=20).json()["active"]
            assert any(a["table"] == part and a["fix"] and a["message"] for a in active), active
            server.start()
        for part in ("clickhouse", "kafka", "source"):
            servers.wait_until(lambda: told(part, "resolved"), f"{part} is back", 120)
        history = session.get(f"{api}/alerts", timeout=20).json()["history"]
        assert {"clickhouse", "kafka", "source"} <= {h["table"] for h in history if h["resolved_at"]}

        # A silence is shown, ends by order, and settings outlive the process.
        silence = session.post(f"{api}/alerts/silences", timeout=20, json={
            "rule": "RowhousePartDown", "minutes": 60, "reason": "a test"}).json()
        run.stop()
        run.start()
        session.headers["X-CSRF-Token"] = session.post(f"{api}/session", json=ADMIN, timeout=20).json()["csrf"]
        kept = session.get(f"{api}/alerts", timeout=20).json()
        assert [s["id"] for s in kept["silences"]] == [silence["id"]]
        assert next(r for r in kept["rules"] if r["name"] == "RowhousePartDown")["for_s"] == 0
        assert session.get(f"{api}/alerts/channels", timeout=20).json()["items"][0]["name"] == "on call"
        assert session.delete(f"{api}/alerts/silences/{silence['id']}", timeout=20).status_code == 204
        assert session.delete(f"{api}/alerts/channels/{channel['id']}", timeout=20).status_code == 204
    finally:
        for server in (run, clickhouse, kafka, database):
            server.stop()
