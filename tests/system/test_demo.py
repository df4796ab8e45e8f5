"""`rowhouse demo` as a person runs it: everything starts, rows flow, nothing is left behind."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time

import pymysql
import pytest
import requests

import servers


class Demo:
    """One demo with a directory and ports of its own."""

    def __init__(self, directory):
        for part in ("mariadbd", "java", "libchdb"):
            servers.need(part)
        self.directory = pathlib.Path(directory) / "demo"
        self.ports = {name: servers.free_port() for name in
                      ("mysql", "kafka", "registry", "clickhouse", "console")}
        self.child = None

    def argv(self, *more):
        ports = [x for name, port in self.ports.items() for x in (f"--{name}-port", str(port))]
        return [servers.binary(), "demo", "-o", "json", "--data", str(self.directory), *ports, *more]

    def run(self, *more, seconds=150):
        """To its end; gives the events."""
        done = subprocess.run(self.argv(*more), capture_output=True, text=True, timeout=seconds)
        assert done.returncode == 0, f"{done.returncode}\n{done.stdout}\n{done.stderr}\n{self.log()}"
        return [json.loads(line) for line in done.stdout.splitlines()]

    def start(self, *more):
        self.child = subprocess.Popen(self.argv(*more), stdout=subprocess.PIPE, text=True)
        return self

    def until(self, event):
        for line in self.child.stdout:
            read = json.loads(line)
            if read["event"] == event:
                return read
        raise AssertionError(f"ended before '{event}'\n{self.log()}")

    def log(self):
        logs = sorted((self.directory / "log").glob("*.log"))
        return "\n".join(f"== {p.name}\n" + "\n".join(
            p.read_text(errors="replace").splitlines()[-25:]) for p in logs)

    def processes(self):
        """Those whose command line names our directory."""
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
            except (OSError, IndexError):
                continue
            if str(self.directory) in line and state != "Z" and int(entry.name) != os.getpid():
                found.append((int(entry.name), line))
        return found

    def mysql(self):
        return pymysql.connect(host="127.0.0.1", port=self.ports["mysql"], user="rowhouse",
                               password="rowhouse", database="shop", autocommit=True)

    def clickhouse(self, sql):
        reply = requests.post(f"http://127.0.0.1:{self.ports['clickhouse']}/", data=sql, timeout=20)
        assert reply.status_code == 200, reply.text
        return reply.text.strip()

    def end(self):
        """Whatever a failed test left."""
        if self.child and self.child.poll() is None:
            self.child.kill()
            self.child.wait()


@pytest.fixture
def demo(tmp_path):
    made = Demo(tmp_path)
    yield made
    made.end()
    servers.wait_until(lambda: not made.processes(), "no process of the demo is left")


def shell(command):
    """As a person would paste it."""
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    return done.stdout


def last_tables(events):
    last = [e for e in events if e["event"] == "last_tables"]
    assert last, events
    return {t["table"]: t for t in last[0]["tables"]}


def test_a_demo_loads_streams_ends_clean_and_goes_on_where_it_ended(demo):
    events = demo.run("--rows", "3000", "--rate", "100", "--duration", "10s")
    tables = last_tables(events)
    first = next(e for e in events if e["event"] == "first_row")
    print("first row:", first["text"])
    assert first["seconds"] < 40  # 20 on a machine of its own
    assert tables["shop.products"]["mysql_rows"] >= 150
    for name, table in tables.items():
        assert table["mysql_rows"] == table["clickhouse_rows"], name
        assert table["lag_messages"] == 0, name
    made = [e for e in events if e["event"] == "last_tables"][0]["changes"]
    assert made > 300, made
    assert demo.processes() == []
    again = last_tables(demo.run("--rows", "3000", "--rate", "100", "--duration", "6s"))
    for name, table in again.items():
        assert table["mysql_rows"] == table["clickhouse_rows"], name
    assert again["shop.orders"]["mysql_rows"] > tables["shop.orders"]["mysql_rows"]
    assert demo.processes() == []


def test_the_commands_to_try_next_work_and_ctrl_c_ends_all_within_ten_seconds(demo):
    demo.start("--rows", "200", "--rate", "20")
    commands = demo.until("next")["commands"]
    demo.until("first_row")
    assert "INSERT INTO products" in commands[0]["command"]
    shell(commands[0]["command"])
    servers.wait_until(lambda: "Lamp" in shell(commands[1]["command"]),
                       "the inserted product is in ClickHouse", 10)
    servers.wait_until(lambda: "kafka_timestamp" in shell(commands[2]["command"]),
                       "the history of orders is there", 10)
    health = requests.get(f"http://127.0.0.1:{demo.ports['console']}/readyz", timeout=5)
    assert health.status_code == 200, health.text

    began = time.monotonic()
    demo.child.send_signal(signal.SIGINT)
    rest = demo.child.stdout.read()
    assert demo.child.wait(20) == 0, rest + demo.log()
    assert time.monotonic() - began < 10, rest
    assert demo.processes() == []


def restart_from_the_console(demo, name, killed_pid):
    base = f"http://127.0.0.1:{demo.ports['console']}/api/v1"
    session = requests.Session()
    signed_in = session.post(f"{base}/session", timeout=20, json={
        "email": "admin@test.com", "password": "admin"})
    session.headers["X-CSRF-Token"] = signed_in.json()["csrf"]

    def service():
        items = session.get(f"{base}/services", timeout=20).json()["items"]
        return next(s for s in items if s["name"] == name)
    before = service()
    assert before["managed"] and before["restarts"] == 1 and before["pid"] != killed_pid, before
    assert session.get(f"{base}/services/{name}/log", timeout=20).json()["lines"]
    asked = session.post(f"{base}/services/{name}/restart", json={"confirm": name}, timeout=20)
    assert asked.status_code == 202, asked.text
    servers.wait_until(lambda: service()["restarts"] == 2 and service()["state"] == "ready",
                       f"{name} is restarted", 60)
    assert service()["pid"] != before["pid"]


def test_a_killed_demo_leaves_no_process_and_a_killed_server_comes_back(demo):
    demo.start("--rows", "200", "--rate", "20")
    demo.until("first_row")
    mariadb = [pid for pid, line in demo.processes() if "mariadbd" in line]
    os.kill(mariadb[0], signal.SIGKILL)
    assert "mariadb ended with signal 9 (KILL)" in demo.until("service_died")["text"]
    servers.wait_until(lambda: demo.mysql().close() or True, "MariaDB is back", 60)
    with demo.mysql() as c:
        c.cursor().execute("INSERT INTO products (name, price) VALUES ('after the kill', 1)")
    servers.wait_until(
        lambda: demo.clickhouse(
            "SELECT count() FROM demo_tables.products FINAL WHERE name = 'after the kill'") == "1",
        "the pipeline went on", 60)
    restart_from_the_console(demo, "mariadb", mariadb[0])
    demo.child.kill()
    demo.child.wait()
    servers.wait_until(lambda: not demo.processes(), "the kernel has ended the servers", 10)


def test_a_busy_port_is_named_with_its_holder_before_anything_starts(demo):
    with socket.socket() as s:
        s.bind(("127.0.0.1", demo.ports["kafka"]))
        s.listen(1)
        done = subprocess.run(demo.argv(), capture_output=True, text=True, timeout=30)
    assert done.returncode == 78, done.stderr
    error = json.loads(done.stderr.splitlines()[-1])["error"]
    assert error["code"] == "E-DEMO-002"
    assert f"port {demo.ports['kafka']} for kafka is held by" in error["message"]
    assert f"(pid {os.getpid()})" in error["message"]
    assert "--kafka-port" in error["hint"]
    assert not (demo.directory / "mariadb").exists()
