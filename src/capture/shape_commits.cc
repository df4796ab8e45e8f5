#include "capture/shape_commits.h"

#include "capture/schema_gate.h"

namespace rowhouse::capture {

bool ShapeCommits::NeedsCommit(const TableSchemaPtr& table, uint64_t asked) {
  const auto found = tables_.find(table->id);
  if (found == tables_.end() || found->second.schema == table || found->second.asked != asked) {
    return false;
  }
  return found->second.fingerprint != Fingerprint(*table);
}

void ShapeCommits::Handed(const TableSchemaPtr& table, uint64_t asked) {
  Last& last = tables_[table->id];
  last.asked = asked;
  if (last.schema != table) {
    last.schema = table;
    last.fingerprint = Fingerprint(*table);
  }
}

void CutPlace::Pass(const ChangeBatch& batch) {
  const bool moved = !batch.resume.empty() && batch.resume.binlog != boundary_;
  boundary_ = moved ? batch.resume.binlog : boundary_;
  if (batch.at_boundary) {
    may_cut_ = true;
  } else if (!batch.transactions.empty() && batch.transactions.back().kind == TransactionMark::Kind::kBegin) {
    may_cut_ = false;  // its BEGIN is a record too
  } else if (batch.changes.empty()) {
    may_cut_ = may_cut_ || moved;
  } else {
    const EventOrigin& last = *batch.changes.back().origin;
    may_cut_ = Compare({std::string(last.file), last.pos}, boundary_) < 0;
  }
}

}  // namespace rowhouse::capture
