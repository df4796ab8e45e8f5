"""clickhouse-connect and curl against `rowhouse clickhouse`."""

import datetime
import decimal
import gzip
import shutil
import subprocess
import uuid

import clickhouse_connect
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

import servers

UNKNOWN_TABLE, SYNTAX_ERROR, AUTH_FAILED = 60, 62, 516


@pytest.fixture(scope="module")
def client(clickhouse):
    made = clickhouse_connect.get_client(host="127.0.0.1", port=clickhouse.port)
    made.command("CREATE DATABASE clients")
    yield made
    made.command("DROP DATABASE clients")
    made.close()


def test_values_of_many_types_come_back(client):
    row = client.query(
        "SELECT toUInt64(18446744073709551615), toInt8(-1), toDecimal128('1.000000000001', 12),"
        " 'ä\\0b', NULL, [1, 2], map('k', 1), toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0'),"
        " toDateTime64('2026-01-02 03:04:05.678', 3, 'UTC'), toDate32('1925-01-01'), true"
    ).result_rows[0]
    assert row == (2**64 - 1, -1, decimal.Decimal("1.000000000001"), "ä\0b", None, [1, 2],
                   {"k": 1}, uuid.UUID("61f0c404-5cb3-11e7-907b-a6006ad3dba0"),
                   row[8], datetime.date(1925, 1, 1), True)
    assert row[8].replace(tzinfo=None) == datetime.datetime(2026, 1, 2, 3, 4, 5, 678000)


def test_parameters_are_values_and_never_sql(client):
    text = "it's; DROP TABLE x --"
    found = client.query("SELECT {text:String}, {n:UInt32} + 1", parameters={"text": text, "n": 41})
    assert found.result_rows == [(text, 42)]


def test_settings_hold_for_the_query(client):
    sql = "SELECT value FROM system.settings WHERE name = 'max_threads'"
    assert client.query(sql, settings={"max_threads": 3}).result_rows == [("3",)]
    assert client.query(sql, settings={"max_threads": 5}).result_rows == [("5",)]


def test_a_session_keeps_its_settings_and_others_do_not_see_them(clickhouse):
    one, other = (clickhouse_connect.get_client(host="127.0.0.1", port=clickhouse.port,
                                                session_id=str(uuid.uuid4())) for _ in range(2))
    asked = "SELECT value FROM system.settings WHERE name = 'max_threads'"
    one.command("SET max_threads = 7")
    assert one.query(asked).result_rows == [("7",)]
    assert other.query(asked).result_rows != [("7",)]


def test_insert_of_a_hundred_thousand_rows(client):
    client.command("CREATE TABLE clients.many (id UInt64, name String, at DateTime('UTC'),"
                   " price Nullable(Decimal(18, 4))) ENGINE = MergeTree ORDER BY id")
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    rows = [(i, f"näme {i}", start + datetime.timedelta(seconds=i),
             None if i % 10 == 0 else decimal.Decimal(i) / 10000) for i in range(100_000)]
    client.insert("clients.many", rows, column_names=["id", "name", "at", "price"])
    count, ids, nulls, total = client.query(
        "SELECT count(), sum(id), countIf(price IS NULL), sum(price) FROM clients.many"
    ).result_rows[0]
    assert (count, ids, nulls) == (100_000, sum(range(100_000)), 10_000)
    assert total == sum(row[3] for row in rows if row[3] is not None)
    ends = client.query("SELECT * FROM clients.many WHERE id IN (0, 99999) ORDER BY id").result_rows
    assert ends == [(i, name, at.replace(tzinfo=None), price)  # the client gives UTC without zone
                    for i, name, at, price in (rows[0], rows[99999])]


def test_a_large_select_streams(client):
    blocks = rows = total = 0
    with client.query_row_block_stream(
            "SELECT number, toString(number) FROM numbers(2000000)",
            settings={"max_block_size": 65536}) as stream:
        for block in stream:
            blocks += 1
            rows += len(block)
            total += sum(row[0] for row in block)
    assert (rows, total) == (2_000_000, 1_999_999 * 1_000_000)
    assert blocks > 10


def test_an_error_has_its_code_and_the_client_goes_on(client):
    for sql, code in (("SELECT * FROM clients.nobody", UNKNOWN_TABLE), ("SELEC 1", SYNTAX_ERROR)):
        with pytest.raises(DatabaseError) as failed:
            client.query(sql)
        assert str(code) in str(failed.value)
    assert client.command("SELECT 1") == 1


@pytest.fixture
def curl():
    path = shutil.which("curl")
    if not path:
        pytest.skip("curl is not installed here")

    def run(*arguments, stdin=None):
        """Status, headers in small letters, body."""
        done = subprocess.run([path, "-sS", "-i", "--max-time", "20", *arguments], input=stdin,
                              capture_output=True)
        assert done.returncode == 0, done.stderr
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        while head.startswith(b"HTTP/1.1 100"):
            head, _, body = body.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:])
        return int(lines[0].split()[1]), headers, body
    return run


def test_curl_pings_and_queries(clickhouse, curl):
    url = clickhouse.url
    status, _, body = curl(f"{url}/ping")
    assert (status, body) == (200, b"Ok.\n")
    status, headers, body = curl("-G", url, "--data-urlencode", "query=SELECT 6*7")
    assert (status, body) == (200, b"42\n")
    assert headers["x-clickhouse-format"] == "tabseparated" and headers["x-clickhouse-query-id"]
    assert curl(url, "--data-binary", "SELECT 1 FORMAT JSONEachRow")[2] == b'{"1":1}\n'
    assert curl(f"{url}/?query=SELECT", "--data-binary", " 5")[2] == b"5\n"
    status, _, body = curl("-G", url, "--data-urlencode", "query=SELECT {x:Int32} + 1",
                           "-d", "param_x=41")
    assert (status, body) == (200, b"42\n")


def test_a_get_changes_nothing(clickhouse, curl):
    status, _, body = curl("-G", clickhouse.url, "--data-urlencode",
                           "query=CREATE DATABASE by_get")
    assert status != 200 and b"Code: 164" in body
    assert clickhouse.rows("SELECT 1 FROM system.databases WHERE name='by_get'") == []


def test_curl_sends_and_gets_gzip(clickhouse, curl):
    status, _, body = curl(clickhouse.url, "-H", "Content-Encoding: gzip", "--data-binary", "@-",
                           stdin=gzip.compress(b"SELECT 'packed'"))
    assert (status, body) == (200, b"packed\n")
    status, headers, body = curl(f"{clickhouse.url}/?enable_http_compression=1",
                                 "-H", "Accept-Encoding: gzip", "--data-binary",
                                 "SELECT number FROM numbers(10000)")
    assert status == 200 and headers["content-encoding"] == "gzip"
    plain = gzip.decompress(body)
    assert plain == b"".join(b"%d\n" % n for n in range(10000)) and len(body) < len(plain)


def test_errors_have_status_and_code(clickhouse, curl):
    status, headers, body = curl(clickhouse.url, "--data-binary", "SELECT * FROM nobody")
    assert (status, headers["x-clickhouse-exception-code"]) == (404, str(UNKNOWN_TABLE))
    assert b"Code: 60." in body
    assert curl(clickhouse.url, "--data-binary", "SELECT FROM WHERE")[0] == 400
    assert curl(f"{clickhouse.url}/nothing")[0] == 404


def test_a_password_is_asked_for(tmp_path, curl):
    server = servers.Process("locked", tmp_path)
    port = servers.free_port()
    url = f"http://127.0.0.1:{port}"
    server.spawn([servers.binary(), "clickhouse", "--data", tmp_path / "data",
                  "--listen", f"127.0.0.1:{port}", "--set", "clickhouse.user=reader",
                  "--set", "clickhouse.password_env=SECRET"], env={"SECRET": "hushhush"})
    try:
        server.wait_ready(lambda: curl(f"{url}/ping")[0] == 200)
        ask = ("--data-binary", "SELECT 1")
        assert curl("-u", "reader:hushhush", url, *ask)[::2] == (200, b"1\n")
        assert curl("-H", "X-ClickHouse-User: reader", "-H", "X-ClickHouse-Key: hushhush", url,
                    *ask)[0] == 200
        assert curl(f"{url}/?user=reader&password=hushhush", *ask)[0] == 200
        for wrong in ([], ["-u", "reader:wrong"], ["-u", "default:"]):
            status, headers, body = curl(*wrong, url, *ask)
            assert status in (401, 403) and b"Code: 516" in body
            assert headers["x-clickhouse-exception-code"] == str(AUTH_FAILED)
        client = clickhouse_connect.get_client(host="127.0.0.1", port=port, username="reader",
                                               password="hushhush")
        assert client.command("SELECT 1") == 1
    finally:
        assert server.stop() == 0
    assert "hushhush" not in server.log.read_text()
