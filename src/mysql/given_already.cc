#include "mysql/given_already.h"

#include <utility>

namespace rowhouse::mysql {

SourcePosition BeginOf(const SourcePosition& at) {
  SourcePosition begin = at;
  if (!at.reread_from.empty()) {
    begin.binlog = at.reread_from.binlog;
    begin.gtid_set = at.reread_from.gtid_set;
    begin.reread_from = {};
  }
  return begin;
}

GivenAlready::GivenAlready(const SourcePosition& at, GtidSet gtids)
    : any_(!at.reread_from.empty()), until_(at.binlog), gtids_(std::move(gtids)) {
  if (at.reread_from.binlog.empty()) {
    until_ = {};
  }
}

void GivenAlready::OnTransaction(const StreamPlace& place) {
  if (!any_) [[likely]] {
    running_ = false;
    return;
  }
  // A position is a boundary: what has begun before it has ended before it.
  running_ = until_.empty() ? place.IsIn(gtids_) : Compare(place.position(), until_) <= 0;
  any_ = running_ || (until_.empty() && !place.gtid_set().Contains(gtids_));
}

const BinlogPosition& GivenAlready::Later(const BinlogPosition& boundary) const {
  return any_ && !until_.empty() && Compare(boundary, until_) < 0 ? until_ : boundary;
}

GtidSet GivenAlready::With(const GtidSet& seen) const {
  GtidSet all = seen;
  if (any_) {
    all.Add(gtids_);
  }
  return all;
}

}  // namespace rowhouse::mysql
