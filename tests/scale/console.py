"""The console at sizes that `make test` has no time for: page times, memory, CPU, rates.

    tests/scale/console.py [pages|viewers|search|message|topics|beside ...]
                           [--messages N] [--viewers N] [--topics N] [--message-mb N] [--seconds N]
                           [--rows N] [--rounds N]

    pages     each page's first request beside a pipeline at 100 changes/s: p50 and p99
    viewers   open pages that are told what changes: memory and CPU of the process
    search    a topic read from its beginning for one record, with progress
    message   one very large message: listed, opened, its bytes
    topics    a broker with very many topics: listed, searched, one opened
    beside    the same first load by a process without console, with one, with one whose pages nine
              people look at, and with a live view of the messages too: rows a second and CPU of
              the process, in turns

Real MariaDB and Kafka on 127.0.0.1, `rowhouse run` without a sink. Nothing is asserted: it prints.
"""

import argparse
import contextlib
import itertools
import json
import pathlib
import shutil
import socket
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

import confluent_kafka
import requests
from confluent_kafka.admin import AdminClient, NewTopic

import servers
from scale import World, cpu_seconds, memory_mb, show
from test_console import ADMIN, sign_in

PAGES = ["overview", "tables", "tables/shop.t", "loads", "verify", "services", "alerts", "settings",
         "schema-changes", "clusters", "clusters/local/topics", "clusters/local/groups",
         "clusters/local/subjects", "series?names=lag_s&range=15m",
         "clusters/local/topics/s_console.shop.t",
         "clusters/local/topics/s_console.shop.t/messages/0/0"]


class Site:
    """A pipeline of one table that changes, and an administrator's session."""

    def __init__(self, world):
        self.world = world
        world.execute("CREATE DATABASE shop")
        world.execute("CREATE TABLE t (id BIGINT AUTO_INCREMENT PRIMARY KEY, a INT, b VARCHAR(50),"
                      " c DECIMAL(10,2), d DATETIME(6))",
                      "INSERT INTO t (a, b, c, d) SELECT seq, 'b', 1.5, NOW(6) FROM seq_1_to_1000",
                      db="shop")
        self.run = world.rowhouse("console", ["shop.*"], console__admin_email=ADMIN["email"],
                                  console__admin_password=ADMIN["password"])
        self.run.start()
        self.run.base = f"http://127.0.0.1:{self.run.console_port}"
        self.http, answer = sign_in(self.run)
        assert answer.ok, answer.text
        self.changing = threading.Event()

    def get(self, path, **query):
        answer = self.http.get(f"{self.run.base}/api/v1/{path}", params=query, timeout=120)
        assert answer.ok, f"{path}: {answer.text[:300]}"
        return answer

    def timed(self, path, **query):
        began = time.monotonic()
        answer = self.get(path, **query)
        return (time.monotonic() - began) * 1000, answer

    def change(self, rate):
        """Rows inserted, so many a second, until `changing` is cleared."""
        def work():
            with self.world.database.connect(db="shop") as connection:
                cursor = connection.cursor()
                while self.changing.is_set():
                    began = time.monotonic()
                    for _ in range(rate // 10):
                        cursor.execute("INSERT INTO t (a, b, c, d) VALUES (1, 'x', 2.5, NOW(6))")
                    time.sleep(max(0, 0.1 - (time.monotonic() - began)))
        self.changing.set()
        thread = threading.Thread(target=work)
        thread.start()
        return thread


def part(sorted_values, p):
    return sorted_values[min(int(len(sorted_values) * p), len(sorted_values) - 1)]


def pages(site, options):
    writer = site.change(100)
    try:
        time.sleep(3)
        every = []
        for path in PAGES:
            took = sorted(site.timed(path)[0] for _ in range(300))
            every += took
            show("pages", path=path, p50_ms=f"{part(took, 0.5):.1f}", p99_ms=f"{part(took, 0.99):.1f}",
                 most_ms=f"{took[-1]:.1f}")
        every.sort()
        show("pages", path="all", p50_ms=f"{part(every, 0.5):.1f}", p99_ms=f"{part(every, 0.99):.1f}",
             rss_mb=f"{memory_mb(site.run, 'VmRSS'):.0f}")
    finally:
        site.changing.clear()
        writer.join()


def viewers(site, options):
    cookie = "; ".join(f"{c.name}={c.value}" for c in site.http.cookies)
    before_mb = memory_mb(site.run, "VmRSS")
    at, used = time.monotonic(), cpu_seconds(site.run)
    time.sleep(options.seconds)
    quiet = (cpu_seconds(site.run) - used) / (time.monotonic() - at)
    open_ones = []
    for i in range(options.viewers):
        stream = ("overview", "tables", "alerts")[i % 3]
        client = socket.create_connection(("127.0.0.1", site.run.console_port), timeout=30)
        client.sendall(f"GET /api/v1/{stream}/live HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n"
                       "Accept: text/event-stream\r\n\r\n".encode())
        head = client.recv(4096)
        if b" 200 " not in head.split(b"\r\n")[0]:
            show("viewers", refused=head[:200].decode(errors="replace"), at=i)
            break
        open_ones.append(client)
    stop = threading.Event()

    def drain():
        for client in open_ones:
            client.setblocking(False)
        while not stop.is_set():
            for client in open_ones:
                try:
                    client.recv(1 << 16)
                except BlockingIOError:
                    pass
            time.sleep(0.5)
    reader = threading.Thread(target=drain)
    reader.start()
    time.sleep(2)
    at, used = time.monotonic(), cpu_seconds(site.run)
    time.sleep(options.seconds)
    busy = (cpu_seconds(site.run) - used) / (time.monotonic() - at)
    show("viewers", open=len(open_ones), mb_more=f"{memory_mb(site.run, 'VmRSS') - before_mb:.1f}",
         core_before=f"{quiet:.1%}", core=f"{busy:.1%}")
    stop.set()
    reader.join()
    for client in open_ones:
        client.close()


def make_topics(site, names, partitions=1, **config):
    admin = AdminClient({"bootstrap.servers": site.world.kafka.bootstrap})
    for made in admin.create_topics([NewTopic(n, partitions, 1, config=config) for n in names],
                                    request_timeout=300, operation_timeout=300).values():
        made.result(300)


def producer(site, **more):
    return confluent_kafka.Producer({"bootstrap.servers": site.world.kafka.bootstrap, "linger.ms": 20,
                                     "queue.buffering.max.messages": 2_000_000, **more})


def search(site, options):
    make_topics(site, ["search.json"], 4)
    to_kafka = producer(site)
    for i in range(options.messages):
        while True:
            try:
                to_kafka.produce("search.json", f'{{"n":{i},"note":"a message that is like the others"}}',
                                 f"k{i}", partition=i % 4)
                break
            except BufferError:
                to_kafka.poll(0.1)
    assert to_kafka.flush(300) == 0
    del to_kafka
    for what, query in [("the last", {"filter": f"value.n == {options.messages - 1}", "limit": 1}),
                        ("none", {"filter": "value.n < 0"}), ("text", {"text": "nowhere to be found"}),
                        ("key", {"filter": 'key == "k1x"'})]:
        at, used = time.monotonic(), cpu_seconds(site.run)
        answer = site.http.get(
            f"{site.run.base}/api/v1/clusters/local/topics/search.json/messages", timeout=600, stream=True,
            params={"from": "beginning", "to": "now", **query}, headers={"Accept": "application/x-ndjson"})
        assert answer.ok, answer.text
        told = [json.loads(line) for line in answer.iter_lines()]
        took = time.monotonic() - at
        progress = [t["progress"] for t in told if "progress" in t]
        scanned = int(progress[-1]["scanned"])
        show("search", look=what, scanned=scanned, found=sum(len(t.get("records", [])) for t in told),
             s=f"{took:.1f}", per_s=f"{scanned / took:,.0f}",
             cpu_us=f"{(cpu_seconds(site.run) - used) / scanned * 1e6:.2f}",
             progress_told=len(progress), rss_mb=f"{memory_mb(site.run, 'VmRSS'):.0f}",
             peak_mb=f"{memory_mb(site.run):.0f}")


def message(site, options):
    size = options.message_mb << 20
    make_topics(site, ["large"], 1, **{"max.message.bytes": str(size + (1 << 20))})
    to_kafka = producer(site, **{"message.max.bytes": size + (1 << 20)})
    to_kafka.produce("large", json.dumps({"n": 1, "pad": "x" * (size - 100)}), "k", partition=0)
    assert to_kafka.flush(60) == 0
    del to_kafka
    for what, path, query in [("listed", "messages", {"limit": 10}), ("opened", "messages/0/0", {}),
                              ("its bytes", "messages/0/0", {"raw": 1, "part": "value"})]:
        took, answer = site.timed(f"clusters/local/topics/large/{path}", **query)
        show("message", mb=options.message_mb, look=what, ms=f"{took:.0f}", answer_kb=len(answer.content) >> 10,
             rss_mb=f"{memory_mb(site.run, 'VmRSS'):.0f}", peak_mb=f"{memory_mb(site.run):.0f}")


def topics(site, options):
    names = [f"many.topic-number-{i}" for i in range(options.topics)]
    at = time.monotonic()
    for i in range(0, len(names), 500):
        make_topics(site, names[i:i + 500])
    show("topics", made=len(names), s=f"{time.monotonic() - at:.0f}")
    for what, path, query in [("first page, first time", "clusters/local/topics", {}),
                              ("first page", "clusters/local/topics", {}),
                              ("found by name", "clusters/local/topics", {"search": "number-777"}),
                              ("by size", "clusters/local/topics", {"sort": "-records"}),
                              ("one of them", "clusters/local/topics/many.topic-number-77", {}),
                              ("its messages", "clusters/local/topics/many.topic-number-77/messages", {}),
                              ("groups", "clusters/local/groups", {})]:
        took = sorted(site.timed(path, **query)[0] for _ in range(1 if "time" in what else 10))
        show("topics", look=what, ms=f"{part(took, 0.5):.0f} to {took[-1]:.0f}",
             rss_mb=f"{memory_mb(site.run, 'VmRSS'):.0f}")


@contextlib.contextmanager
def looked_at(run, prefix, live_view):
    """Nine pages that are told what changes and a page opened every 0.2 s; a live view of messages."""
    run.base = f"http://127.0.0.1:{run.console_port}"
    http = servers.wait_until(lambda: sign_in(run)[0], "it answers")
    stop = threading.Event()
    api = f"{run.base}/api/v1"
    tail = f"clusters/local/topics/{prefix}.big.t/messages?live=1"

    def follow(path):
        while not stop.is_set():
            with contextlib.suppress(requests.RequestException):  # the topic may not be there yet
                answer = http.get(f"{api}/{path}", stream=True, timeout=2,
                                  headers={"Accept": "text/event-stream"})
                for _ in answer.iter_content(1 << 14):
                    if stop.is_set():
                        break
            stop.wait(0.1)

    def visit():
        for path in itertools.cycle(p for p in PAGES if "shop.t" not in p):
            if stop.wait(0.2):
                return
            with contextlib.suppress(requests.RequestException):
                http.get(f"{api}/{path}", timeout=5)
    paths = ["overview/live", "tables/live", "alerts/live"] * 3 + [tail] * live_view
    threads = [threading.Thread(target=follow, args=(path,)) for path in paths]
    threads.append(threading.Thread(target=visit))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def beside(site, options):
    world = site.world
    world.execute("CREATE DATABASE big")
    world.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, a INT, b VARCHAR(50), c DECIMAL(10,2), d DATETIME(6))",
                  f"INSERT INTO t SELECT seq, seq, 'some text', 1.5, NOW(6) FROM seq_1_to_{options.rows}", db="big")
    taken = {}
    for number in range(options.rounds):
        for kind in ("without", "with", "looked at", "live view"):
            name = f"beside{number}{kind.replace(' ', '')}"
            topic = confluent_kafka.TopicPartition(f"s_{name}.big.t", 0)
            make_topics(site, [topic.topic])
            consumer = confluent_kafka.Consumer({"bootstrap.servers": world.kafka.bootstrap, "group.id": "beside"})
            consumer.list_topics(topic.topic)
            more = {} if kind == "without" else {"console__admin_email": ADMIN["email"],
                                                 "console__admin_password": ADMIN["password"]}
            run = world.rowhouse(name, ["big.*"], **more)
            if kind == "without":
                run.settings["console"] = {"listen": ""}
                run.write_config()
            run.start(ready=False)
            looks = kind in ("looked at", "live view")
            with looked_at(run, f"s_{name}", kind == "live view") if looks else contextlib.nullcontext():
                servers.wait_until(lambda: consumer.get_watermark_offsets(topic, 10)[1] > 0, "it begins", 60)
                began, used = time.monotonic(), cpu_seconds(run)
                servers.wait_until(lambda: consumer.get_watermark_offsets(topic, 10)[1] >= options.rows,
                                   "all rows are in Kafka", 300)
                took, cpu = time.monotonic() - began, cpu_seconds(run) - used
            run.stop()
            consumer.close()
            taken.setdefault(kind, []).append((options.rows / took, cpu / options.rows * 1e6))
    for kind, runs in taken.items():
        rates, cpus = (sorted(values) for values in zip(*runs))
        show("beside", console=kind, rows_per_s=f"{part(rates, 0.5):,.0f} ({rates[0]:,.0f} to {rates[-1]:,.0f})",
             cpu_us_a_row=f"{part(cpus, 0.5):.2f} ({cpus[0]:.2f} to {cpus[-1]:.2f})")


WORKLOADS = {"pages": pages, "viewers": viewers, "search": search, "message": message, "topics": topics,
             "beside": beside}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workload", nargs="*", choices=[[], *WORKLOADS], default=[])
    parser.add_argument("--messages", type=int, default=5_000_000)
    parser.add_argument("--viewers", type=int, default=500)
    parser.add_argument("--topics", type=int, default=10_000)
    parser.add_argument("--message-mb", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=20, help="that CPU is counted for")
    parser.add_argument("--rows", type=int, default=5_000_000, help="of the load that is compared")
    parser.add_argument("--rounds", type=int, default=5, help="of it")
    options = parser.parse_args()
    directory = pathlib.Path(tempfile.mkdtemp(prefix="rowhouse-console-"))
    world = site = None
    try:
        world = World(directory)
        site = Site(world)
        for name in options.workload or WORKLOADS:
            WORKLOADS[name](site, options)
    finally:
        if site:
            site.run.stop()
        if world:
            world.stop()
        shutil.rmtree(directory)


if __name__ == "__main__":
    main()
