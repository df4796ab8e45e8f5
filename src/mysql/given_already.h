#pragma once

#include "model/position.h"
#include "mysql/gtid_set.h"
#include "mysql/stream_place.h"

namespace rowhouse::mysql {

// Where reading begins to go on from `at`: the place to read again from, if there is one.
SourcePosition BeginOf(const SourcePosition& at);

// Tells transactions that were given before a restart from new ones, while the stream is read
// again from before the position it goes on from (SourcePosition::reread_from).
//
// On the same server by file and offset, elsewhere by GTID.
//
// Threads: one owner.
class GivenAlready {
 public:
  // `gtids` is at.gtid_set.
  GivenAlready(const SourcePosition& at, GtidSet gtids);

  // Another transaction begins at `place`.
  void OnTransaction(const StreamPlace& place);

  // Whether the running transaction was given before.
  bool running() const { return running_; }

  // The later one of this boundary and the position gone on from.
  const BinlogPosition& Later(const BinlogPosition& boundary) const;

  // What was given and seen, together.
  GtidSet With(const GtidSet& seen) const;

 private:
  bool any_;
  bool running_ = false;
  BinlogPosition until_;  // empty: by GTID
  GtidSet gtids_;
};

}  // namespace rowhouse::mysql
