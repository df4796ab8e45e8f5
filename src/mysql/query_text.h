#pragma once

#include <cstdint>
#include <string_view>

namespace rowhouse::mysql {

// What a statement in a QUERY event does to the stream, told by its first words.
enum class StatementKind : uint8_t {
  kNothing,    // empty, a comment
  kBegin,      // BEGIN, START TRANSACTION
  kEnd,        // COMMIT, ROLLBACK
  kSavepoint,  // SAVEPOINT, ROLLBACK TO, RELEASE SAVEPOINT
  kXaStart,
  kXaEnd,      // XA END: still inside
  kXaOutcome,  // XA COMMIT, XA ROLLBACK of a prepared transaction
  kRowChange,  // INSERT, UPDATE, DELETE, REPLACE, LOAD, WITH: logged in statement format
  kEmptied,    // the server's own DELETE of a MEMORY table after its restart
  kOther,      // DDL, account management, ...
};

// Looks past comments, and into the server's executable ones.
StatementKind ClassifyStatement(std::string_view sql);

// True where `sql` has `name` in it, in any case of ASCII letters.
bool MentionsName(std::string_view sql, std::string_view name);

}  // namespace rowhouse::mysql
