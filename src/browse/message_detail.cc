#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "browse/message.h"
#include "browse/sinks.h"
#include "browse/walk_part.h"

namespace rowhouse::browse {

namespace {

Part MakePart(PartView view) {
  Part part;
  std::string problem;
  NodeSink nodes(part.node, {});
  if (!WalkPart(view, nodes, problem)) {
    view.SetPlain(std::move(problem));
    part.node = Node();
    NodeSink plain(part.node, {});
    WalkPart(view, plain, problem);
    part.truncated = plain.truncated();
  } else {
    part.truncated = nodes.truncated();
  }
  part.format = view.format;
  part.schema_id = view.schema_id;
  part.size = view.bytes.size();
  part.error = view.problem;
  part.hex = ToHex(AsBytes(view.bytes.substr(0, Part::kHexBytesMax)));
  if (view.format == PartFormat::kAvro || view.format == PartFormat::kJson) {
    LineSink line(part.text, Part::kTextBytesMax);
    WalkPart(view, line, problem);
    part.truncated = part.truncated || line.Enough();
  } else if (view.format == PartFormat::kString) {
    AppendUtf8(view.bytes.substr(0, Part::kTextBytesMax), part.text);
    part.truncated = part.truncated || view.bytes.size() > Part::kTextBytesMax;
  }
  return part;
}

std::string TextOf(const Node* node) {
  return node == nullptr || node->is_null() ? "" : node->text;
}

const Node* RecordAt(const Node& value, std::string_view name) {
  const Node* node = value.Find(name);
  return node != nullptr && node->kind == Node::Kind::kRecord ? node : nullptr;
}

std::vector<std::string> Changed(const Node* before, const Node* after) {
  std::vector<std::string> columns;
  if (before == nullptr || after == nullptr) {
    return columns;
  }
  for (const auto& [name, value] : after->fields) {
    const Node* old = before->Find(name);
    if (old == nullptr || !old->Equals(value)) {
      columns.push_back(name);
    }
  }
  return columns;
}

std::optional<ChangeInfo> MakeChange(const Part& key, const Node& value) {
  const Node* op = value.Find("op");
  const Node* source = RecordAt(value, "source");
  if (op == nullptr || op->kind != Node::Kind::kScalar || source == nullptr) {
    return std::nullopt;
  }
  ChangeInfo change;
  change.op = op->text;
  change.table = TextOf(source->Find("db")) + "." + TextOf(source->Find("table"));
  for (const auto& [name, column] : key.node.fields) {
    change.pk.emplace_back(name, column.is_null() ? "null" : column.text);
  }
  change.changed = Changed(RecordAt(value, "before"), RecordAt(value, "after"));
  constexpr std::pair<std::string_view, std::string_view> kSource[] = {
      {"connector", "connector"},
      {"server", "name"},
      {"server_id", "server_id"},
      {"file", "file"},
      {"pos", "pos"},
      {"row", "row"},
      {"gtid", "gtid"},
      {"ts", "ts_ms"},
      {"snapshot", "snapshot"},
      {"query", "query"},
  };
  for (const auto& [shown, field] : kSource) {
    if (std::string text = TextOf(source->Find(field)); !text.empty()) {
      change.source.emplace_back(shown, std::move(text));
    }
  }
  change.version = TextOf(source->Find("sequence"));
  if (const Node* transaction = RecordAt(value, "transaction")) {
    change.transaction = TextOf(transaction->Find("id"));
  }
  return change;
}

void NamePart(Part& part, const std::string& topic, Schemas& schemas) {
  if (part.schema_id < 0) {
    return;
  }
  const auto uses = schemas.UsesOf(part.schema_id);
  if (!uses || uses->empty()) {
    return;
  }
  // The same schema may stand under many subjects; this topic's own is the one that is meant.
  const auto own = std::find_if(uses->begin(), uses->end(), [&](const auto& use) {
    return use.first.starts_with(topic + "-");
  });
  const auto& use = own == uses->end() ? uses->front() : *own;
  part.subject = use.first;
  part.version = use.second;
}

}  // namespace

Message MakeMessage(const kafka::RecordRef& record, PartReader& reader) {
  Message message;
  message.partition = record.partition;
  message.offset = record.offset;
  message.timestamp_ms = record.timestamp_ms;
  message.timestamp_type = record.timestamp_type;
  message.size = record.key.value_or("").size() + record.value.value_or("").size();
  message.key = MakePart(reader.LookThrough(record.key));
  message.value = MakePart(reader.LookThrough(record.value));
  for (const kafka::HeaderView& header : record.headers) {
    HeaderText& text = message.headers.emplace_back();
    const std::string_view shown = header.value.value_or("").substr(0, Part::kHexBytesMax);
    AppendUtf8(header.name, text.name);
    AppendUtf8(shown, text.text);
    text.hex = ToHex(AsBytes(shown));
  }
  message.change = MakeChange(message.key, message.value.node);
  return message;
}

void NameSchemas(Message& message, const std::string& topic, Schemas& schemas) {
  NamePart(message.key, topic, schemas);
  NamePart(message.value, topic, schemas);
}

}  // namespace rowhouse::browse
