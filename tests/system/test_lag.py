"""What the process sees of its servers: lag, stages, metrics, on both servers."""

import json

import requests

import servers


def metric(text, name, **labels):
    """The value of the one series with these labels; None where there is none."""
    for line in text.splitlines():
        if line.startswith(name + "{") and all(f'{k}="{v}"' in line for k, v in labels.items()):
            return float(line.rsplit(" ", 1)[1])
    return None


def test_lag_and_metrics_follow_the_messages_into_clickhouse(database, clickhouse, db, pipeline):
    with database.connect(db=db) as c:
        c.cursor().execute("CREATE TABLE t (id INT PRIMARY KEY, v INT)")
        c.cursor().execute("INSERT INTO t VALUES (1, 1)")
    run = pipeline()
    run.start()
    table = f"{db}.t"
    changes = iter(range(2, 10_000))

    def text():
        return requests.get(f"http://127.0.0.1:{run.console_port}/metrics", timeout=10).text

    def seen():
        with database.connect(db=db) as c:
            c.cursor().execute(f"INSERT INTO t VALUES ({next(changes)}, 0)")
        now = text()
        for part in ("source", "kafka", "registry", "clickhouse"):
            assert metric(now, "rowhouse_part_up", part=part) == 1, part
        assert metric(now, "rowhouse_end_to_end_seconds_count") > 0
        assert metric(now, "rowhouse_sink_rows_total", table=table) > 1
        assert metric(now, "rowhouse_source_log_retention_seconds") is not None
        assert metric(now, "kafka_consumergroup_group_max_lag") is not None
        return True

    servers.wait_until(seen, "the metrics tell of the messages", 60)

    def idle():
        now = text()
        assert metric(now, "rowhouse_freshness_seconds", table=table) == 0
        assert metric(now, "kafka_consumergroup_group_max_lag_seconds") == 0
        return True

    servers.wait_until(idle, "nothing waits once all is read", 60)
    asked = run.command("lag", "--stages", "--max-lag", "30s", "-o", "json")
    assert asked.returncode == 0, asked.stderr
    lag = json.loads(asked.stdout)
    assert lag["troubles"] == []
    assert lag["waiting_seconds"] == 0
    assert lag["tables"][0]["lag_records"] == 0
    assert lag["behind_bytes"] is not None
    stages = lag["stages"]
    assert 0 < stages["total_seconds"] < 60
    assert stages["read_seconds"] + stages["produce_seconds"] + stages["insert_seconds"] > 0


def test_lag_names_a_server_that_is_away(database, clickhouse, db, pipeline):
    with database.connect(db=db) as c:
        c.cursor().execute("CREATE TABLE t (id INT PRIMARY KEY)")
    run = pipeline(sink__url="http://127.0.0.1:1")
    asked = run.command("lag", check=False)
    assert asked.returncode == 7
    assert "trouble: clickhouse: " in asked.stdout
    assert "127.0.0.1:1" in asked.stdout
