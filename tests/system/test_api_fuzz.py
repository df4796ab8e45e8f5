"""The console's API as its own OpenAPI document tells it, tried by a program that knows no more."""
import json
import os
import subprocess

import pytest
import requests

import servers
from test_console import ADMIN, sign_in

# Streams that never end, what would end the token in use, and files of the whole topic.
LEFT_OUT = "/live$|/session|/claim|/tokens|/users/|/export$|/download$"

# Texts have rules of their own (a filter, SQL, `from=last:2h`), which a refusal of 400 tells.
CHECKS_LEFT_OUT = "positive_data_acceptance"


def configuration(db, token):
    """Names of what is there, so that requests get past 404."""
    topic = f"rh_{db}.{db}.t"
    known = {"c": "local", "t": topic, "s": f"{topic}-value", "table": f"{db}.t", "partition": 0,
             "offset": 0, "v": 1}
    lines = ["[parameters]", *(f'"path.{name}" = {json.dumps(value)}' for name, value in known.items()),
             "[auth.openapi.token]", f'bearer = "{token}"']
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("database", ["mariadb"], indirect=True)
def test_nothing_falls_over_and_the_document_is_true(database, db, pipeline, tmp_path):
    tool = servers.need("schemathesis")
    with database.connect(db=db) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE t (id INT PRIMARY KEY, note TEXT)")
        cursor.execute("INSERT INTO t VALUES (1, 'a'), (2, NULL)")
        connection.commit()
    run = pipeline(console__admin_email=ADMIN["email"], console__admin_password=ADMIN["password"])
    run.start()
    run.base = f"http://127.0.0.1:{run.console_port}"
    session, answer = sign_in(run)
    assert answer.ok, answer.text
    token = session.post(f"{run.base}/api/v1/tokens", timeout=20,
                         json={"name": "fuzz", "role": "admin"}).json()["token"]
    document = tmp_path / "openapi.json"
    document.write_text(requests.get(f"{run.base}/api/v1/openapi.json", timeout=20).text)
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(configuration(db, token))
    done = subprocess.run(
        [tool, "--config-file", settings, "--no-color", "run", document, "--url", run.base,
         "--exclude-path-regex", LEFT_OUT, "--exclude-checks", CHECKS_LEFT_OUT,
         "--max-examples", os.environ.get("ROWHOUSE_FUZZ_EXAMPLES", "4"), "--workers", "2",
         "--phases", "coverage,fuzzing", "--seed", "7", "--request-timeout", "30",
         "--generation-database", "none", "--continue-on-failure", "--warnings", "off"],
        capture_output=True, text=True, timeout=600, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    print(done.stdout[-400:])
    assert run.alive(), run.tail()
    assert "a request of the console failed" not in run.log.read_text()
