#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ddl/event.h"
#include "model/change.h"
#include "model/table.h"

namespace rowhouse::capture {

// What a statement of the log asks of the capture, besides decoding what follows.
struct DdlOrders {
  std::optional<ddl::DdlEvent> event;  // nullopt: it concerns no captured table
  // Rows of before are void: a record with op t belongs at this place. Each once.
  std::vector<TableId> emptied;
  std::vector<TableId> started;  // there from here on, and empty: nothing to load
  std::vector<TableId> gone;
  std::vector<std::pair<TableId, std::string>> reload;  // rows the log has not told of, and why
  std::vector<ddl::TableEffect> altered;  // shape, and perhaps values of old rows, changed
  bool look = false;                      // tables may have become readable
};

// Decides what the log's statements mean for captured tables.
//
// Only hints are taken from the text: what is not understood changes nothing here, and rows
// go on being decoded by the log's own metadata. Tables of gh-ost and pt-online-schema-change are
// known by their names: when one takes its table's place, that is an ALTER of the table, with
// the columns that its own ALTERs told.
//
// Place:   one a run, on the source thread.
// Owns:    which captured tables are there as of the stream's place.
// Threads: one owner.
class DdlRules {
 public:
  using Wanted = std::function<bool(const TableId&)>;

  DdlRules(Wanted wanted, bool mariadb) : wanted_(std::move(wanted)), mariadb_(mariadb) {}

  // Before the stream starts: a table there, or one that was dropped.
  void Know(const TableId& table, bool there) { there_[table] = there; }

  bool Knows(const TableId& table) const { return there_.contains(table); }

  // The next statement of the stream.
  DdlOrders Read(const SourceNotice& notice, uint16_t epoch);

 private:
  void Apply(const ddl::TableEffect& effect, DdlOrders& orders);
  void NoteShadow(const ddl::TableEffect& effect);
  void Create(const ddl::TableEffect& effect, DdlOrders& orders);
  void Drop(const TableId& table, DdlOrders& orders);
  void Rename(const std::vector<ddl::TableEffect>& renames, DdlOrders& orders);
  void TakePlace(const TableId& from, const TableId& table, bool swapped, DdlOrders& orders);
  bool There(const TableId& table) const;

  const Wanted wanted_;
  const bool mariadb_;
  std::map<TableId, bool> there_;  // captured tables met so far; false: dropped
  // What statements did to tables that are not captured but may take a captured one's place;
  // at most kShadowsMax, then forgotten together.
  std::map<TableId, std::vector<ddl::ColumnHint>> shadows_;
};

// What is done about a statement besides following the new shape, for people.
std::string Outcome(const DdlOrders& orders);

// Whether `shadow` is a table that gh-ost ("_t_gho") or pt-online-schema-change ("_t_new") puts
// in the place of `table`.
bool IsShadowOf(const TableId& shadow, const TableId& table);

}  // namespace rowhouse::capture
