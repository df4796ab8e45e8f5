#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/position.h"
#include "model/schema_change.h"
#include "model/table.h"

namespace rowhouse {

// The keys above `after` up to and with `upto`, as TableReader's own tokens.
struct KeyRange {
  std::string after;  // empty: from the first key
  std::string upto;   // empty: to the last key

  friend bool operator==(const KeyRange&, const KeyRange&) = default;
};

// A stretch of the source's log whose changes of a table were not followed. What they changed is
// not known in the target until a comparison has found (or made) the table whole.
struct LeftOut {
  BinlogPosition from;  // no change before it was left out
  BinlogPosition to;    // nor any from here on; empty: the table is parked
  std::string why;

  // "changes from binlog.000002:4 to binlog.000002:890 were left out: ..."
  std::string ToString() const;

  friend bool operator==(const LeftOut&, const LeftOut&) = default;
};

// How far the load of one table is.
//
// Keys are loaded by several readers at once, so what is acknowledged is not one stretch: all
// up to `loaded_to`, less what `open` names.
struct TableProgress {
  // kGone: dropped or renamed; its rows of before are void once it is there again.
  enum class State { kLoading, kDone, kParked, kGone };

  State state = State::kLoading;
  // TableReader's own token: every key up to it is acknowledged, or in `open`. Empty: none yet.
  std::string loaded_to;
  uint64_t rows = 0;
  std::string reason;            // kParked: why
  std::vector<KeyRange> open{};  // handed to a reader, not acknowledged yet; as few as readers
  bool tail_taken = false;       // nothing after loaded_to is left to be handed out
  bool reload = false;           // the table has been loaded before
  uint32_t reloads = 0;          // how often it was, since its first load
  // reload: no row of this load was read before this place, so that a mark there voids
  // what the load has not found again. Of the position epoch and binlog only.
  SourcePosition since{};
  // kParked: set where all rows of the table had been there before. kDone: it was skipped.
  std::optional<LeftOut> left_out{};

  // To be loaded anew; `reloads` times with this one.
  static TableProgress FromTheStart(uint32_t reloads);

  friend bool operator==(const TableProgress&, const TableProgress&) = default;
};

// Why a table can't be skipped (kConfig): it is not parked, or was before all its rows were there.
Status MaySkip(const TableId& table, bool parked, bool has_left_out);

// Who holds a table back from what reads the log, and why; for people.
struct Pause {
  std::string by;
  std::string reason;
  int64_t since_us = 0;  // wall clock

  friend bool operator==(const Pause&, const Pause&) = default;
};

// Code of the error by which whoever holds a pipeline's log or checkpoint learns that another has
// taken the pipeline over.
inline constexpr std::string_view kShutOutCode = "E-KAFKA-005";

// All that a pipeline needs to go on after any crash; one value, replaced as a whole.
//
// Everything before `position` has been acknowledged, and so has every chunk in
// `ledger`. Stored as JSON in the positions topic.
struct Checkpoint {
  // Empty but for its epoch: to begin where the source is at the next start.
  SourcePosition position;
  std::map<TableId, TableProgress> ledger;
  std::map<TableId, FollowedSchema> schemas{};  // empty where nothing has to follow them
  std::map<TableId, Pause> paused{};            // until they are resumed

  // Gives up the place in the source: the next start begins a new epoch wherever the source is
  // then, and loads every table again. All that comes has a higher version than what was before.
  void StartOver();

  // From `position` on no change of the table is followed, at the latest.
  void Park(const TableId& table, std::string reason);

  // A parked table is followed again from `position` on, without its changes of before. Errors:
  // MaySkip.
  Status Skip(const TableId& table);

  // The table was found whole by a comparison that began when it had been skipped at `to`; false:
  // that is not what it lacks (any more).
  bool NoteWhole(const TableId& table, const BinlogPosition& to);

  std::string ToJson() const;

  // kBadRecord names the field that is wrong, or a format version from a newer rowhouse.
  static Result<Checkpoint> FromJson(std::string_view json);

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

}  // namespace rowhouse
