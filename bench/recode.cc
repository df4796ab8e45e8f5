// recode: rows events through the binlog decoder and into Avro, key and value, by one thread and in
// memory: of `orders`, and of the tests' zoo of types.
#include <memory>

#include "bench/machine.h"
#include "bench/recorded.h"
#include "bench/workload.h"
#include "mysql/binlog_fixture.h"
#include "types/row_encoder.h"

namespace rowhouse::bench {

namespace {

constexpr size_t kEventsABatch = 64;

// One table's events, decoder and encoder.
class Recoder {
 public:
  static Result<std::unique_ptr<Recoder>> Open(const std::string& file, std::string_view table) {
    std::unique_ptr<Recoder> out(new Recoder(ROWHOUSE_TRY(Recorded(file, table))));
    mysql::DecoderOptions options;
    options.flavor = mysql::Flavor::kMariaDb;
    options.wanted = [](const TableId&) { return true; };
    SourcePosition start;
    start.binlog = {"binlog.000001", 4};
    out->decoder_ = ROWHOUSE_TRY(mysql::BinlogDecoder::Open(options, start, true));
    ROWHOUSE_TRY(mysql::FeedCopy(*out->decoder_, out->events_.first, out->batch_));
    return out;
  }

  size_t columns() const { return columns_; }

  // Nanoseconds of CPU a row.
  Result<double> Measure(uint64_t rows_wanted) {
    uint64_t rows = 0;
    const Usage from = Usage::Now();
    while (rows < rows_wanted) {
      ROWHOUSE_TRY(Batch());
      rows += batch_.changes.size();
    }
    return (Usage::Now().cpu_us - from.cpu_us) * 1e3 / static_cast<double>(rows);
  }

 private:
  explicit Recoder(RecordedRows events) : events_(std::move(events)) {}

  Status Batch() {
    batch_.Clear();
    for (size_t i = 0; i < kEventsABatch; ++i) {  // bytes copied in, as from a socket
      ROWHOUSE_TRY(mysql::FeedCopy(*decoder_, events_.map, batch_));
      ROWHOUSE_TRY(mysql::FeedCopy(*decoder_, events_.rows, batch_));
    }
    decoder_->FinishBatch(batch_);
    ROWHOUSE_TRY(PlanFor(batch_));
    for (const Change& change : batch_.changes) {
      key_.Clear();
      value_.Clear();
      if (plan_->has_key()) {
        ROWHOUSE_TRY(plan_->EncodeKey(change, key_));
      }
      ROWHOUSE_TRY(plan_->EncodeValue(change, {1'767'225'602'000'001, {}}, value_));
    }
    return Ok();
  }

  Status PlanFor(const ChangeBatch& batch) {
    if (plan_ == nullptr) {
      columns_ = batch.tables.front()->columns.size();
      plan_ = ROWHOUSE_TRY(types::EncodePlan::Make(batch.tables.front(), {}));
      plan_->SetSchemaIds(1, 2);
    }
    return Ok();
  }

  const RecordedRows events_;
  std::unique_ptr<mysql::BinlogDecoder> decoder_;
  std::unique_ptr<types::EncodePlan> plan_;
  ChangeBatch batch_;
  Buffer key_;
  Buffer value_;
  size_t columns_ = 0;
};

Status Recode(
    const Settings& settings, Report& report, const std::string& file, std::string_view table
) {
  for (int i = 0; i < settings.runs; ++i) {
    const auto recoder = ROWHOUSE_TRY(Recoder::Open(file, table));
    const double ns = ROWHOUSE_TRY(recoder->Measure(settings.rows));
    report.Add(
        {{"rows/s a core", 1e9 / ns, 0},
         {"CPU ns/row", ns, 1},
         {"columns", static_cast<double>(recoder->columns()), 0}}
    );
  }
  report.End();
  return Ok();
}

}  // namespace

Status RunRecode(const Settings& settings, Report& report) {
  report.Begin("recode orders", "rows events of `orders` to keys and values in Avro, in memory");
  ROWHOUSE_TRY(Recode(settings, report, "mariadb.hex", "orders"));
  report.Begin("recode zoo", "the same of a table with every common type");
  return Recode(settings, report, "mariadb_zoo.hex", "zoo");
}

}  // namespace rowhouse::bench
