#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "model/arena.h"
#include "mysql/json_value.h"

namespace rowhouse::mysql {

// A binary JSON document as the server prints it (SELECT doc): a space after ':' and ',', keys
// in stored order, decimals bare, dates and times quoted, other SQL values as "base64:typeN:...".
// nullopt when the bytes are no document.
std::optional<std::string_view> JsonText(ByteView document, Arena& arena);

// Writes JSON in the server's spelling into an arena, as one run of bytes that grows.
//
// Damaged bytes may name the same part again and again: whoever writes says how long the text of
// an honest document can be, and a longer one fails.
class JsonTextWriter {
 public:
  // The server's own limit of nesting.
  static constexpr size_t kDepthMax = 100;

  // Most characters of text a document's byte becomes (a control character: \u0001), with room
  // for a lone literal.
  static constexpr size_t TextBytesMax(size_t document_bytes) { return document_bytes * 6 + 64; }

  JsonTextWriter(Arena& arena, size_t document_bytes);

  // Each is false when the bytes are no value or the text has become too long.
  bool Value(const JsonValue& value, size_t depth);
  bool String(std::string_view text);
  bool Raw(std::string_view text);

  // The text; the unused rest of the arena's run is given back.
  std::string_view Finish();

 private:
  bool Container(const JsonValue& value, size_t depth);
  bool Scalar(const JsonValue& value);
  bool Number(const JsonValue& value);
  bool Opaque(const JsonValue::Opaque& value);
  bool Temporal(uint8_t mysql_type, uint64_t packed);
  bool Decimal(ByteView bytes);
  bool Base64(const JsonValue::Opaque& value);
  bool Room(size_t bytes);

  Arena& arena_;
  const size_t bytes_max_;
  char* begin_;
  char* at_;
  char* end_;
};

// A double as the server prints it inside JSON: "0.1", "1.0", "1e15". Writes at most 32
// characters; gives the place after them.
char* PutJsonDouble(char* to, double v);

}  // namespace rowhouse::mysql
