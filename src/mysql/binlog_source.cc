#include "mysql/binlog_source.h"

#include <atomic>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/mutex.h"
#include "mysql/connection.h"
#include "mysql/dump_stream.h"
#include "mysql/server_checks.h"
#include "mysql/start_position.h"

namespace rowhouse::mysql {

namespace {

// A batch ends at the first transaction boundary after the one, or at the other.
constexpr size_t kEnoughBytes = size_t{512} * 1024;
constexpr size_t kBatchBytes = size_t{1024} * 1024;
constexpr size_t kPooledMost = 4;

// Adds who has our server id to the error that says it is taken, where the server tells.
Error NameTheHolder(Error error, const SourceOptions& options) {
  if (error.code() != "E-MYSQL-017") {
    return error;
  }
  const uint32_t id = options.server_id != 0 ? options.server_id : ServerIdOfThisProcess();
  const auto connection = Connection::Open(options);
  const auto holder = connection ? ReplicaWithId(**connection, id) : Result<std::string>("");
  return std::move(error).Context(
      holder && !holder->empty() ? fmt::format("our server id {} is held by {}", id, *holder)
                                 : fmt::format("our server id {} is held by another", id)
  );
}

class Source final : public ChangeSource {
 public:
  Source(
      const SourceOptions& options,
      std::unique_ptr<DumpStream> stream,
      std::unique_ptr<BinlogDecoder> decoder
  )
      : options_(options), stream_(std::move(stream)), decoder_(std::move(decoder)) {}

  Result<ChangeBatchPtr> Next(Deadline deadline) override {
    ChangeBatchPtr batch = TakeBatch();
    Status filled = Fill(*batch, deadline);
    if (!filled) {
      filled = NameTheHolder(std::move(filled).error(), options_);
    }
    // What came before an error is whole and in order: given first, the error with the next call.
    if (!filled && !HasNews(*batch)) {
      return filled.error();
    }
    if (!filled) {
      failed_ = filled.error();
    }
    decoder_->FinishBatch(*batch);
    return batch;
  }

  void Close() override { stream_->Close(); }

  void Recycle(ChangeBatchPtr batch) override {
    if (batch == nullptr) {
      return;
    }
    batch->Clear();
    MutexLock lock(mu_);
    if (pool_.size() < kPooledMost) {
      pool_.push_back(std::move(batch));
    }
  }

 private:
  static bool HasNews(const ChangeBatch& batch) {
    return !batch.changes.empty() || !batch.notices.empty() || !batch.transactions.empty();
  }

  Status Fill(ChangeBatch& batch, Deadline deadline) {
    if (failed_.has_value()) {
      return *failed_;
    }
    const Deadline now = Deadline::After(milliseconds(0));
    batch.drained = false;
    while (batch.arena.bytes() < kBatchBytes) {
      if (decoder_->more()) {
        ROWHOUSE_TRY(decoder_->Continue(batch));
        if (decoder_->batch_ends()) [[unlikely]] {
          break;
        }
        continue;
      }
      if (batch.arena.bytes() >= kEnoughBytes && !decoder_->in_transaction()) {
        break;
      }
      const auto event = ROWHOUSE_TRY(stream_->Next(batch.arena, HasNews(batch) ? now : deadline));
      if (!event.has_value()) {
        batch.drained = true;
        break;
      }
      ROWHOUSE_TRY(decoder_->Feed(*event, batch));
      if (decoder_->more() && !HasNews(batch)) {
        batch.arena.Clear();  // of a compressed transaction the decoder keeps what it needs
      }
      if (decoder_->batch_ends()) [[unlikely]] {
        break;
      }
    }
    return Ok();
  }

  ChangeBatchPtr TakeBatch() {
    MutexLock lock(mu_);
    if (pool_.empty()) {
      return std::make_unique<ChangeBatch>();
    }
    ChangeBatchPtr batch = std::move(pool_.back());
    pool_.pop_back();
    return batch;
  }

  const SourceOptions options_;
  const std::unique_ptr<DumpStream> stream_;
  const std::unique_ptr<BinlogDecoder> decoder_;
  std::optional<Error> failed_;

  Mutex mu_;
  std::vector<ChangeBatchPtr> pool_ GUARDED_BY(mu_);
};

}  // namespace

Result<std::unique_ptr<ChangeSource>> BinlogSource::Open(
    const SourceOptions& options, const SourcePosition& from, BinlogFilter filter
) {
  // Under TLS the client library waits by itself for the rest of a packet.
  const seconds silence = std::chrono::ceil<seconds>(options.heartbeat * 3);
  auto connection = ROWHOUSE_TRY(Connection::Open(options, std::max(silence, seconds(30))));
  const Flavor flavor = connection->flavor();
  const DumpStart start = ROWHOUSE_TRY(ResolveStart(*connection, from));
  const Rows folds = ROWHOUSE_TRY(connection->Query("SELECT @@lower_case_table_names"));
  auto stream = ROWHOUSE_TRY(DumpStream::Open(std::move(connection), options, start));
  DecoderOptions decoding;
  decoding.flavor = flavor;
  decoding.epoch = start.at.epoch;
  decoding.batch_bytes = kBatchBytes;
  decoding.verify_checksum = options.verify_checksum;
  decoding.with_query = options.with_query;
  decoding.with_transactions = options.with_transactions;
  decoding.fold_names = !folds.rows.empty() && folds.rows[0][0] == "1";
  decoding.wanted = std::move(filter.wanted);
  decoding.wanted_db = std::move(filter.wanted_db);
  decoding.complete = std::move(filter.complete);
  auto decoder =
      ROWHOUSE_TRY(BinlogDecoder::Open(std::move(decoding), start.at, stream->session_checksum()));
  return std::make_unique<Source>(options, std::move(stream), std::move(decoder));
}

}  // namespace rowhouse::mysql
