"""A real Prometheus reads the metrics, the rules and what the dashboards ask for."""

import json
import re
import subprocess

import pytest
import requests

import servers
from test_resync import equal, make, run_sql

DASHBOARDS = ["overview", "tables", "sink"]
NAMES = re.compile(r"\b(?:rowhouse|process)_\w+")
# Of things that did not happen in this test: Prometheus has no series of them.
SILENT = {"rowhouse_dlq_records", "rowhouse_table_state", "rowhouse_retries_total"}
CONFIG = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{rules}]
scrape_configs:
  - job_name: rowhouse
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


class Prometheus(servers.Process):
    def __init__(self, directory, console_port, rules):
        super().__init__("prometheus", directory)
        self.argv = servers.need("prometheus")
        self.url = f"http://127.0.0.1:{servers.free_port()}"
        (self.directory / "rules.yml").write_text(rules)
        (self.directory / "prometheus.yml").write_text(CONFIG.format(rules="rules.yml", port=console_port))

    def start(self):
        self.spawn([self.argv, "--config.file=prometheus.yml", "--storage.tsdb.path=data",
                    f"--web.listen-address={self.url.removeprefix('http://')}"])
        self.wait_ready(lambda: requests.get(f"{self.url}/-/ready", timeout=2).ok)
        return self

    def get(self, path, **query):
        answer = requests.get(f"{self.url}/api/v1/{path}", params=query, timeout=10).json()
        assert answer["status"] == "success", answer
        return answer["data"]


def promtool(*arguments, text=None):
    done = subprocess.run([servers.need("promtool"), *arguments], input=text, text=True,
                          capture_output=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def watched(tmp_path, database, clickhouse, db, pipeline):
    """A pipeline through which rows went, and a Prometheus that has seen it."""
    servers.need("prometheus")
    table = f"seen_{db}"
    make(database, db, table)
    run = pipeline().start()
    equal(database, clickhouse, db, table)
    server = Prometheus(tmp_path / "prometheus", run.console_port, run.command("metrics", "rules").stdout)
    try:
        server.start()
        run_sql(database, db, f"UPDATE {table} SET n = 'more' WHERE id < 9")
        equal(database, clickhouse, db, table)
        yield run, server
    finally:
        server.stop()


@pytest.mark.parametrize("database", ["mariadb"], indirect=True)
def test_prometheus_takes_metrics_rules_and_what_dashboards_ask(watched):
    run, server = watched
    assert promtool("check", "metrics", text=run.command("metrics", "dump").stdout) == (0, "")
    code, said = promtool("check", "rules", "--lint=all", "--lint-fatal", f"{server.directory}/rules.yml")
    assert code == 0 and "SUCCESS" in said, said

    def scraped():
        return [target["health"] for target in server.get("targets")["activeTargets"]] == ["up"]
    servers.wait_until(scraped, "it is scraped")

    def evaluated():
        rules = [rule for group in server.get("rules")["groups"] for rule in group["rules"]]
        assert not [rule for rule in rules if rule["health"] == "err"], rules
        return rules if rules and all(rule["health"] == "ok" for rule in rules) else None
    rules = servers.wait_until(evaluated, "every rule was evaluated")
    assert {"RowhouseDown", "RowhouseLagHigh"} <= {rule["name"] for rule in rules}
    names = set(NAMES.findall(" ".join(rule["query"] for rule in rules)))

    known = set(server.get("label/__name__/values"))
    shown = 0
    for name in DASHBOARDS:
        dashboard = json.loads(run.command("metrics", "dashboard", name).stdout)
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                query = target["expr"].replace("$__rate_interval", "1m").replace("$pipeline", ".*")
                assert "$" not in query, query
                wanted = set(NAMES.findall(query))
                names |= wanted
                if wanted & SILENT or not wanted <= known:
                    server.get("query", query=query)
                    continue
                # A rate has an answer from the second look at the process on.
                servers.wait_until(lambda q=query: server.get("query", query=q)["result"],
                                   f"{panel['title']}: {query}")
                shown += 1
    print(f"{shown} queries of dashboards have an answer; not there yet: {sorted(names - known)}")
    assert shown > 10
    manual = (servers.REPO / "docs/manual/metrics.md").read_text()
    assert [n for n in names if f"`{re.sub('_(bucket|sum|count)$', '', n)}`" not in manual] == []
    # What the dashboards' list of pipelines is made of.
    assert server.get("query", query="rowhouse_build_info{pipeline!=''}")["result"]


@pytest.mark.parametrize("database", ["mariadb"], indirect=True)
def test_the_rule_of_a_process_that_is_gone_is_pending_at_once(watched):
    run, server = watched
    servers.wait_until(lambda: server.get("query", query="up")["result"], "it is scraped")
    run.kill()

    def told():
        return [a["state"] for a in server.get("alerts")["alerts"]
                if a["labels"]["alertname"] == "RowhouseDown"]
    assert servers.wait_until(told, "the alert is there")[0] in ("pending", "firing")
