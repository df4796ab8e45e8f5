"""What a service manager hears: that it has started, how it stands, that it is alive, that it ends."""

import json
import os
import socket
import tarfile

import servers


def test_systemd_hears_of_start_status_life_and_end(mariadb, kafka, clickhouse, tmp_path):
    with mariadb.connect() as c:
        c.cursor().execute("CREATE DATABASE notified")
        c.cursor().execute("CREATE TABLE notified.t (id INT PRIMARY KEY)")
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(tmp_path / "notify"))
    manager.settimeout(60)
    run = servers.Rowhouse(tmp_path / "run", mariadb, kafka, clickhouse, ["notified.t"], pipeline="notified",
                           prefix="rh_notified", sink__current_database="notified", sink__history_database="notified_h")
    heard = []

    def hear(start):
        while not any(line.startswith(start) for line in heard):
            heard.append(manager.recv(4096).decode())
    try:
        run.spawn([servers.binary(), "run", "-c", run.config],
                  env={"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "2000000"})
        hear("READY=1")
        hear("STATUS=The table flows")
        assert heard.count("WATCHDOG=1") > 0
        heard.clear()
        hear("WATCHDOG=1")
        assert run.stop() == 0
        hear("STOPPING=1")
    finally:
        run.stop()
        clickhouse.drop_queues("rh_notified")
        with mariadb.connect() as c:
            c.cursor().execute("DROP DATABASE notified")
    assert "NOTIFY_SOCKET" not in os.environ


def test_a_support_bundle_has_what_is_known_and_no_password(pipeline, database, db, tmp_path):
    with database.connect(db=db) as c:
        c.cursor().execute("CREATE TABLE t (id INT PRIMARY KEY)")
    run = pipeline(console__admin_email="admin@test.com", console__admin_password="quite a secret").start()
    file = tmp_path / "bundle.tar.gz"
    told = run.command("support", "bundle", "--file", str(file)).stdout
    with tarfile.open(file) as tar:  # Python's reader of what we wrote
        found = {member.name.removeprefix("rowhouse-support/"): tar.extractfile(member).read().decode() for member in tar}
    assert {"version.txt", "doctor.txt", "overview.json", "settings.json", "metrics.txt", "logs/capture.json"} <= found.keys() and "overview.json" in told
    assert json.loads(found["overview.json"])["pipeline"] == db
    assert "rowhouse_source_connected" in found["metrics.txt"] and "ok" in found["doctor.txt"]
    assert not any("quite a secret" in text for text in found.values())
    assert file.stat().st_mode & 0o077 == 0
