#pragma once

#include <string>
#include <string_view>

namespace rowhouse::chserver {

// "application/json; charset=UTF-8" of JSON: what ClickHouse answers with.
std::string_view ContentTypeOf(std::string_view format);

// Joins the pieces of a streamed SELECT to one document.
//
// The engine formats each block on its own, so a format with column names
// repeats them in every piece: they are kept in the first and cut from the others.
// Formats whose pieces can't be joined (JSON, Parquet, Pretty) are not streamed.
class PieceJoiner {
 public:
  explicit PieceJoiner(std::string_view format);

  bool streamable() const { return kind_ != Kind::kWhole; }

  // The part of the next piece that belongs into the answer.
  std::string_view Next(std::string_view piece);

 private:
  enum class Kind { kWhole, kPlain, kLines, kBinaryNames };

  size_t HeadSize(std::string_view piece) const;

  Kind kind_ = Kind::kWhole;
  int head_parts_ = 0;  // lines, or lists of texts after the count
  bool first_ = true;
  std::string head_;
};

}  // namespace rowhouse::chserver
