#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "model/arena.h"

namespace rowhouse::mysql {

// The text of a JSON column after a partial update (binlog_row_value_options=PARTIAL_JSON): the
// log holds the document before, and the differences that lead to the one after.
//
// A difference replaces, inserts or removes the value at a path. Only the containers along those
// paths are taken apart; everything else is printed from the bytes of the document before.
//
// nullopt when the bytes make no documents, or a path leads nowhere in this one: the differences
// are of another document, and nothing may be guessed.
std::optional<std::string_view> PatchedJsonText(ByteView before, ByteView diffs, Arena& arena);

}  // namespace rowhouse::mysql
