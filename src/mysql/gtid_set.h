#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "mysql/flavor.h"

namespace rowhouse::mysql {

// Who numbered a MySQL transaction: the server's UUID, and a tag (MySQL 8.3+) or "".
struct GtidSource {
  std::array<uint8_t, 16> uuid{};
  std::string tag;

  // "3e11fa47-71ca-11e1-9e33-c80aa9429562", with ":tag" where there is one.
  std::string ToString() const;

  friend auto operator<=>(const GtidSource&, const GtidSource&) = default;
};

// A MariaDB transaction's name, printed "domain-server-sequence".
struct MariaDbGtid {
  uint32_t domain = 0;
  uint32_t server = 0;
  uint64_t sequence = 0;

  std::string ToString() const;

  friend bool operator==(const MariaDbGtid&, const MariaDbGtid&) = default;
};

// The transactions a reader has seen, in either flavour's form.
//
// MySQL's is a true set, "uuid:1-5:9,uuid:tag:1-3". MariaDB's is a position: the last
// transaction of each replication domain, "0-1-42,1-1-7", which stands for all before it.
//
// Place:     BinlogDecoder keeps one; the source compares it with the server's before a dump.
// Threads:   one owner.
// Errors:    Parse and Decode give kBadRecord naming the part that is wrong.
// Invariant: intervals are sorted, disjoint and not adjacent.
class GtidSet {
 public:
  explicit GtidSet(Flavor flavor) : flavor_(flavor) {}

  static Result<GtidSet> Parse(Flavor flavor, std::string_view text);

  // MySQL's binary form, of PREVIOUS_GTIDS and COM_BINLOG_DUMP_GTID, plain or tagged.
  static Result<GtidSet> Decode(ByteView bytes);

  // MySQL only. Tagged form only where a tag is in the set.
  std::string Encode() const;

  std::string ToString() const;

  Flavor flavor() const { return flavor_; }

  bool empty() const { return sources_.empty() && domains_.empty(); }

  // MySQL. `number` counts from 1.
  void Add(const GtidSource& source, uint64_t number);

  // MariaDB: becomes its domain's last, also when its sequence is lower.
  void Add(const MariaDbGtid& gtid);

  // Both flavours; MariaDB keeps the higher sequence of each domain.
  void Add(const GtidSet& other);

  bool Contains(const GtidSource& source, uint64_t number) const;

  // True when a reader that has seen `*this` has seen all of `other`.
  bool Contains(const GtidSet& other) const;

  // What is in `*this` and not in `other`; MariaDB: the domains where `*this` is ahead.
  GtidSet Minus(const GtidSet& other) const;

  // How many transactions a reader that has seen `other` has before it until it has seen `*this`.
  // MariaDB: by sequence numbers, which are without holes where one server writes a domain.
  uint64_t CountBeyond(const GtidSet& other) const;

  friend bool operator==(const GtidSet&, const GtidSet&) = default;

 private:
  // Transactions first .. end - 1.
  struct Interval {
    uint64_t first;
    uint64_t end;

    friend bool operator==(const Interval&, const Interval&) = default;
  };

  using Intervals = std::vector<Interval>;

  static void AddInterval(Intervals& to, Interval added);
  static Intervals Subtract(const Intervals& from, const Intervals& what);
  Status ParseMySqlSource(std::string_view part);
  Status ParseMariaDb(std::string_view part);
  bool tagged() const;

  Flavor flavor_;
  std::map<GtidSource, Intervals> sources_;
  std::map<uint32_t, MariaDbGtid> domains_;
};

}  // namespace rowhouse::mysql
