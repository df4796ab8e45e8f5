"""confluent-kafka's registry client, serializer and deserializer against `rowhouse registry`."""

import json

import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext

import servers


def record(*fields):
    return Schema(json.dumps({"type": "record", "name": "Order", "fields": list(fields)}), "AVRO")


ID = {"name": "id", "type": "long"}
NOTE = {"name": "note", "type": ["null", "string"], "default": None}
REQUIRED = {"name": "must", "type": "string"}


def client_of(registry):
    return SchemaRegistryClient({"url": registry.url})


@pytest.fixture
def client(registry):
    return client_of(registry)


def test_registers_looks_up_and_lists(client):
    subject = "registers-value"
    first = client.register_schema(subject, record(ID))
    assert client.register_schema(subject, record(ID)) == first
    second = client.register_schema(subject, record(ID, NOTE))
    assert second != first
    assert client.get_versions(subject) == [1, 2]
    assert subject in client.get_subjects()
    found = client.lookup_schema(subject, record(ID))
    assert (found.schema_id, found.version, found.subject) == (first, 1, subject)
    latest = client.get_latest_version(subject)
    assert (latest.schema_id, latest.version) == (second, 2)
    assert json.loads(client.get_schema(second).schema_str) == json.loads(
        record(ID, NOTE).schema_str)


def test_the_same_schema_has_one_id_in_every_subject(client):
    schema = record(ID, {"name": "same", "type": "int"})
    ids = {client.register_schema(s, schema) for s in ("same-a-value", "same-b-value")}
    assert len(ids) == 1


def test_an_incompatible_schema_is_refused_with_409(client):
    subject = "compatible-value"
    client.register_schema(subject, record(ID))
    assert client.test_compatibility(subject, record(ID, NOTE))
    assert not client.test_compatibility(subject, record(ID, REQUIRED))
    with pytest.raises(SchemaRegistryError) as refused:
        client.register_schema(subject, record(ID, REQUIRED))
    assert (refused.value.http_status_code, refused.value.error_code) == (409, 40901)
    assert client.set_compatibility(subject, "NONE") is not None
    assert client.get_compatibility(subject) == "NONE"
    client.register_schema(subject, record(ID, REQUIRED))
    assert client.get_versions(subject) == [1, 2]


@pytest.mark.parametrize("ask, status, code", [
    (lambda c: c.get_latest_version("nobody-value"), 404, 40401),
    (lambda c: c.get_schema(987654), 404, 40403),
    (lambda c: c.register_schema("bad-value", Schema('{"type":"nope"}', "AVRO")), 422, 42201),
    (lambda c: c.register_schema("proto-value", Schema('syntax="proto3";', "PROTOBUF")), 422, 42201),
    (lambda c: c.set_compatibility("x-value", "SOMEHOW"), 422, 42203),
])
def test_errors_have_the_documented_codes(client, ask, status, code):
    with pytest.raises(SchemaRegistryError) as refused:
        ask(client)
    assert (refused.value.http_status_code, refused.value.error_code) == (status, code)


def test_soft_and_hard_delete(client):
    subject = "deleted-value"
    schema_id = client.register_schema(subject, record(ID, {"name": "gone", "type": "int"}))
    assert client.delete_subject(subject) == [1]
    assert subject not in client.get_subjects()
    assert client.get_schema(schema_id)  # messages written with it stay readable
    assert client.delete_subject(subject, permanent=True) == [1]
    with pytest.raises(SchemaRegistryError) as gone:
        client.get_versions(subject)
    assert gone.value.error_code == 40401


def test_what_the_serializer_writes_the_deserializer_reads(client, registry):
    context = SerializationContext("round-trip", MessageField.VALUE)
    wire = AvroSerializer(client, record(ID, NOTE).schema_str)({"id": 7, "note": "ä"}, context)
    assert wire[0] == 0
    assert client.get_subjects().count("round-trip-value") == 1
    assert AvroDeserializer(client_of(registry))(wire, context) == {"id": 7, "note": "ä"}


def test_a_client_after_a_restart_finds_everything(world_directory, kafka):
    registry = servers.Registry(world_directory / "restarted", kafka, "_schemas_restarted").start()
    try:
        client = client_of(registry)
        first = client.register_schema("kept-value", record(ID))
        client.set_compatibility("kept-value", "FULL")
        client.register_schema("dropped-value", record(ID, NOTE))
        client.delete_subject("dropped-value")
        registry.kill()
        registry.start()
        after = client_of(registry)
        assert after.get_subjects() == ["kept-value"]
        assert after.get_schema(first).schema_str == client.get_schema(first).schema_str
        assert after.get_compatibility("kept-value") == "FULL"
        fresh = after.register_schema("kept-value", record(ID, {**NOTE, "name": "more"}))
        assert fresh > first + 1  # ids are never given twice, those of deleted subjects neither
    finally:
        registry.stop()
