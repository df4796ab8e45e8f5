#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "capture/table_encoder.h"
#include "model/change.h"
#include "types/row_key.h"
#include "types/side_records.h"

namespace rowhouse::capture {

// Counts the records of each transaction of the source: what `transaction` in an envelope says,
// and what the topic of transactions is told.
//
// Counted before tables part ways, in the order of the log and by what each change becomes: nothing
// where its operation is left out, two records where the key changes. Reading always begins
// again at a transaction's begin, so counts are the same in every life.
//
// Threads: one owner, the source thread.
// Bounds:  the tables of one transaction; kSchemasMax schemas.
class TransactionCounter {
 public:
  static constexpr size_t kSchemasMax = 32768;  // remembered; beyond it begins anew

  explicit TransactionCounter(const TableEncoderOptions& options);

  // Gives each change of the batch its place (ChangeBatch::places), and what to tell of the
  // transactions that begin and end in it.
  std::vector<types::TransactionRecord> Count(ChangeBatch& batch);

 private:
  struct Known {
    TableSchemaPtr schema;             // held, so that its address is not another's
    std::optional<types::RowKey> key;  // none: no records are made of it
  };

  void Apply(const TransactionMark& mark, ChangeBatch& batch);
  TransactionPlace PlaceOf(const Change& change, const ChangeBatch& batch);
  int64_t RecordsOf(const Change& change, const ChangeBatch& batch);
  const Known& KnownOf(const TableSchema* table, const ChangeBatch& batch);
  int64_t& CountOf(const TableSchema* table);

  const types::Format format_;
  const std::string skipped_;
  std::unordered_map<const TableSchema*, Known> known_;  // at most kSchemasMax

  types::TransactionRecord running_;
  bool open_ = false;
  std::map<std::string, size_t> counts_;  // of the running one: index in running_.tables
  const TableSchema* last_table_ = nullptr;
  size_t last_count_ = 0;  // last_table_'s index in running_.tables
  std::string_view id_;    // running_.id in the batch's arena
};

}  // namespace rowhouse::capture
