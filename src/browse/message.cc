#include "browse/message.h"

#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "browse/sinks.h"
#include "browse/walk_part.h"

namespace rowhouse::browse {

namespace {

// The first `characters` of a text on one line.
std::string OneLine(std::string_view text, size_t characters) {
  const std::string_view cut = CutCharacters(text, characters);
  std::string line;
  AppendUtf8(cut, line);
  for (char& c : line) {
    c = static_cast<uint8_t>(c) < 0x20 ? ' ' : c;
  }
  if (cut.size() < text.size()) {
    line += "…";
  }
  return line;
}

// Shows one field of the root to another sink, and nothing else.
class FieldOnlySink {
 public:
  FieldOnlySink(std::string_view name, LineSink& inside) : name_(name), inside_(inside) {}

  bool Enter(std::string_view name) {
    if (depth_ == 0) {
      if (name != name_ || found_) {
        return false;
      }
      found_ = true;
      ++depth_;
      return true;
    }
    ++depth_;
    return inside_.Enter(name);
  }

  bool EnterItem(size_t index) {
    if (depth_ == 0) {
      return false;
    }
    ++depth_;
    return inside_.EnterItem(index);
  }

  void Leave() {
    if (--depth_ == 0) {
      done_ = true;
    } else {
      inside_.Leave();
    }
  }

  void BeginRecord(std::string_view word) {
    if (depth_ > 0) {
      record_ = true;
      inside_.BeginRecord(word);
    }
  }

  void EndRecord() {
    if (depth_ > 0) {
      inside_.EndRecord();
    }
  }

  void BeginList(std::string_view word) {
    if (depth_ > 0) {
      inside_.BeginList(word);
    }
  }

  void EndList() {
    if (depth_ > 0) {
      inside_.EndList();
    }
  }

  void Value(const Scalar& value) {
    if (depth_ > 0) {
      inside_.Value(value);
    }
  }

  bool Enough() const { return done_ || (depth_ > 0 && inside_.Enough()); }

  // Whether the field is there and a record.
  bool record() const { return record_; }

 private:
  const std::string_view name_;
  LineSink& inside_;
  int depth_ = 0;
  bool found_ = false;
  bool done_ = false;
  bool record_ = false;
};

// The row that a change event is about: after it, or before a delete. False: it is none.
bool ShowRow(const PartView& part, size_t bytes_max, std::string& out) {
  for (const std::string_view field : {"after", "before"}) {
    out.clear();
    LineSink line(out, bytes_max);
    FieldOnlySink only(field, line);
    std::string problem;
    if (WalkPart(part, only, problem) && only.record()) {
      return true;
    }
  }
  return false;
}

// The op of a change event, or nothing.
std::string OpOf(const PartView& part) {
  const bool object = part.format == PartFormat::kAvro ? part.layout->is_change()
                                                       : part.format == PartFormat::kJson;
  if (!object) {
    return {};
  }
  static const FieldTree kTree({{"op"}, {"source"}});
  Scratch scratch;
  PickSink pick(kTree, scratch, PickSink::Records::kAsText);
  std::string problem;
  const bool sound = WalkPart(part, pick, problem);
  const FilterValue& op = pick.slots()[0];
  const bool change = pick.slots()[1].kind == FilterValue::Kind::kRecord;
  return sound && change && op.kind == FilterValue::Kind::kText && op.text.size() == 1
             ? std::string(op.text)
             : std::string();
}

void AddError(std::string_view part, const std::string& problem, std::string& error) {
  if (!problem.empty()) {
    error += fmt::format("{}{}: {}", error.empty() ? "" : "; ", part, problem);
  }
}

std::string Preview(PartView& part, size_t characters) {
  const size_t bytes_max = 4 * characters;
  if (part.format == PartFormat::kNull) {
    return "";
  }
  std::string line;
  LineSink sink(line, bytes_max);
  std::string problem;
  if (part.format == PartFormat::kAvro || part.format == PartFormat::kJson) {
    if (WalkPart(part, sink, problem)) {
      return OneLine(line, characters);
    }
    part.SetPlain(std::move(problem));
  }
  if (part.format == PartFormat::kString) {
    return OneLine(part.bytes, characters);
  }
  line = "0x" + ToHex(AsBytes(part.bytes.substr(0, bytes_max)));
  return OneLine(line, characters);
}

}  // namespace

Row MakeRow(const kafka::RecordRef& record, PartReader& reader) {
  Row row;
  row.partition = record.partition;
  row.offset = record.offset;
  row.timestamp_ms = record.timestamp_ms;
  row.has_key = record.key.has_value();
  row.tombstone = !record.value.has_value();
  row.size = record.key.value_or("").size() + record.value.value_or("").size();
  row.headers = record.headers.size();
  PartView key = reader.LookThrough(record.key);
  row.key_id = key.schema_id;
  row.key = Preview(key, Row::kKeyCharacters);
  AddError("key", key.problem, row.error);
  PartView value = reader.LookThrough(record.value);
  row.value_id = value.schema_id;
  row.op = OpOf(value);
  std::string line;
  if (!row.op.empty() && ShowRow(value, 4 * Row::kValueCharacters, line)) {
    row.value = OneLine(line, Row::kValueCharacters);
  } else {
    row.value = Preview(value, Row::kValueCharacters);
  }
  AddError("value", value.problem, row.error);
  return row;
}

}  // namespace rowhouse::browse
