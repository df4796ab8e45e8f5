"""Real Debezium in stand-alone Kafka Connect: one JVM, a connector a case."""

import requests

import servers

CLASSES = {"mysql": "io.debezium.connector.mysql.MySqlConnector",
           "mariadb": "io.debezium.connector.mariadb.MariaDbConnector"}

WORKER = {
    "plugin.discovery": "only_scan",
    "key.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "key.converter.schemas.enable": "true",
    "value.converter.schemas.enable": "true",
    # NULL stays NULL instead of becoming the column's default.
    "key.converter.replace.null.with.default": "false",
    "value.converter.replace.null.with.default": "false",
    "offset.flush.interval.ms": "1000",
}

# Debezium's own connectors die on these; each is in differences.py.
OWN = {"mysql": {}, "mariadb": {"driver.yearIsDateType": "false"}}

COMMON = {
    "tasks.max": "1",
    "database.hostname": "127.0.0.1",
    "database.user": "rowhouse",
    "database.password": "rowhouse",
    "schema.history.internal": "io.debezium.relational.history.MemorySchemaHistory",
    "topic.creation.default.replication.factor": "1",
    "topic.creation.default.partitions": "1",
    "poll.interval.ms": "20",
}


def properties(values):
    return "".join(f"{name}={value}\n" for name, value in values.items())


# Starts fastest; for rates Java's own choices are better.
QUICK_START = ("-Xms256m", "-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


class Connect(servers.Process):
    """Connectors are given as {name: options}; each writes topics under the prefix `dz_<flavor>_<name>`."""

    def __init__(self, directory, database, kafka, connectors, java_options=QUICK_START):
        super().__init__("debezium", directory)
        self.java_options = java_options
        self.rest = servers.free_port()
        self.names = list(connectors)
        self.connectors = [options["name"] for options in connectors.values()]
        worker = {**WORKER, "bootstrap.servers": kafka.bootstrap,
                  "listeners": f"http://127.0.0.1:{self.rest}",
                  "offset.storage.file.filename": self.directory / "offsets"}
        (self.directory / "worker.properties").write_text(properties(worker))
        for number, (name, options) in enumerate(connectors.items()):
            connector = {**COMMON, "connector.class": CLASSES[database.flavor],
                         "database.port": database.port, "database.server.id": 7000 + number,
                         "topic.prefix": f"dz_{database.flavor}_{name}", **OWN[database.flavor], **options}
            (self.directory / f"{name}.properties").write_text(properties(connector))

    def start(self):
        java, libs = servers.need("java"), servers.need("debezium_libs")
        files = [self.directory / f"{name}.properties" for name in self.names]
        self.spawn([java, *self.java_options,
                    "-Dorg.slf4j.simpleLogger.showDateTime=true",
                    "-cp", f"{libs}/*", "org.apache.kafka.connect.cli.ConnectStandalone",
                    self.directory / "worker.properties", *files])
        return self

    def check(self):
        """A failed task leaves the process alive; its status tells."""
        if not self.alive():
            raise RuntimeError(f"Kafka Connect died:\n{self.tail()}")
        for name in self.connectors:
            url = f"http://127.0.0.1:{self.rest}/connectors/{name}/status"
            try:
                status = requests.get(url, timeout=5).json()
            except requests.RequestException:
                continue
            for task in [status.get("connector", {}), *status.get("tasks", [])]:
                if task.get("state") == "FAILED":
                    raise RuntimeError(f"{name}: {task.get('trace', '')[-3000:]}")
