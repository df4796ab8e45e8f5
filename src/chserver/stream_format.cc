#include "chserver/stream_format.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace rowhouse::chserver {
namespace {

struct ContentRow {
  std::string_view prefix;
  std::string_view type;
};

// The first row whose prefix the format has.
constexpr auto kContentTypes = std::to_array<ContentRow>({
    {"JSONEachRow", "application/x-ndjson; charset=UTF-8"},
    {"JSONCompactEachRow", "application/x-ndjson; charset=UTF-8"},
    {"JSONStringsEachRow", "application/x-ndjson; charset=UTF-8"},
    {"JSON", "application/json; charset=UTF-8"},
    {"CSVWithNames", "text/csv; charset=UTF-8; header=present"},
    {"CSV", "text/csv; charset=UTF-8; header=absent"},
    {"TSV", "text/tab-separated-values; charset=UTF-8"},
    {"TabSeparated", "text/tab-separated-values; charset=UTF-8"},
    {"XML", "application/xml; charset=UTF-8"},
    {"Pretty", "text/plain; charset=UTF-8"},
    {"Vertical", "text/plain; charset=UTF-8"},
    {"Values", "text/plain; charset=UTF-8"},
    {"Markdown", "text/markdown; charset=UTF-8"},
});

constexpr auto kPlain = std::to_array<std::string_view>(
    {"TSV",
     "TabSeparated",
     "TSVRaw",
     "TabSeparatedRaw",
     "CSV",
     "JSONEachRow",
     "JSONLines",
     "NDJSON",
     "JSONCompactEachRow",
     "JSONStringsEachRow",
     "JSONCompactStringsEachRow",
     "RowBinary",
     "Native",
     "LineAsString"}
);

constexpr auto kWithNames = std::to_array<std::string_view>(
    {"TSV",
     "TabSeparated",
     "TSVRaw",
     "TabSeparatedRaw",
     "CSV",
     "JSONCompactEachRow",
     "JSONCompactStringsEachRow",
     "RowBinary"}
);

template <typename List>
bool Has(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// Number of `lines` lines; a line end within double quotes is part of its line.
size_t LinesSize(std::string_view text, int lines) {
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == '\n' && !quoted && --lines == 0) {
      return i + 1;
    }
  }
  return text.size();
}

size_t ReadVarint(std::string_view text, size_t& at) {
  uint64_t value = 0;
  for (int shift = 0; at < text.size() && shift < 64; shift += 7) {
    const auto byte = static_cast<uint8_t>(text[at++]);
    value |= uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) {
      break;
    }
  }
  return value;
}

// A count, then `lists` times as many texts with their lengths.
size_t BinaryNamesSize(std::string_view text, int lists) {
  size_t at = 0;
  const size_t columns = ReadVarint(text, at);
  for (size_t i = 0; i < columns * static_cast<size_t>(lists) && at < text.size(); ++i) {
    const size_t size = ReadVarint(text, at);
    at += std::min(size, text.size() - at);
  }
  return at;
}

}  // namespace

std::string_view ContentTypeOf(std::string_view format) {
  const auto* const row =
      std::find_if(kContentTypes.begin(), kContentTypes.end(), [&](const ContentRow& r) {
        return format.starts_with(r.prefix);
      });
  return row == kContentTypes.end() ? "application/octet-stream" : row->type;
}

PieceJoiner::PieceJoiner(std::string_view format) {
  if (Has(kPlain, format)) {
    kind_ = Kind::kPlain;
    return;
  }
  const size_t with = format.find("WithNames");
  const std::string_view rest = with == std::string_view::npos ? "" : format.substr(with);
  if ((rest != "WithNames" && rest != "WithNamesAndTypes") ||
      !Has(kWithNames, format.substr(0, with))) {
    return;
  }
  head_parts_ = rest == "WithNames" ? 1 : 2;
  kind_ = format.starts_with("RowBinary") ? Kind::kBinaryNames : Kind::kLines;
}

size_t PieceJoiner::HeadSize(std::string_view piece) const {
  switch (kind_) {
    case Kind::kLines:
      return LinesSize(piece, head_parts_);
    case Kind::kBinaryNames:
      return BinaryNamesSize(piece, head_parts_);
    case Kind::kWhole:
    case Kind::kPlain:
      break;
  }
  return 0;
}

std::string_view PieceJoiner::Next(std::string_view piece) {
  if (first_) {
    first_ = false;
    head_ = piece.substr(0, HeadSize(piece));
    return piece;
  }
  return piece.starts_with(head_) ? piece.substr(head_.size()) : piece;
}

}  // namespace rowhouse::chserver
