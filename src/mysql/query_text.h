#pragma once

#include <cstdint>
#include <string>
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

// What is said of a prepared XA transaction: XA COMMIT or XA ROLLBACK of which one.
struct XaOutcome {
  bool commit = false;
  std::string name;  // X'6d65',X'',1: without spaces, in lower case but for the X

  // `sql` is of kind kXaOutcome.
  static XaOutcome Parse(std::string_view sql);
};

// True where `sql` has `name` in it, in any case of ASCII letters.
bool MentionsName(std::string_view sql, std::string_view name);

}  // namespace rowhouse::mysql
