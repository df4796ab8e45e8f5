#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "model/position.h"
#include "mysql/event_header.h"
#include "mysql/events.h"
#include "mysql/gtid_set.h"

namespace rowhouse::mysql {

// Where a stream of events is: file and offset, transaction, and the last place
// between transactions, from which reading can start again.
//
// Offsets are counted in 64 bits although headers carry 32, and also where MariaDB 11.4+
// leaves them out inside transactions; every told one is checked against nothing but taken
// as the truth, since a dump by GTID leaves events out.
//
// Threads:   one owner.
// Invariant: boundary() and gtid_set() belong together and change together.
class StreamPlace {
 public:
  StreamPlace(const SourcePosition& start, GtidSet seen);

  // ROTATE. kConfig when the name has no number, without which versions can't be made;
  // kUnavailable when the files begin anew under the stream, whose versions would go back.
  Status EnterFile(std::string_view file, uint64_t pos, bool artificial);

  // Every event, before it is looked into; gives where it begins.
  uint64_t Pass(const EventHeader& header);

  void OnGtid(const MySqlGtidEvent& gtid, bool anonymous);
  void OnGtid(const MariaDbGtidEvent& gtid, uint32_t server_id);
  void OnBegin();

  // A statement that is a transaction of its own, unless one was begun.
  void OnStatement();
  void OnCommit();

  // An event between transactions has been passed.
  void OnIdle();

  // The server is at this place of the log and has nothing for us before it.
  Status OnHeartbeat(const HeartbeatEvent& heartbeat);

  // What was logged before this file; taken only while no set is known.
  void OnEarlierGtids(const GtidSet& earlier);

  // The server has skipped to here (MariaDB's artificial GTID_LIST).
  void OnSkippedTo(uint32_t pos);

  const BinlogPosition& position() const { return position_; }

  const BinlogPosition& boundary() const { return boundary_; }

  const GtidSet& gtid_set() const { return seen_; }

  uint32_t file_number() const { return file_number_; }

  bool in_transaction() const { return in_transaction_; }

  // It ends at a COMMIT or XID, not with the next statement.
  bool begun() const { return begun_; }

  // Counts transactions begun, so that callers see when theirs is another.
  uint64_t transaction() const { return transaction_; }

  // Of the running transaction: microseconds of its commit, 0 when not told.
  uint64_t committed_us() const { return committed_us_; }

  // Whether the running transaction is one of `set`; false where it has no GTID.
  bool IsIn(const GtidSet& set) const;

  // Of the running transaction; empty: it has none.
  std::string Gtid() const;

 private:
  void Begin();
  uint64_t Extend(uint32_t low) const;

  BinlogPosition position_;
  BinlogPosition boundary_;
  GtidSet seen_;
  uint32_t file_number_ = 0;
  // False from a start by GTID until it is sure that all before position_ has been seen.
  bool placed_ = false;

  struct MySqlName {
    GtidSource source;
    uint64_t number;
  };

  std::variant<std::monostate, MySqlName, MariaDbGtid> name_;
  uint64_t committed_us_ = 0;
  uint64_t transaction_ = 0;
  bool in_transaction_ = false;
  bool begun_ = false;  // ends at a COMMIT or XID, not with the next statement
};

}  // namespace rowhouse::mysql
