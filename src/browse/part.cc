#include "browse/part.h"

#include <algorithm>
#include <utility>

#include "avro/wire.h"
#include "base/bytes.h"
#include "browse/sinks.h"
#include "browse/walk_part.h"

namespace rowhouse::browse {

namespace {

// Whether the text starts and ends like a JSON object or array.
bool LooksLikeJson(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) {
    return false;
  }
  const char begin = text[first];
  const char end = text[text.find_last_not_of(kSpaces)];
  return (begin == '{' && end == '}') || (begin == '[' && end == ']');
}

bool IsText(std::string_view bytes) {
  const bool control = std::any_of(bytes.begin(), bytes.end(), [](char c) {
    return static_cast<uint8_t>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t';
  });
  return !control && IsUtf8(bytes);
}

}  // namespace

std::string_view FormatWord(PartFormat format) {
  switch (format) {
    case PartFormat::kNull:
      return "null";
    case PartFormat::kAvro:
      return "avro";
    case PartFormat::kJson:
      return "json";
    case PartFormat::kString:
      return "string";
    case PartFormat::kBytes:
      return "bytes";
  }
  return "?";
}

const PartReader::Found& PartReader::Find(int32_t id) {
  if (id == last_id_ && last_ != nullptr) {
    return *last_;
  }
  auto at = found_.find(id);
  // What was not found is asked for again: Schemas knows how often.
  if (at == found_.end() || at->second.layout == nullptr) {
    auto layout = schemas_.ById(id);
    Found found = layout ? Found{*std::move(layout), ""} : Found{nullptr, layout.error().message()};
    at = found_.insert_or_assign(id, std::move(found)).first;
  }
  last_id_ = id;
  last_ = at->second.layout == nullptr ? nullptr : &at->second;
  return at->second;
}

PartView PartReader::Look(std::optional<std::string_view> part) {
  PartView view;
  if (!part) {
    return view;
  }
  view.bytes = *part;
  if (view.bytes.size() >= avro::kFrameBytes && view.bytes[0] == '\0') {
    ByteCursor frame(AsBytes(view.bytes.substr(1)));
    view.schema_id = static_cast<int32_t>(frame.BigEndian(sizeof(int32_t)));
    const Found& found = Find(view.schema_id);
    view.layout = found.layout.get();
    view.payload = view.bytes.substr(avro::kFrameBytes);
    view.format = view.layout == nullptr ? PartFormat::kBytes : PartFormat::kAvro;
    view.problem = found.problem;
    return view;
  }
  if (LooksLikeJson(view.bytes)) {
    view.format = PartFormat::kJson;
  } else {
    view.format = IsText(view.bytes) ? PartFormat::kString : PartFormat::kBytes;
  }
  return view;
}

PartView PartReader::LookThrough(std::optional<std::string_view> part) {
  PartView view = Look(part);
  NullSink none;
  std::string problem;
  if (view.format == PartFormat::kJson && !WalkPart(view, none, problem)) {
    view.SetPlain("");
  }
  return view;
}

void PartView::SetPlain(std::string why) {
  problem = std::move(why);
  format = IsText(bytes) ? PartFormat::kString : PartFormat::kBytes;
}

}  // namespace rowhouse::browse
