// snapshot: the first load of `orders` from a real MariaDB into a real Kafka.
#include <fmt/format.h>

#include "bench/measured_run.h"
#include "bench/orders.h"
#include "bench/workload.h"

namespace rowhouse::bench {

Status RunSnapshot(const Settings& settings, Report& report) {
  const auto world = ROWHOUSE_TRY(World::Start(World::With::kKafka));
  ROWHOUSE_TRY(world->NoteVersions(report));
  ROWHOUSE_TRY(FillOrders(*world, settings.rows));
  report.Begin(
      "snapshot", fmt::format("first load of {} rows of `orders`, MariaDB to Kafka", settings.rows)
  );
  for (int i = 0; i < settings.runs; ++i) {
    const World::RunConfig run = ROWHOUSE_TRY(world->NewRun(settings.set));
    const Goal goal{settings.rows, settings.rows};
    report.Add(ROWHOUSE_TRY(MeasureRun(*world, run, settings.set, goal)));
    ROWHOUSE_TRY(world->DropTopic(run));
  }
  report.End();
  return Ok();
}

}  // namespace rowhouse::bench
