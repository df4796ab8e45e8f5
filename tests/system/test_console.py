"""The console's door: who gets in, with what, and what is refused."""
import socket

import pytest
import requests

import servers

ADMIN = {"email": "admin@test.com", "password": "correct horse"}


@pytest.fixture
def console(db, pipeline):
    """A process whose console answers, whatever its pipeline does."""
    run = pipeline(kafka__bootstrap="127.0.0.1:1", console__admin_email=ADMIN["email"],
                   console__admin_password=ADMIN["password"])
    run.start(ready=False)
    base = f"http://127.0.0.1:{run.console_port}"

    def answers():
        try:
            return requests.get(f"{base}/healthz", timeout=2).ok
        except requests.ConnectionError:
            return False
    servers.wait_until(answers, "the console answers", 20)
    run.base = base
    return run


def sign_in(run, email=ADMIN["email"], password=ADMIN["password"]):
    session = requests.Session()
    answer = session.post(f"{run.base}/api/v1/session", json={"email": email, "password": password},
                          timeout=20)
    if answer.ok:
        session.headers["X-CSRF-Token"] = answer.json()["csrf"]
    return session, answer


def test_roles_sessions_and_csrf_are_held(console):
    admin, answer = sign_in(console)
    assert answer.status_code == 200, answer.text
    assert "HttpOnly" in answer.headers["Set-Cookie"] and "Strict" in answer.headers["Set-Cookie"]
    made = admin.post(f"{console.base}/api/v1/users", timeout=20, json={
        "email": "eve@test.com", "password": "12345678", "role": "viewer"})
    assert made.status_code == 201, made.text
    viewer, _ = sign_in(console, "eve@test.com", "12345678")
    resync = f"{console.base}/api/v1/tables/nothing.here/resync"
    assert viewer.get(f"{console.base}/api/v1/verify", timeout=20).ok
    assert viewer.post(resync, json={}, timeout=20).json()["error"]["code"] == "E-CON-004"
    assert admin.post(resync, json={}, timeout=20).status_code == 404  # known, but no such table
    token = admin.headers.pop("X-CSRF-Token")
    assert admin.post(resync, json={}, timeout=20).json()["error"]["code"] == "E-CON-005"
    admin.headers["X-CSRF-Token"] = token
    assert admin.delete(f"{console.base}/api/v1/session", timeout=20).status_code == 204
    assert admin.get(f"{console.base}/api/v1/session", timeout=20).status_code == 401
    trail = sign_in(console)[0].get(f"{console.base}/api/v1/audit", timeout=20).json()["items"]
    assert any(i["who"] == "eve@test.com" and i["outcome"] == "refused" for i in trail)


def test_wrong_passwords_wait_and_tell_nothing(console):
    first = sign_in(console, password="wrong password")[1]
    unknown = sign_in(console, email="nobody@test.com", password="wrong password")[1]
    assert first.status_code == unknown.status_code == 401 and first.text == unknown.text
    codes = [sign_in(console, password="wrong password")[1].status_code for _ in range(6)]
    assert codes[0] == 401 and 429 in codes


def test_what_is_no_request_of_ours_is_refused(console):
    for path in ("/../etc/passwd", "/assets/%2e%2e/%2e%2e/etc/passwd", "/assets/..%2f..%2fx"):
        with socket.create_connection(("127.0.0.1", console.console_port), timeout=10) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
            answer = client.recv(4096)
        assert b" 404 " in answer.split(b"\r\n")[0] and b"root:" not in answer, path
    long = requests.get(console.base, headers={"X-Long": "x" * 20_000}, timeout=10)
    assert long.status_code == 431
    large = requests.post(f"{console.base}/api/v1/session", data=b"x" * (9 << 20), timeout=20,
                          headers={"Content-Type": "application/json"})
    assert large.status_code == 413
    headers = requests.get(console.base, timeout=10).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_command_line_makes_accounts(console, tmp_path):
    password = tmp_path / "password"
    password.write_text("a good password\n")
    console.command("user", "add", "ana@test.com", "--role", "operator", "--password-file",
                    str(password))
    assert sign_in(console, "ana@test.com", "a good password")[1].ok
    assert "ana@test.com" in console.command("user", "list").stdout
    console.command("user", "rm", "ana@test.com")
    assert sign_in(console, "ana@test.com", "a good password")[1].status_code == 401
