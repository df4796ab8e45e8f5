#include "browse/json.h"

#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/json_text.h"

namespace rowhouse::browse {

namespace {

void AppendTextOrNull(const std::string& text, std::string& out) {
  if (text.empty()) {
    out += "null";
  } else {
    AppendJsonString(out, text);
  }
}

void AppendIdOrNull(int32_t id, std::string& out) {
  out += id < 0 ? "null" : std::to_string(id);
}

void AppendOffsetOrNull(const std::optional<int64_t>& offset, std::string& out) {
  out += offset ? fmt::format("\"{}\"", *offset) : "null";
}

std::string_view Word(kafka::TimestampType type) {
  switch (type) {
    case kafka::TimestampType::kCreate:
      return "create";
    case kafka::TimestampType::kAppend:
      return "append";
    case kafka::TimestampType::kNone:
      break;
  }
  return "none";
}

// Gives each field its name and its comma.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_ += '{'; }

  std::string& Field(std::string_view name) {
    out_ += comma_ ? ",\"" : "\"";
    out_ += name;
    out_ += "\":";
    comma_ = true;
    return out_;
  }

  void Text(std::string_view name, std::string_view text) { AppendJsonString(Field(name), text); }

  template <typename Number>
  void Plain(std::string_view name, Number number) {
    Field(name) += fmt::format("{}", number);
  }

  // Counts and offsets can pass 2^53.
  template <typename Number>
  void Quoted(std::string_view name, Number number) {
    Field(name) += fmt::format("\"{}\"", number);
  }

  void End() { out_ += '}'; }

 private:
  std::string& out_;
  bool comma_ = false;
};

template <typename Items, typename Append>
void AppendList(const Items& items, std::string& out, Append append) {
  out += '[';
  bool comma = false;
  for (const auto& item : items) {
    out += comma ? "," : "";
    comma = true;
    append(item);
  }
  out += ']';
}

void AppendPart(const Part& part, std::string& out) {
  Object o(out);
  o.Text("format", FormatWord(part.format));
  AppendIdOrNull(part.schema_id, o.Field("schema_id"));
  AppendTextOrNull(part.subject, o.Field("subject"));
  AppendIdOrNull(part.version == 0 ? -1 : part.version, o.Field("version"));
  o.Plain("size", part.size);
  AppendJson(part.node, o.Field("node"));
  AppendTextOrNull(part.text, o.Field("text"));
  AppendTextOrNull(part.hex, o.Field("hex"));
  o.Plain("truncated", part.truncated);
  if (!part.error.empty()) {
    o.Text("error", part.error);
  }
  o.End();
}

void AppendSource(const ChangeInfo& change, std::string& out) {
  Object source(out);
  for (const auto& [name, text] : change.source) {
    int64_t ms = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), ms);
    const bool time = name == "ts" && read.ec == std::errc() && ms > 0;
    source.Text(name, time ? FormatUtc(ms * 1000) : text);
  }
  source.End();
}

void AppendChange(const ChangeInfo& change, std::string& out) {
  Object o(out);
  o.Text("op", change.op);
  o.Text("table", change.table);
  AppendList(change.pk, o.Field("pk"), [&out](const auto& column) {
    Object pk(out);
    pk.Text("column", column.first);
    pk.Text("text", column.second);
    pk.End();
  });
  AppendList(change.changed, o.Field("changed"), [&out](const std::string& column) {
    AppendJsonString(out, column);
  });
  AppendSource(change, o.Field("source"));
  AppendTextOrNull(change.version, o.Field("version"));
  AppendTextOrNull(change.transaction, o.Field("transaction"));
  o.End();
}

void AppendLinePart(const char* name, const Part& part, Object& line) {
  std::string& out = line.Field(name);
  const bool json = part.format == PartFormat::kAvro || part.format == PartFormat::kJson;
  if (part.format == PartFormat::kNull) {
    out += "null";
  } else if (json && !part.truncated) {
    out += part.text;
  } else {
    AppendJsonString(out, part.format == PartFormat::kBytes ? "0x" + part.hex : part.text);
  }
  if (part.schema_id >= 0) {
    line.Plain(fmt::format("{}_schema", name), part.schema_id);
  }
  if (!part.error.empty()) {
    line.Text(fmt::format("{}_error", name), part.error);
  }
}

void AppendCsvField(std::string_view text, std::string& out) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    out += c == '"' ? "\"\"" : std::string_view(&c, 1);
  }
  out += '"';
}

std::string PlainText(const Part& part) {
  return part.format == PartFormat::kBytes ? "0x" + part.hex : part.text;
}

}  // namespace

void AppendJson(const Row& row, std::string& out) {
  Object o(out);
  o.Plain("p", row.partition);
  o.Quoted("o", row.offset);
  o.Text("ts", FormatUtc(row.timestamp_ms * 1000));
  o.Text("op", row.op);
  if (row.has_key) {
    o.Text("key", row.key);
  } else {
    o.Field("key") += "null";
  }
  o.Text("value", row.value);
  AppendIdOrNull(row.key_id, o.Field("key_id"));
  AppendIdOrNull(row.value_id, o.Field("value_id"));
  o.Plain("size", row.size);
  o.Plain("headers", row.headers);
  o.Plain("tombstone", row.tombstone);
  if (!row.error.empty()) {
    o.Text("error", row.error);
  }
  o.End();
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the node, whose walk is bounded
void AppendJson(const Node& node, std::string& out) {
  Object o(out);
  o.Text("t", node.type);
  if (node.kind == Node::Kind::kRecord) {
    AppendList(node.fields, o.Field("f"), [&out](const auto& field) {
      out += '[';
      AppendJsonString(out, field.first);
      out += ',';
      AppendJson(field.second, out);
      out += ']';
    });
  } else if (node.kind == Node::Kind::kList) {
    AppendList(node.items, o.Field("i"), [&out](const Node& item) { AppendJson(item, out); });
  } else if (!node.is_null()) {
    o.Text("v", node.text);
    if (node.raw) {
      o.Text("raw", *node.raw);
    }
  }
  o.End();
}

void AppendJson(const ScanProgress& progress, std::string& out) {
  Object o(out);
  o.Quoted("scanned", progress.scanned);
  o.Quoted("matched", progress.matched);
  o.Quoted("bytes", progress.bytes);
  o.Quoted("skipped_undecodable", progress.undecodable);
  o.Quoted("undecided", progress.undecided);
  AppendList(progress.lanes, o.Field("partitions"), [&out](const ScanProgress::Lane& lane) {
    Object l(out);
    l.Plain("partition", lane.partition);
    l.Quoted("at", lane.at);
    l.Quoted("begin", lane.begin);
    l.Quoted("end", lane.end);
    l.End();
  });
  o.Field("percent") += progress.percent < 0 ? "null" : fmt::format("{:.1f}", progress.percent);
  o.Field("rate") += fmt::format("{:.0f}", progress.rate);
  o.End();
}

void AppendJson(
    const Message& message, const std::string& topic, const Neighbours& neighbours, std::string& out
) {
  Object o(out);
  o.Text("topic", topic);
  o.Plain("partition", message.partition);
  o.Quoted("offset", message.offset);
  o.Text("timestamp", FormatUtc(message.timestamp_ms * 1000));
  o.Text("timestamp_type", Word(message.timestamp_type));
  o.Plain("size", message.size);
  AppendPart(message.key, o.Field("key"));
  AppendPart(message.value, o.Field("value"));
  AppendList(message.headers, o.Field("headers"), [&out](const HeaderText& header) {
    Object h(out);
    h.Text("name", header.name);
    h.Text("text", header.text);
    h.Text("hex", header.hex);
    h.End();
  });
  AppendOffsetOrNull(neighbours.previous, o.Field("previous"));
  AppendOffsetOrNull(neighbours.next, o.Field("next"));
  std::string& change = o.Field("cdc");
  if (message.change) {
    AppendChange(*message.change, change);
  } else {
    change += "null";
  }
  o.End();
}

void AppendJsonLine(const Message& message, std::string& out) {
  Object o(out);
  o.Plain("partition", message.partition);
  o.Plain("offset", message.offset);
  o.Text("time", FormatUtc(message.timestamp_ms * 1000));
  AppendLinePart("key", message.key, o);
  AppendLinePart("value", message.value, o);
  Object headers(o.Field("headers"));
  for (const HeaderText& header : message.headers) {
    std::string name;
    AppendJsonString(name, header.name);
    headers.Text(std::string_view(name).substr(1, name.size() - 2), header.text);
  }
  headers.End();
  o.End();
  out += '\n';
}

void AppendCsvLine(const Message& message, std::string& out) {
  out += fmt::format(
      "{},{},{},{},",
      message.partition,
      message.offset,
      FormatUtc(message.timestamp_ms * 1000),
      message.change ? message.change->op : ""
  );
  AppendCsvField(PlainText(message.key), out);
  out += ',';
  AppendCsvField(PlainText(message.value), out);
  out += "\r\n";
}

}  // namespace rowhouse::browse
