"""The same SQL through real Debezium and through rowhouse: equal but for a list of reasoned differences."""

import collections

import pytest

import cases
import compare
import connect_form
import debezium
import differences
import servers


class NoClickHouse:
    url = ""


def connector_name(source, case):
    return f"differential_{source.flavor}_{case.name}"


def rowhouse(directory, source, kafka, case):
    run = servers.Rowhouse(
        directory / f"rowhouse_{case.name}", source, kafka, NoClickHouse(),
        [f"{cases.DB}.{t}" for t in case.tables], prefix=f"rw_{source.flavor}_{case.name}",
        pipeline=connector_name(source, case), sink__mode="none", kafka__partitions=1,
        **{path.replace(".", "__", 1): value for path, value in case.rowhouse.items()})
    run.settings["sink"].pop("url")
    run.settings["registry"]["compatibility"] = "NONE"
    run.settings["capture"]["schema_changes"] = False  # as include.schema.changes in every case
    run.settings["capture"]["reload"] = "manual"  # Debezium reads no table again after a statement
    run.settings["registry"]["schemas_topic"] = f"_schemas_{source.flavor}_{case.name}"
    run.write_config()
    return run


def ended(kafka, prefix, case):
    """The marker table's record is the last of the stream."""
    topic = case.topic(prefix, "the_end")
    return topic in compare.topics_of(kafka, prefix) and \
        compare.read_topic(kafka, topic, 1, lambda data: data)


def read_side(kafka, prefix, decode):
    out = {}
    for topic, partitions in compare.topics_of(kafka, prefix).items():
        name = topic.replace(prefix, "PREFIX", 1)
        out[name] = compare.read_topic(kafka, topic, partitions, decode)
    return out


def plain(value, prefix):
    """The value with the side's own prefix replaced by a common word."""
    if isinstance(value, str):
        return value.replace(prefix, "PREFIX")
    if isinstance(value, dict):
        return {plain(k, prefix): plain(v, prefix) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v, prefix) for v in value]
    return value


def mismatches(flavor, case, theirs, ours):
    for topic in sorted({*theirs, *ours}):
        a = [r for r in theirs.get(topic, []) if not differences.only_debeziums(r)]
        b = [r for r in ours.get(topic, []) if not differences.only_ours(r, case)]
        if topic.endswith("-tx"):
            a, b = differences.without_endless(a), differences.without_endless(b, or_fail=True)
        if topic.startswith("heartbeats-"):
            a, b = a[:1], b[:1]  # how many there are is chance
        if len(a) != len(b):
            yield compare.Mismatch(case.name, flavor, topic, -1, ("records",), len(a), len(b), None, None)
        for index, (x, y) in enumerate(zip(a, b)):
            left = plain(compare.comparable(x), f"dz_{flavor}_{case.name}")
            right = plain(compare.comparable(y), f"rw_{flavor}_{case.name}")
            for path, p, q in compare.differences(left, right):
                yield compare.Mismatch(case.name, flavor, topic, index, path, p, q, x, y)


def rows_of_tables(cursor):
    cursor.execute("SHOW TABLES")
    counts = {}
    for (table,) in cursor.fetchall():
        cursor.execute(f"SELECT count(*) FROM `{table}`")
        counts[table] = cursor.fetchone()[0]
    return {table: count for table, count in counts.items() if count}


def not_loaded(kafka, prefix, case, expected):
    """Tables whose rows are not all there; ours have a mark before those of a table without key."""
    wanted = {}
    for table, rows in expected.items():
        if table in case.tables or case.tables == ["*"]:
            mark = table == "keyless" and prefix.startswith("rw_")
            wanted[case.topic(prefix, table)] = rows + mark
    ends = compare.ends_of(kafka, wanted)
    return [topic for topic, rows in wanted.items() if ends[topic] < rows]


def wait_loaded(kafka, connect, prefix, case, expected):
    def check():
        connect.check()
        missing = not_loaded(kafka, prefix, case, expected)
        assert not missing, f"not loaded: {missing}"
        return True
    servers.wait_until(check, f"{prefix} has loaded", 90, 0.3)


def play(cursor, kafka, flavor):
    marks = 1  # one is in the first load: all tables were loaded when it is there
    for sql in [*cases.STREAM, *cases.END]:
        if sql != "WAIT":
            cursor.execute(sql)
            continue
        marks += 1
        cursor.execute("INSERT INTO markers VALUES (%s)", [marks])
        for case in cases.CASES:
            topic = case.topic(f"rw_{flavor}_{case.name}", "markers")
            servers.wait_until(lambda: compare.ends_of(kafka, [topic])[topic] == marks, f"{topic} has {marks} records", every=0.01)


def run_all(source, kafka, directory):
    with source.connect() as c:
        for sql in cases.SETUP:
            c.cursor().execute(sql)
        cases.zoo_rows(c.cursor(), range(1, 41), 1)
    connect = debezium.Connect(directory / "debezium", source, kafka, {
        case.name: {"name": connector_name(source, case), "table.include.list": ",".join(
            f"{cases.DB}.{t}".replace("*", ".*").replace("$", "[$]") for t in case.tables), **case.debezium}
        for case in cases.CASES}).start()
    runs = []
    try:
        for case in cases.CASES:
            runs.append(rowhouse(directory, source, kafka, case))
            runs[-1].start()
        with source.connect(db=cases.DB) as c:
            expected = rows_of_tables(c.cursor())
            for case in cases.CASES:
                for prefix in (f"dz_{source.flavor}_{case.name}", f"rw_{source.flavor}_{case.name}"):
                    wait_loaded(kafka, connect, prefix, case, expected)
            cases.zoo_rows(c.cursor(), range(41, 81), 2)
            play(c.cursor(), kafka, source.flavor)
        for case in cases.CASES:
            for prefix in (f"dz_{source.flavor}_{case.name}", f"rw_{source.flavor}_{case.name}"):
                servers.wait_until(lambda: connect.check() or ended(kafka, prefix, case), f"{prefix} has ended", 90, 0.3)
        for case, run in zip(cases.CASES, runs):
            registry = connect_form.Registry(f"http://127.0.0.1:{run.registry_port}")
            theirs = read_side(kafka, f"dz_{source.flavor}_{case.name}", compare.from_json)
            ours = read_side(kafka, f"rw_{source.flavor}_{case.name}", registry.message)
            yield from mismatches(source.flavor, case, theirs, ours)
    finally:
        for process in [*runs, connect]:
            process.stop()


SEEN = collections.Counter()


def test_messages_are_debeziums_but_for_the_listed_differences(source, kafka, tmp_path):
    unlisted = collections.Counter()
    examples = {}
    for mismatch in run_all(source, kafka, tmp_path):
        if name := differences.reason(mismatch):
            SEEN[name] += 1
            continue
        place = (mismatch.case, mismatch.topic, mismatch.path)
        unlisted[place] += 1
        examples.setdefault(place, str(mismatch))
    report = "\n".join(f"{count} x {examples[place]}" for place, count in unlisted.items())
    assert not unlisted, f"{sum(unlisted.values())} differences that are not listed:\n{report}"


def test_every_listed_difference_was_seen():
    if not SEEN:
        pytest.skip("the comparison itself did not run")
    by_chance = {"default-now", "renamed-table"}
    unseen = {d.name for d in differences.DIFFERENCES if d.found is not differences.never} - set(SEEN) - by_chance
    assert not unseen, "remove them from the list, or bring back what shows them"


def test_the_manual_lists_the_differences():
    page = servers.REPO / "docs" / "manual" / "debezium-differences.md"
    assert page.read_text() == differences.manual()
