#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "kafka/checkpoint_store.h"
#include "kafka/consumption.h"
#include "model/checkpoint.h"
#include "verify/side.h"

namespace rowhouse::verify {

// Where a table's changes are: captured as far as the saved checkpoint says, and consumed as
// far as the group of ClickHouse's Kafka engine has committed, which it does after the insert.
//
// Waits as long as either moves on; after `patience` without a step it stands still, and a table
// that is paused does at once.
class KafkaProgress final : public StreamProgress {
 public:
  struct Options {
    kafka::KafkaOptions kafka;
    std::string pipeline;
    TableId table;
    std::string topic;
    std::string group;
    std::string server;  // identity of the source that is compared with
    milliseconds patience{10'000};
    std::stop_token stop;
  };

  // Without a positions topic there is no pipeline to wait for; it is not made.
  static Result<std::unique_ptr<KafkaProgress>> Open(Options options);

  Result<StreamAnswer> WaitFor(const BinlogPosition& place) override;
  Status Settle() override;

  // The table's entry in the ledger; nullopt where no checkpoint has it.
  Result<std::optional<TableProgress>> Table(const TableId& table);

 private:
  explicit KafkaProgress(Options options) : options_(std::move(options)) {}

  Result<StreamAnswer> WaitUntilConsumed(const Checkpoint& saved);
  StreamAnswer ReadsNoMore(const Checkpoint& saved, uint64_t left) const;
  Status Pause(milliseconds wait) const;

  const Options options_;
  std::unique_ptr<kafka::KafkaCheckpointStore> store_;
  std::unique_ptr<kafka::Consumption> consumption_;
  SourcePosition stalled_at_;  // where nothing moved for `patience`
};

}  // namespace rowhouse::verify
