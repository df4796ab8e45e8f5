#include "config/debezium.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>
#include <string_view>

#include <fmt/format.h>

#include "base/json_text.h"
#include "config/debezium_transforms.h"

namespace rowhouse::config {

namespace {

using Options = std::map<std::string, std::string>;

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

// The parts of a list, without spaces around; "\," is a comma within a part.
std::vector<std::string> Parts(std::string_view list, char between) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i] == '\\' && i + 1 < list.size() && list[i + 1] == between) {
      parts.back() += list[++i];
    } else if (list[i] == between) {
      parts.emplace_back();
    } else if (list[i] != ' ' || !parts.back().empty()) {
      parts.back() += list[i];
    }
  }
  for (std::string& part : parts) {
    part.erase(part.find_last_not_of(' ') + 1);
  }
  std::erase(parts, "");
  return parts;
}

std::string Expression(std::string_view regex) {
  return fmt::format("/{}/", regex);
}

// Collects what becomes YAML: sections in the order they were first named.
class Draft {
 public:
  void Scalar(const std::string& path, const std::string& value) { Set(path, Quoted(value)); }

  void Plain(const std::string& path, const std::string& value) { Set(path, value); }

  void Item(const std::string& path, const std::string& item) {
    items_[path].push_back(Quoted(item));
  }

  void Entry(const std::string& path, const std::string& key, const std::string& value) {
    items_[path].push_back(fmt::format("{}: {}", Quoted(key), Quoted(value)));
    maps_.push_back(path);
  }

  bool Has(const std::string& path) const {
    return values_.contains(path) || items_.contains(path);
  }

  std::string Yaml() {
    for (const auto& [path, items] : items_) {
      const bool map = std::ranges::find(maps_, path) != maps_.end();
      const std::string inner = fmt::format("{}", fmt::join(items, ", "));
      Set(path, map ? "{" + inner + "}" : "[" + inner + "]");
    }
    std::string out = "version: 1\n";
    std::string section;
    for (const auto& [path, value] : values_) {
      const size_t dot = path.find('.');
      if (dot == std::string::npos) {
        out += fmt::format("{}: {}\n", path, value);
        continue;
      }
      if (path.substr(0, dot) != section) {
        section = path.substr(0, dot);
        out += section + ":\n";
      }
      out += Nested(path.substr(dot + 1), value);
    }
    return out;
  }

 private:
  void Set(const std::string& path, const std::string& value) { values_[path] = value; }

  // "tls.mode" goes one deeper, in a line of its own.
  static std::string Nested(const std::string& path, const std::string& value) {
    const size_t dot = path.find('.');
    if (dot == std::string::npos) {
      return fmt::format("  {}: {}\n", path, value);
    }
    return fmt::format("  {}: {{{}: {}}}\n", path.substr(0, dot), path.substr(dot + 1), value);
  }

  std::map<std::string, std::string> values_;
  std::map<std::string, std::vector<std::string>> items_;
  std::vector<std::string> maps_;
};

// How one option is carried over.
enum class Way { kSame, kPlain, kMillis, kTables, kColumns, kDropped, kNone };

struct Row {
  std::string_view name;
  Way way;
  std::string_view text;  // our path; kDropped, kNone: why
};

constexpr auto kRows = std::to_array<Row>({
    {"name", Way::kSame, "pipeline"},
    {"database.hostname", Way::kSame, "source.host"},
    {"database.port", Way::kPlain, "source.port"},
    {"database.user", Way::kSame, "source.user"},
    {"database.server.id", Way::kPlain, "source.server_id"},
    {"topic.prefix", Way::kSame, "capture.topic_prefix"},
    {"database.server.name", Way::kSame, "capture.topic_prefix"},
    {"table.include.list", Way::kTables, "source.tables"},
    {"table.whitelist", Way::kTables, "source.tables"},
    {"table.exclude.list", Way::kTables, "source.exclude_tables"},
    {"table.blacklist", Way::kTables, "source.exclude_tables"},
    {"column.include.list", Way::kColumns, "source.columns"},
    {"column.exclude.list", Way::kColumns, "source.exclude_columns"},
    {"connect.timeout.ms", Way::kMillis, "source.connect_timeout"},
    {"decimal.handling.mode", Way::kSame, "format.decimal"},
    {"time.precision.mode", Way::kSame, "format.time"},
    {"bigint.unsigned.handling.mode", Way::kSame, "format.bigint_unsigned"},
    {"binary.handling.mode", Way::kSame, "format.binary"},
    {"tombstones.on.delete", Way::kPlain, "format.tombstones"},
    {"topic.creation.default.partitions", Way::kPlain, "kafka.partitions"},
    {"producer.override.compression.type", Way::kSame, "kafka.compression"},
    {"producer.override.linger.ms", Way::kMillis, "kafka.linger"},
    {"schema.history.internal.kafka.bootstrap.servers", Way::kSame, "kafka.bootstrap"},
    {"value.converter.schema.registry.url", Way::kSame, "registry.url"},
    {"extended.headers.enabled", Way::kPlain, "kafka.headers"},
    {"connector.class", Way::kDropped, "the server itself tells its kind"},
    {"tasks.max", Way::kDropped, "one process follows one server"},
    {"key.converter", Way::kDropped, "keys are Avro"},
    {"value.converter", Way::kDropped, "values are Avro"},
    {"key.converter.schema.registry.url", Way::kDropped, "as the value's"},
    {"database.include.list", Way::kDropped, "part of source.tables"},
    {"database.exclude.list", Way::kDropped, "part of source.exclude_tables"},
    {"include.schema.comments", Way::kNone, "comments are not written into schemas"},
    {"snapshot.locking.mode", Way::kDropped, "a first load takes no lock"},
    {"snapshot.max.threads", Way::kPlain, "capture.snapshot_readers"},
    {"max.batch.size", Way::kDropped, "batches are bounded in bytes: capture.queue_bytes"},
    {"max.queue.size", Way::kDropped, "queues are bounded in bytes: capture.queue_bytes"},
    {"poll.interval.ms", Way::kDropped, "nothing is polled"},
    {"heartbeat.interval.ms", Way::kMillis, "capture.heartbeat_topic_every"},
    {"topic.heartbeat.prefix", Way::kSame, "capture.heartbeat_topic_prefix"},
    {"topic.delimiter", Way::kSame, "capture.topic_delimiter"},
    {"topic.cache.size", Way::kDropped, "names are made once a table"},
    {"topic.transaction", Way::kSame, "capture.transaction_topic"},
    {"heartbeat.action.query", Way::kNone, "rowhouse never writes to the source"},
    {"provide.transaction.metadata", Way::kPlain, "capture.transaction_metadata"},
    {"include.query", Way::kPlain, "format.query"},
    {"message.key.columns", Way::kDropped, ""},
    {"topic.regex", Way::kNone, "topics are PREFIX.DATABASE.TABLE, one a table"},
    {"topic.regex.enable", Way::kNone, "topics are PREFIX.DATABASE.TABLE, one a table"},
    {"topic.replacement", Way::kNone, "topics are PREFIX.DATABASE.TABLE, one a table"},
    {"topic.key.enforce.uniqueness", Way::kDropped, "no two tables share a topic"},
    {"topic.key.field.name", Way::kDropped, "the same"},
    {"topic.key.field.regex", Way::kDropped, "the same"},
    {"topic.key.field.replacement", Way::kDropped, "the same"},
    {"signal.data.collection", Way::kNone, "first loads need no signals"},
    {"incremental.snapshot.chunk.size", Way::kPlain, "capture.chunk_rows"},
    {"snapshot.fetch.size", Way::kPlain, "capture.chunk_rows"},
});

void Carry(const Row& row, const std::string& value, Draft& draft, Translation& out) {
  const std::string path(row.text);
  switch (row.way) {
    case Way::kSame:
      draft.Scalar(path, value);
      return;
    case Way::kPlain:
      draft.Plain(path, value);
      return;
    case Way::kMillis:
      draft.Plain(path, value + "ms");
      return;
    case Way::kTables:
    case Way::kColumns:
      for (const std::string& part : Parts(value, ',')) {
        draft.Item(path, Expression(part));
      }
      return;
    case Way::kNone:
      if (value != "false" && value != "0") {
        out.no_equivalent.push_back(fmt::format("{}: {}", row.name, path));
      }
      return;
    case Way::kDropped:
      return;
  }
}

// "column.mask.with.12.chars" and its like.
bool CarryTreatment(const std::string& name, const std::string& value, Draft& draft) {
  const auto between = [&name](std::string_view start, std::string_view end) -> std::string {
    const bool both =
        name.starts_with(start) && name.ends_with(end) && name.size() > start.size() + end.size();
    return both ? name.substr(start.size(), name.size() - start.size() - end.size()) : "";
  };
  std::string what;
  if (const std::string chars = between("column.mask.with.", ".chars"); !chars.empty()) {
    what = "mask " + chars;
  } else if (const std::string kept = between("column.truncate.to.", ".chars"); !kept.empty()) {
    what = "truncate " + kept;
  } else {
    const bool second = name.starts_with("column.mask.hash.v2.");
    const std::string rest = between(second ? "column.mask.hash.v2." : "column.mask.hash.", "");
    const size_t salt = rest.find(".with.salt.");
    if (salt == std::string::npos) {
      return false;
    }
    what = fmt::format(
        "{} {} {}", second ? "hash" : "hash-v1", rest.substr(0, salt), rest.substr(salt + 11)
    );
  }
  for (const std::string& part : Parts(value, ',')) {
    draft.Entry("format.columns", Expression(part), what);
  }
  return true;
}

void CarrySnapshot(const std::string& mode, Draft& draft, Translation& out) {
  if (mode == "initial" || mode == "when_needed") {
    draft.Scalar("capture.snapshot", "initial");
  } else if (mode == "no_data" || mode == "schema_only" || mode == "never") {
    draft.Scalar("capture.snapshot", "never");
  } else {
    out.no_equivalent.push_back(
        fmt::format("snapshot.mode {}: rowhouse has initial and never", mode)
    );
  }
}

void CarryTls(std::string mode, Draft& draft) {
  std::ranges::replace(mode, '_', '-');
  if (mode == "disable") {
    mode = "disabled";
  } else if (mode == "trust") {
    mode = "required";
  } else if (mode == "verify-identity") {
    mode = "verify-full";
  }
  draft.Scalar("source.tls.mode", mode);
}

void CarrySkipped(const std::string& value, Draft& draft) {
  for (const std::string& operation : Parts(value, ',')) {
    if (operation != "none") {
      draft.Item("format.skip_operations", operation);
    }
  }
}

void CarryKeys(const std::string& value, Draft& draft) {
  for (const std::string& rule : Parts(value, ';')) {
    const size_t colon = rule.rfind(':');
    if (colon != std::string::npos) {
      draft.Entry("format.key_columns", Expression(rule.substr(0, colon)), rule.substr(colon + 1));
    }
  }
}

void CarryNaming(const std::string& strategy, Translation& out) {
  // The two name a table's topic alike: a table of MySQL has one part before its own.
  if (strategy != "io.debezium.schema.DefaultTopicNamingStrategy" &&
      strategy != "io.debezium.schema.SchemaTopicNamingStrategy") {
    out.no_equivalent.push_back(fmt::format(
        "topic.naming.strategy: {}: {}",
        strategy,
        strategy.find("Unicode") != std::string::npos
            ? "in names of topics each character that Kafka does not allow becomes _, as "
              "DefaultTopicNamingStrategy has it, and not _uXXXX; names without such are the same"
        : strategy.find("Regex") != std::string::npos
            ? "a topic holds one table, as the tables in ClickHouse that follow it do; what shards "
              "have in common is a view over their tables there (engine Merge)"
            : "topics are named as DefaultTopicNamingStrategy does"
    ));
  }
}

// Names whose values need more than copying; false: not one of them.
bool CarrySpecial(
    const std::string& name, const std::string& value, Draft& draft, Translation& out
) {
  if (name == "database.password") {
    draft.Scalar("source.password_env", "ROWHOUSE_SOURCE_PASSWORD");
    out.no_equivalent.emplace_back(
        "database.password: not copied; export ROWHOUSE_SOURCE_PASSWORD with it"
    );
  } else if (name == "snapshot.mode") {
    CarrySnapshot(value, draft, out);
  } else if (name == "database.ssl.mode") {
    CarryTls(value, draft);
  } else if (name == "skipped.operations") {
    CarrySkipped(value, draft);
  } else if (name == "message.key.columns") {
    CarryKeys(value, draft);
  } else if (name == "topic.naming.strategy") {
    CarryNaming(value, out);
  } else if (name == "topic.creation.default.replication.factor") {
    draft.Plain("kafka.replication", value == "-1" ? "1" : value);
  } else if (name == "schema.name.adjustment.mode" || name == "field.name.adjustment.mode") {
    const bool schema = name.starts_with("schema");
    if (value == "none") {
      out.other_default.push_back(fmt::format(
          "{} none: names that Avro does not allow are adjusted all the same; AvroConverter "
          "refuses "
          "them",
          name
      ));
    }
    draft.Scalar(
        schema ? "format.schema_names" : "format.field_names", value == "none" ? "avro" : value
    );
  } else if (name == "value.converter.ignore.default.for.nullables") {
    draft.Plain("format.null_as_default", value == "true" ? "false" : "true");
  } else {
    return false;
  }
  return true;
}

void CarryUnknown(const std::string& name, Translation& out) {
  if (name.starts_with("schema.history.internal")) {
    return;  // there is no schema history
  }
  if (name == "transforms" || name.starts_with("transforms.") || name.starts_with("predicates")) {
    return;  // TellTransforms has said what there is to say
  }
  out.no_equivalent.push_back(name + ": rowhouse has no such option");
}

void AddTables(const Options& options, Draft& draft) {
  const auto databases = [&](const char* name, const std::string& path) {
    const auto found = options.find(name);
    for (const std::string& part :
         found == options.end() ? std::vector<std::string>() : Parts(found->second, ',')) {
      draft.Item(path, fmt::format("/({})[.].*/", part));
    }
  };
  if (!draft.Has("source.tables")) {
    databases("database.include.list", "source.tables");
  }
  databases("database.exclude.list", "source.exclude_tables");
}

void TellDefaults(const Options& options, const Draft& draft, Translation& out) {
  const auto unless = [&](const char* name, const char* text) {
    if (!options.contains(name)) {
      out.other_default.emplace_back(text);
    }
  };
  unless("skipped.operations", "truncates are written as records; Debezium skips them");
  unless("extended.headers.enabled", "records have no headers; kafka.headers: true brings them");
  unless(
      "value.converter.ignore.default.for.nullables",
      "NULL stays NULL; AvroConverter writes the column's default, as format.null_as_default: true "
      "does"
  );
  unless("schema.name.adjustment.mode", "names that Avro does not allow are adjusted");
  if (!draft.Has("kafka.bootstrap")) {
    out.other_default.emplace_back("kafka.bootstrap is 127.0.0.1:9092: Connect's worker had it");
  }
  if (!draft.Has("registry.url")) {
    out.other_default.emplace_back("registry.url is http://127.0.0.1:8081");
  }
}

void CarryAll(const Options& options, Draft& draft, Translation& out) {
  for (const auto& [name, value] : options) {
    const auto row = std::ranges::find(kRows, std::string_view(name), &Row::name);
    if (CarrySpecial(name, value, draft, out) || CarryTreatment(name, value, draft)) {
      continue;
    }
    if (row != kRows.end()) {
      Carry(*row, value, draft, out);
    } else {
      CarryUnknown(name, out);
    }
  }
  if (const auto named = options.find("transforms"); named != options.end()) {
    TellTransforms(Parts(named->second, ','), options, out);
  }
  AddTables(options, draft);
}

}  // namespace

Translation FromDebeziumConnector(const Options& options) {
  Translation out;
  Draft draft;
  CarryAll(options, draft, out);
  if (!draft.Has("source.tables")) {
    draft.Item("source.tables", "*.*");
  }
  draft.Scalar("sink.mode", "none");
  TellDefaults(options, draft, out);
  out.yaml = draft.Yaml();
  return out;
}

std::optional<std::string> OptionForDebezium(std::string_view name) {
  const auto row = std::ranges::find(kRows, name, &Row::name);
  const bool carried = row != kRows.end() && row->way != Way::kDropped && row->way != Way::kNone;
  return carried ? std::optional(std::string(row->text)) : std::nullopt;
}

Translation FromDebeziumSection(const Options& options) {
  Translation out;
  Draft draft;
  Options rest = options;
  if (const auto password = rest.extract("database.password"); !password.empty()) {
    draft.Scalar("source.password", password.mapped());
  }
  CarryAll(rest, draft, out);
  out.yaml = draft.Yaml();
  return out;
}

}  // namespace rowhouse::config
