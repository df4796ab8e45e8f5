"""Confluent Avro messages in the form in which Connect's JsonConverter prints them.

The schema's connect.* properties say which Connect schema an Avro schema was made of; undoing that
gives both sides of the comparison one form: {"schema": ..., "payload": ...}.
"""

import base64
import copy
import io
import json
import struct

import fastavro
import requests

PRIMITIVES = {"boolean": "boolean", "int": "int32", "long": "int64", "float": "float",
              "double": "double", "string": "string", "bytes": "bytes"}


def as_base64(latin1):
    return base64.b64encode(latin1.encode("latin-1")).decode()


class SchemaReader:
    """Turns one Avro schema into the JSON of a Connect schema."""

    def __init__(self):
        self.named = {}

    def read(self, avro, optional=False, namespace=""):
        if isinstance(avro, list):
            (inner,) = [branch for branch in avro if branch != "null"]
            return self.read(inner, True, namespace)
        if isinstance(avro, str):
            if avro not in PRIMITIVES:
                known = self.named[avro if "." in avro else f"{namespace}.{avro}"]
                return {**copy.deepcopy(known), "optional": optional}
            avro = {"type": avro}
        kind = avro["type"]
        out = {"type": avro.get("connect.type") or PRIMITIVES.get(kind), "optional": optional}
        for name in ("name", "version", "doc", "parameters"):
            if f"connect.{name}" in avro:
                out[name] = avro[f"connect.{name}"]
        if "connect.default" in avro:
            out["default"] = self.default(avro["connect.default"], out["type"])
        if kind == "array":
            out.update(type="array", items=self.read(avro["items"], False, namespace))
        if kind == "record":
            space = avro.get("namespace", namespace)
            out.update(type="struct", fields=[self.field(f, space) for f in avro["fields"]])
            self.named[f"{space}.{avro['name']}"] = out
        return out

    def field(self, field, namespace):
        out = self.read(field["type"], False, namespace)
        if field.get("default") is not None:
            out["default"] = self.default(field["default"], out["type"])
        out["field"] = field["name"]
        return out

    def default(self, value, kind):
        return as_base64(value) if kind == "bytes" else value


def payload(schema, value):
    if value is None:
        return None
    kind = schema["type"]
    if kind == "struct":
        return {f["field"]: payload(f, value[f["field"]]) for f in schema["fields"]}
    if kind == "array":
        return [payload(schema["items"], item) for item in value]
    if kind == "bytes":
        return base64.b64encode(value).decode()
    return value


def without_logical_types(avro):
    """So that fastavro gives bytes as bytes."""
    if isinstance(avro, list):
        return [without_logical_types(a) for a in avro]
    if isinstance(avro, dict):
        return {k: without_logical_types(v) for k, v in avro.items() if k != "logicalType"}
    return avro


class Registry:
    """Schemas by id, each read once."""

    def __init__(self, url):
        self.url = url
        self.known = {}

    def schema(self, number):
        if number not in self.known:
            reply = requests.get(f"{self.url}/schemas/ids/{number}", timeout=10)
            avro = json.loads(reply.json()["schema"])
            parsed = fastavro.parse_schema(without_logical_types(copy.deepcopy(avro)))
            self.known[number] = (SchemaReader().read(avro), parsed)
        return self.known[number]

    def message(self, data):
        """What JsonConverter would have written for these bytes; None for none."""
        if data is None:
            return None
        magic, number = struct.unpack(">bI", data[:5])
        assert magic == 0
        schema, parsed = self.schema(number)
        value = fastavro.schemaless_reader(io.BytesIO(data[5:]), parsed)
        return {"schema": copy.deepcopy(schema), "payload": payload(schema, value)}
