#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "browse/json_tree.h"
#include "browse/layout.h"

namespace rowhouse::browse {

// Avro's primitives at the end of a text.
void WriteLong(int64_t value, std::string& out);
void WriteBytes(std::string_view bytes, std::string& out);

// The bytes of "0x00ff"; nullopt: it is no such text.
std::optional<std::string> HexBytes(std::string_view text);

// How near a JSON value has to be to what AppendShown writes of the type.
enum class Fit {
  kAsShown,  // of the same JSON kind
  kLoose,    // also a number as text, and what is stored of a date or a time as a number
};

// Writes one value that has nothing inside, or a record that stands for one (Shape::as_one), from
// the text in which it is shown; the way back of AppendShown.
//
// Gives what is wrong with it, as the end of a sentence: "is no date: write 2026-01-31"; empty: it
// is written. On an error `out` has rests.
std::string WriteScalar(const Shape& shape, const JsonTree& json, Fit fit, std::string& out);

}  // namespace rowhouse::browse
