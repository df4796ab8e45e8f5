#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "model/arena.h"
#include "mysql/connection.h"
#include "mysql/packet_reader.h"

struct st_mysql_stmt;

namespace rowhouse::mysql {

// A large SELECT as a stream of rows in the prepared-statement (binary) form.
//
// Binary, because floats then come bit for bit (as text MariaDB prints a FLOAT with 6 digits), and
// because neither side formats or parses numbers.
//
// Place:    one at a time a connection, which it occupies until all rows are read.
// Threads:  one owner.
// Blocking: Next() waits for the server, at most `kRowWait`.
// Errors:   by error_map.h. Ended before the last row, the connection is no longer usable.
class BinaryQuery {
 public:
  static constexpr seconds kRowWait{600};

  static Result<std::unique_ptr<BinaryQuery>> Open(Connection& connection, std::string_view sql);

  ~BinaryQuery();
  BinaryQuery(const BinaryQuery&) = delete;
  BinaryQuery& operator=(const BinaryQuery&) = delete;

  // The protocol's type number of each column.
  const std::vector<int>& wire_types() const { return wire_types_; }

  // The next row's packet in `arena`; nullopt after the last.
  Result<std::optional<ByteView>> Next(Arena& arena);

  // True once the last row was read.
  bool finished() const { return finished_; }

 private:
  BinaryQuery(Connection& connection, std::string what);

  Status Execute(std::string_view sql);
  void CloseStatement();
  Error StatementError() const;

  Connection& connection_;
  const std::string what_;
  st_mysql_stmt* statement_ = nullptr;
  std::vector<int> wire_types_;
  std::unique_ptr<PacketReader> reader_;
  bool finished_ = false;
};

}  // namespace rowhouse::mysql
