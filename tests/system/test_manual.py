"""The manual's pages as they stand, against real servers: what is printed there must work."""

import pathlib
import re
import subprocess

import pytest

import servers

MANUAL = pathlib.Path(__file__).parents[2] / "docs" / "manual"


def blocks(page, language):
    text = (MANUAL / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def commands(block):
    """The lines that call rowhouse, without comments."""
    lines = (line.split("#")[0].split() for line in block.splitlines())
    return [words[1:] for words in lines if words and words[0] == "rowhouse"]


def execute(connection, sql):
    for statement in filter(str.strip, sql.split(";\n")):
        connection.cursor().execute(statement)
    connection.commit()


@pytest.fixture
def bookshop(mysql, clickhouse):
    made, changed = blocks("quick-start.md", "sql")
    with mysql.connect(user="root", password="") as connection:
        execute(connection, made)
    yield changed
    clickhouse.drop_queues("bookshop")
    with mysql.connect(user="root", password="") as connection:
        execute(connection, "DROP DATABASE bookshop;\nDROP USER cdc@'%'")


@pytest.fixture
def configured(tmp_path, mysql, kafka, clickhouse):
    """The page's file, with the ports of the servers here."""
    config, = blocks("quick-start.md", "yaml")
    ports = {"port: 3306": f"port: {mysql.port}", "127.0.0.1:9092": kafka.bootstrap,
             "127.0.0.1:8081": f"127.0.0.1:{servers.free_port()}",
             "http://127.0.0.1:8123": clickhouse.url,
             "127.0.0.1:8087": f"127.0.0.1:{servers.free_port()}"}
    for there, here in ports.items():
        assert there in config
        config = config.replace(there, here)
    (tmp_path / "rowhouse.yaml").write_text(config)
    (tmp_path / "rowhouse.yaml").chmod(0o600)
    return tmp_path


def rowhouse(directory, words):
    done = subprocess.run([servers.binary(), *words], cwd=directory, capture_output=True, text=True,
                          timeout=90)
    assert done.returncode == 0, f"rowhouse {' '.join(words)}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_quick_start_and_upgrade_do_what_they_say(configured, bookshop, mysql, clickhouse):
    first, beside, proof = map(commands, blocks("quick-start.md", "sh"))
    assert first.pop() == ["run"]
    for words in first:
        rowhouse(configured, words)
    run = servers.Process("rowhouse", configured)
    run.spawn([servers.binary(), "run", "-c", str(configured / "rowhouse.yaml")])
    try:
        def rows():
            question, = blocks("quick-start.md", "clickhouse")
            return [line.split("\t") for line in clickhouse.query(question).splitlines()]

        def has(count):
            servers.wait_until(lambda: len(rows()) == count, f"{count} rows are in ClickHouse", 60, 0.3)
        servers.wait_until(lambda: "books_current" in clickhouse.query("SHOW TABLES FROM demo_tables"),
                           "the tables are made", 60, 0.3)
        has(2)
        for words in beside:
            rowhouse(configured, words)
        with mysql.connect(user="root", password="") as connection:
            execute(connection, bookshop)
        has(3)
        shown, = blocks("quick-start.md", "text")
        expected = [line.split() for line in shown.splitlines()]
        servers.wait_until(lambda: rows() == expected, "the rows of the page", 30, 0.3)
        for words in proof:
            rowhouse(configured, words)
        upgrade, = map(commands, blocks("upgrade.md", "sh"))
        assert len(upgrade) == 4
        for words in upgrade:
            rowhouse(configured, words)
    finally:
        assert run.stop() == 0
