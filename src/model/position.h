#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rowhouse {

// A place in the binary log: file and byte offset.
//
// Ordered by file number, then offset: "binlog.999999" is followed by
// "binlog.1000000", so names are not compared as text.
struct BinlogPosition {
  std::string file;
  uint64_t pos = 0;

  bool empty() const { return file.empty(); }

  std::string ToString() const { return file + ":" + std::to_string(pos); }

  friend bool operator==(const BinlogPosition&, const BinlogPosition&) = default;
};

// The number after the last dot: 7 for "mysql-bin.000007"; kBadRecord without one.
Result<uint32_t> BinlogFileNumber(std::string_view file);

// Negative, 0, positive as `a` is before, at, after `b`. Both names must have
// numbers (the source checks them when it learns them); a name without counts as 0.
int Compare(const BinlogPosition& a, const BinlogPosition& b);

// Where reading begins when that is before the position it is to go on from.
//
// Rows of a prepared XA transaction stand in the log before their outcome: as long as one is open,
// its rows have to be read again after a restart, and what lies between has not to be given again.
struct RereadPoint {
  BinlogPosition binlog;
  std::string gtid_set;

  bool empty() const { return binlog.empty() && gtid_set.empty(); }

  friend bool operator==(const RereadPoint&, const RereadPoint&) = default;
};

// Where reading can start again: always a transaction boundary.
//
// The GTID set (MySQL "uuid:1-5,…", MariaDB "0-1-42,…") names all that came
// before; with it a promoted replica can go on. `epoch` counts how often file
// names started anew (failover, RESET), so that versions still grow.
struct SourcePosition {
  uint16_t epoch = 0;
  BinlogPosition binlog;
  std::string gtid_set;
  std::string server_uuid;       // MySQL server_uuid; MariaDB "server_id:N"
  RereadPoint reread_from = {};  // mostly empty: reading begins at the position itself

  bool empty() const { return binlog.empty() && gtid_set.empty(); }

  friend bool operator==(const SourcePosition&, const SourcePosition&) = default;
};

// The version of a row: the place of its change in the source.
//
// 128 bits, most significant first: epoch 16, binlog file number 32, event
// position 48, number of the row there 32. The same change has the same version however
// often it is read, a later change a higher one. A row of a load stands some bytes before the
// position it was read at, where no event starts, with ordinal 0: it is newer than any change
// before that position and older than any after it, and a later load's rows stand nearer.
// Rows of a table without key count from 1, since each must stay distinct.
struct RowVersion {
  uint64_t high = 0;
  uint64_t low = 0;

  static RowVersion Make(uint16_t epoch, uint32_t file, uint64_t pos, uint32_t ordinal) {
    return {
        uint64_t{epoch} << 48 | uint64_t{file} << 16 | (pos >> 32 & 0xFFFF), pos << 32 | ordinal};
  }

  friend auto operator<=>(const RowVersion&, const RowVersion&) = default;

  // 32 lower-case hex digits, so that text order is version order. Written to `out[32]`.
  void ToHex(char* out) const;
  std::string ToHex() const;
  static Result<RowVersion> FromHex(std::string_view hex);
};

}  // namespace rowhouse
