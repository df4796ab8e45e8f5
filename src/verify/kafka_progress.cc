#include "verify/kafka_progress.h"

#include <utility>

#include <fmt/format.h>

#include "base/backoff.h"

namespace rowhouse::verify {
namespace {

constexpr milliseconds kLookEvery{100};
constexpr seconds kAnswerWithin{10};

// Whether the stream has passed `place`, as its server counts.
bool Passed(const SourcePosition& at, const BinlogPosition& place) {
  return !at.binlog.empty() && Compare(at.binlog, place) >= 0;
}

StreamAnswer StandsAt(
    const std::string& pipeline, const SourcePosition& at, const BinlogPosition& place
) {
  return {
      std::nullopt,
      fmt::format(
          "pipeline '{}' stands still at {}, before {} of the source's log",
          pipeline,
          at.binlog.ToString(),
          place.ToString()
      )};
}

}  // namespace

Result<std::unique_ptr<KafkaProgress>> KafkaProgress::Open(Options options) {
  std::unique_ptr<KafkaProgress> progress(new KafkaProgress(std::move(options)));
  progress->store_ = kafka::KafkaCheckpointStore::ToLook(
      progress->options_.kafka, kafka::PlaceOfPipeline(progress->options_.pipeline)
  );
  progress->consumption_ = ROWHOUSE_TRY(kafka::Consumption::Open(progress->options_.kafka));
  return progress;
}

Result<std::optional<TableProgress>> KafkaProgress::Table(const TableId& table) {
  const auto saved = ROWHOUSE_TRY(store_->Load());
  if (!saved || !saved->ledger.contains(table)) {
    return std::optional<TableProgress>();
  }
  return std::optional(saved->ledger.at(table));
}

Status KafkaProgress::Pause(milliseconds wait) const {
  return WaitUnlessStopped(options_.stop, wait)
             ? Ok()
             : Status(Error(ErrorKind::kCancelled, "stopped while verifying"));
}

Status KafkaProgress::Settle() {
  return Pause(options_.patience);
}

Result<StreamAnswer> KafkaProgress::WaitFor(const BinlogPosition& place) {
  std::optional<SourcePosition> last;
  Deadline patience = Deadline::After(options_.patience);
  while (true) {
    const auto saved = ROWHOUSE_TRY(store_->Load());
    if (!saved || saved->position.server_uuid != options_.server) {
      return StreamAnswer();  // another server's log can't be compared with this one's
    }
    if (Passed(saved->position, place)) {
      return WaitUntilConsumed(*saved);
    }
    if (saved->position == stalled_at_) {
      return StandsAt(options_.pipeline, stalled_at_, place);
    }
    if (!last || !(*last == saved->position)) {
      last = saved->position;
      patience = Deadline::After(options_.patience);
    } else if (patience.Passed()) {
      stalled_at_ = saved->position;
      return StandsAt(options_.pipeline, stalled_at_, place);
    }
    ROWHOUSE_TRY(Pause(kLookEvery));
  }
}

// All that is in the topic now.
Result<StreamAnswer> KafkaProgress::WaitUntilConsumed(const Checkpoint& saved) {
  const SourcePosition& passed = saved.position;
  const bool paused = saved.paused.contains(options_.table);
  const auto deadline = [] { return Deadline::After(kAnswerWithin); };
  const auto ends = ROWHOUSE_TRY(consumption_->Ends(options_.topic, deadline()));
  Deadline patience = Deadline::After(options_.patience);
  for (uint64_t last = UINT64_MAX;;) {
    const uint64_t left =
        ROWHOUSE_TRY(consumption_->Before(options_.topic, options_.group, ends, deadline()));
    if (left == 0) {
      return StreamAnswer{passed};
    }
    // Tombstones at the end stay uncommitted: ClickHouse drops them.
    if (left == last &&
        ROWHOUSE_TRY(consumption_->Unconsumed(options_.topic, options_.group, deadline())) == 0) {
      return StreamAnswer{passed};
    }
    if (left < last) {
      last = left;
      patience = Deadline::After(options_.patience);
    } else if (paused || patience.Passed()) {
      return ReadsNoMore(saved, left);
    }
    ROWHOUSE_TRY(Pause(kLookEvery));
  }
}

StreamAnswer KafkaProgress::ReadsNoMore(const Checkpoint& saved, uint64_t left) const {
  const auto pause = saved.paused.find(options_.table);
  if (pause == saved.paused.end()) {
    return {
        std::nullopt,
        fmt::format(
            "ClickHouse has {} offsets of {} to read and does not move (group {})",
            left,
            options_.topic,
            options_.group
        )};
  }
  return {
      std::nullopt,
      fmt::format(
          "the table is paused by {}{}{}, with {} offsets of {} still to read; rowhouse resume {}",
          pause->second.by,
          pause->second.reason.empty() ? "" : ": ",
          pause->second.reason,
          left,
          options_.topic,
          options_.table.ToString()
      )};
}

}  // namespace rowhouse::verify
