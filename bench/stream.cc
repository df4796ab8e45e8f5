// stream: changes that are in the binary log already, caught up with by a fresh process.
#include <fmt/format.h>

#include "bench/measured_run.h"
#include "bench/orders.h"
#include "bench/workload.h"
#include "cli/wiring.h"
#include "kafka/checkpoint_store.h"
#include "mysql/start_position.h"

namespace rowhouse::bench {

namespace {

constexpr uint64_t kRowsBefore = 20'000;

// The pipeline then goes on from there, as after a stop.
Status StartAt(const SourcePosition& position, const config::Config& config) {
  const auto store = ROWHOUSE_TRY(
      kafka::KafkaCheckpointStore::Open(cli::KafkaOptionsOf(config), cli::CheckpointPlaceOf(config))
  );
  Checkpoint checkpoint;
  checkpoint.position = position;
  return store->Save(checkpoint);
}

}  // namespace

Status RunStream(const Settings& settings, Report& report) {
  const auto world = ROWHOUSE_TRY(World::Start(World::With::kKafka));
  ROWHOUSE_TRY(world->NoteVersions(report));
  ROWHOUSE_TRY(FillOrders(*world, kRowsBefore));
  const auto connection = ROWHOUSE_TRY(world->Connect());
  const SourcePosition start = ROWHOUSE_TRY(mysql::CurrentPosition(*connection));
  const uint64_t transactions = settings.changes / kChangesATransaction;
  ROWHOUSE_TRY(ChangeOrders(*world, transactions));
  report.Begin(
      "stream",
      fmt::format(
          "catch-up of {} changes (4 inserts, 4 updates, 2 deletes a transaction), "
          "binary log to Kafka",
          transactions * kChangesATransaction
      )
  );
  std::vector<std::string> set = settings.set;
  set.emplace_back("capture.snapshot=never");
  for (int i = 0; i < settings.runs; ++i) {
    const World::RunConfig run = ROWHOUSE_TRY(world->NewRun(set));
    ROWHOUSE_TRY(StartAt(start, run.config));
    const Goal goal{transactions * kChangesATransaction, transactions * kRecordsATransaction};
    report.Add(ROWHOUSE_TRY(MeasureRun(*world, run, set, goal)));
    ROWHOUSE_TRY(world->DropTopic(run));
  }
  report.End();
  return Ok();
}

}  // namespace rowhouse::bench
