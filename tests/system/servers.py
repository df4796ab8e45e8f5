"""Real servers for the system tests, each in a directory and on ports of its own.

Everything listens on 127.0.0.1 and is ended by its own process id. Where a server
is comes from env.json, which tools/bootstrap writes; one that is not there makes its tests skip
with the reason.
"""

import concurrent.futures
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

REPO = pathlib.Path(__file__).resolve().parents[2]
KAFKA_PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={directory}/data
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=500
"""


def deps():
    cache = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))
    root = pathlib.Path(os.environ.get("ROWHOUSE_DEPS", f"{cache}/rowhouse"))
    path = root / "env.json"
    return json.loads(path.read_text()) if path.exists() else {}


def need(name):
    path = deps().get(name)
    if not path:
        pytest.skip(f"{name} is not installed here: run tools/bootstrap demo test")
    return path


def binary():
    default = REPO / "build" / "dev" / "rowhouse"
    path = pathlib.Path(os.environ.get("ROWHOUSE_BINARY", default))
    assert path.exists(), f"{path} is not built; set ROWHOUSE_BINARY"
    return str(path)


_given_ports = set()


def free_port():
    """A port nobody listens on, below the range the kernel hands to clients."""
    for port in range(20000 + os.getpid() % 5000, 32000):
        if port in _given_ports:
            continue
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given_ports.add(port)
        return port
    raise RuntimeError("no free port between 20000 and 32000")


def wait_until(condition, what, seconds=30, every=0.05):
    """Polls until the condition gives something true, and gives that."""
    end = time.monotonic() + seconds
    last = None
    while time.monotonic() < end:
        try:
            value = condition()
            if value:
                return value
            last = None
        except (OSError, requests.RequestException, pymysql.Error, AssertionError) as error:
            last = error
        time.sleep(every)
    raise AssertionError(f"not within {seconds} s: {what}" + (f" (last: {last})" if last else ""))


class Process:
    """A child with a log file, ended by its own pid."""

    def __init__(self, name, directory):
        self.name = name
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.log = self.directory / f"{name}.log"
        self.child = None

    def spawn(self, argv, env=None):
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(
                [str(a) for a in argv], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                cwd=self.directory, env={**os.environ, **(env or {})})

    def alive(self):
        return self.child is not None and self.child.poll() is None

    def kill(self):
        """kill -9: as a crash."""
        if self.alive():
            self.child.send_signal(signal.SIGKILL)
        if self.child:
            self.child.wait()

    def stop(self, seconds=20):
        """SIGTERM and wait; gives the exit status."""
        if self.alive():
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"{self.name} did not end within {seconds} s of SIGTERM")
        return self.child.returncode if self.child else None

    def tail(self, lines=30):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def wait_ready(self, probe, seconds=120):
        def check():
            if not self.alive():
                raise RuntimeError(f"{self.name} died:\n{self.tail()}")
            return probe()
        try:
            wait_until(check, f"{self.name} is ready", seconds)
        except AssertionError as late:
            raise AssertionError(f"{late}; its log:\n{self.tail()}") from None


class Database(Process):
    """MariaDB or MySQL."""

    def __init__(self, directory, flavor="mariadb"):
        super().__init__(flavor, directory)
        self.flavor = flavor
        self.port = free_port()

    def argv(self, extra=()):
        # A temporary directory of its own: a server that starts removes every temporary table of
        # others that it finds there.
        own = [f"--datadir={self.directory}/data", f"--tmpdir={self.directory}", f"--socket={self.directory}/s.sock",
               f"--pid-file={self.directory}/s.pid", "--bind-address=127.0.0.1",
               f"--port={self.port}", "--server-id=1", f"--log-bin={self.directory}/data/binlog",
               "--binlog-row-metadata=FULL", "--innodb-buffer-pool-size=128M", "--user=root"]
        if self.flavor == "mariadb":
            return [need("mariadbd"), "--no-defaults", *own, "--binlog-format=ROW",
                    "--skip-name-resolve", *extra]
        return [need("mysqld"), *own, "--gtid-mode=ON", "--enforce-gtid-consistency=ON", *extra]

    def start(self, extra=()):
        if not (self.directory / "data").exists():
            self._initialize()
        self.spawn(self.argv(extra))
        self.wait_ready(lambda: self.connect(user="root", password="").close() or True)
        return self

    def _initialize(self):
        if self.flavor == "mariadb":
            argv = [need("mariadb_install_db"), "--no-defaults", "--user=root",
                    f"--datadir={self.directory}/data", f"--tmpdir={self.directory}",
                    "--auth-root-authentication-method=normal",
                    "--skip-test-db", "--skip-name-resolve"]
        else:
            argv = [need("mysqld"), "--user=root", f"--datadir={self.directory}/data",
                    "--initialize-insecure"]
        done = subprocess.run(argv, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        self.spawn(self.argv())
        self.wait_ready(lambda: self.connect(user="root", password="").close() or True)
        with self.connect(user="root", password="") as c:
            c.cursor().execute("CREATE USER rowhouse@'127.0.0.1' IDENTIFIED BY 'rowhouse'")
            c.cursor().execute("GRANT ALL ON *.* TO rowhouse@'127.0.0.1'")
        self.stop()

    def connect(self, user="rowhouse", password="rowhouse", db=None):
        return pymysql.connect(host="127.0.0.1", port=self.port, user=user, password=password,
                               database=db, autocommit=True, charset="utf8mb4",
                               init_command="SET time_zone='+00:00', sql_mode=''")


KAFKA_SCRAM = """
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller},SASL_PLAINTEXT://127.0.0.1:{scram}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},SASL_PLAINTEXT://127.0.0.1:{scram}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
"""


class Kafka(Process):
    """One broker; with `user` and `password` it has a second listener, for SCRAM-SHA-512."""

    def __init__(self, directory, user="", password=""):
        super().__init__("kafka", directory)
        self.port = free_port()
        self.controller = free_port()
        self.scram = free_port() if user else None
        self.user, self.password = user, password

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        java, libs = need("java"), need("kafka_libs")
        properties = self.directory / "server.properties"
        if not properties.exists():
            properties.write_text(KAFKA_PROPERTIES.format(
                port=self.port, controller=self.controller, directory=self.directory))
            known = []
            if self.scram:
                with properties.open("a") as more:  # of a setting that is there twice the later counts
                    more.write(KAFKA_SCRAM.format(port=self.port, controller=self.controller, scram=self.scram))
                known = ["--add-scram", f"SCRAM-SHA-512=[name={self.user},password={self.password}]"]
            subprocess.run([java, "-Xmx256m", "-cp", f"{libs}/*", "kafka.tools.StorageTool",
                            "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", properties, *known],
                           check=True, capture_output=True)
        self.spawn([java, "-Xmx512m", f"-Dlog4j2.configurationFile={need('kafka_log4j')}",
                    "-cp", f"{libs}/*", "kafka.Kafka", properties])
        self.wait_ready(self._answers)
        return self

    def _answers(self):
        with socket.create_connection(("127.0.0.1", self.port), 1):
            return True


class ClickHouse(Process):
    """The embedded server: `rowhouse clickhouse`."""

    def __init__(self, directory):
        super().__init__("clickhouse", directory)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self):
        need("libchdb")
        self.spawn([binary(), "clickhouse", "--data", self.directory / "data",
                    "--listen", f"127.0.0.1:{self.port}"])
        self.wait_ready(lambda: requests.get(f"{self.url}/ping", timeout=2).text == "Ok.\n")
        return self

    def query(self, sql, seconds=60, **params):
        reply = requests.post(self.url, params=params, data=sql.encode(), timeout=seconds)
        assert reply.status_code == 200, f"{sql}\n{reply.text}"
        return reply.text

    def drop_queues(self, topic_prefix):
        """Ends consumers that nobody needs any more: each costs about 1 % of a core.
        One that waits for a registry that has ended with its pipeline does so for 160 s."""
        if not self.alive():
            return
        queues = self.rows("SELECT database, name FROM system.tables WHERE engine = 'Kafka' "
                           f"AND create_table_query LIKE '%\\'{topic_prefix}.%'")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda q: self.query(f"DROP TABLE IF EXISTS {q[0]}.`{q[1]}`", 200), queues))

    def rows(self, sql):
        """Cells as text, NULL as None."""
        exact = {"output_format_json_quote_64bit_integers": 1,
                 "output_format_json_quote_decimals": 1,
                 "output_format_json_quote_denormals": 1}
        text = self.query(sql + " FORMAT JSONCompactEachRow", **exact)
        return [[c if c is None else str(c) for c in json.loads(line)]
                for line in text.splitlines()]


class Registry(Process):
    """`rowhouse registry` as a process of its own, its schemas in the topic named."""

    def __init__(self, directory, kafka, topic="_schemas"):
        super().__init__("registry", directory)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = [f"kafka.bootstrap={kafka.bootstrap}", f"registry.schemas_topic={topic}"]

    def start(self):
        sets = [x for setting in self.settings for x in ("--set", setting)]
        self.spawn([binary(), "registry", "--listen", f"127.0.0.1:{self.port}", *sets])
        self.wait_ready(lambda: requests.get(f"{self.url}/subjects", timeout=5).status_code == 200)
        return self


class Rowhouse(Process):
    """`rowhouse run` on a configuration of its own."""

    def __init__(self, directory, database, kafka, clickhouse, tables, **changes):
        super().__init__("rowhouse", directory)
        self.registry_port = changes.pop("registry_port", None) or free_port()
        self.console_port = free_port()
        self.name = "rowhouse"
        self.config = self.directory / "rowhouse.yaml"
        self.settings = {
            "version": 1,
            "pipeline": changes.pop("pipeline", "test"),
            "source": {"host": "127.0.0.1", "port": database.port, "user": "rowhouse",
                       "password": "rowhouse", "tables": list(tables)},
            "capture": {"topic_prefix": changes.pop("prefix", "rh")},
            "kafka": {"bootstrap": kafka.bootstrap, "partitions": 3},
            "registry": {"url": f"http://127.0.0.1:{self.registry_port}",
                         "listen": f"127.0.0.1:{self.registry_port}"},
            "sink": {"mode": "kafka-engine", "url": clickhouse.url},
            "console": {"listen": f"127.0.0.1:{self.console_port}",
                        "data": str(self.directory / "console")},
        }
        for path, value in changes.items():
            section, key = path.split("__")
            self.settings.setdefault(section, {})[key] = value
        self.write_config()

    def write_config(self):
        self.config.write_text(json.dumps(self.settings, indent=1))  # JSON is YAML
        self.config.chmod(0o600)

    def start(self, ready=True):
        self.spawn([binary(), "run", "-c", self.config])
        if ready:
            self.wait_ready(self.ready)
        return self

    def ready(self):
        return requests.get(f"http://127.0.0.1:{self.console_port}/readyz",
                            timeout=2).status_code == 200

    def command(self, *arguments, check=True):
        done = subprocess.run([binary(), *arguments, "-c", str(self.config)],
                              capture_output=True, text=True, timeout=60)
        if check:
            assert done.returncode == 0, done.stdout + done.stderr
        return done
