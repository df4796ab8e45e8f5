#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rowhouse::chserver {

// What the HTTP interface must know of a statement before the engine sees it: whether
// rows follow it, where they begin, and in which format the answer is.
//
// The engine takes an INSERT and its rows by two different calls, and streams only
// SELECTs in some formats, so somebody must tell them apart. This reads tokens
// (comments, strings, heredocs, brackets), not grammar; the engine judges.
struct Statement {
  enum class Kind {
    kEmpty,
    kSelect,       // SELECT, WITH … SELECT, FROM …: can be streamed
    kInsertRows,   // INSERT whose rows follow in `format`
    kInsertInput,  // INSERT … SELECT … FROM input(…): the engine would leave its rows out
    // All else, also INSERT … SELECT and SELECT … WITH TOTALS: run as a whole.
    kOther,
    kSeveral,  // more than one statement
  };

  Kind kind = Kind::kEmpty;
  std::string format;  // FORMAT's name as written; "Values" for VALUES; empty: not said
  // kInsertRows: the statement without format is [0, head_end), its rows begin at data_begin.
  size_t head_end = 0;
  size_t data_begin = 0;
};

Statement ReadStatement(std::string_view sql);

}  // namespace rowhouse::chserver
