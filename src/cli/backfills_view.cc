#include "cli/backfills_view.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "backfill/condition.h"
#include "backfill/ledger.h"
#include "base/clock.h"
#include "cli/wiring.h"
#include "console/backfill_api.h"

namespace rowhouse::cli {

namespace {

using backfill::Ledger;
using backfill::RunEntry;
using console::BackfillOrder;
using console::Json;

constexpr int kReaders = 2;
constexpr uint64_t kChunkRows = 100'000;

Json OrNull(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json JsonOf(const RunEntry& entry, const CopySight& sight) {
  const bool open =
      entry.state == RunEntry::State::kRunning || entry.state == RunEntry::State::kWaiting;
  const bool done = entry.state == RunEntry::State::kDone;
  return {
      {"id", entry.id},
      {"table", entry.table.ToString()},
      {"mode", backfill::ModeName(entry.mode)},
      {"from", OrNull(entry.asked.from)},
      {"to", OrNull(entry.asked.to)},
      {"where", entry.asked.condition},
      {"state", ShownState(entry)},
      {"read", std::to_string(entry.totals.read)},
      {"present", std::to_string(entry.totals.present)},
      {"inserted", std::to_string(entry.totals.inserted)},
      {"changed", std::to_string(entry.totals.changed)},
      {"failed", std::to_string(entry.failed)},
      {"percent", done ? Json(100) : OrNull(sight.percent())},
      {"eta_s", open ? OrNull(sight.seconds_left()) : Json()},
      {"waiting", OrNull(sight.waiting)},
      {"started_at", console::TimeOf(entry.started_us)},
      {"ended_at", open ? Json() : console::TimeOf(entry.updated_us)},
      {"error", entry.error}};
}

// Of a run that some process works at, or nobody.
Json JsonOf(const RunEntry& entry) {
  CopySight sight;
  sight.totals = entry.totals;
  sight.rows_estimated = entry.estimated;
  return JsonOf(entry, sight);
}

// Does something with the ledger, over a connection of its own.
template <typename T>
Result<T> WithLedger(const config::Config& config, const std::function<Result<T>(Ledger&)>& work) {
  const auto client = ROWHOUSE_TRY(clickhouse::Client::Open(ClickHouseOptionsOf(config)));
  Ledger ledger = ROWHOUSE_TRY(Ledger::Open(*client, config.sink.history_database));
  return work(ledger);
}

Result<RunEntry> Find(const config::Config& config, const std::string& id) {
  return WithLedger<RunEntry>(config, [&](Ledger& ledger) -> Result<RunEntry> {
    auto entries = ROWHOUSE_TRY(ledger.Read(id));
    return entries.empty() ? Result<RunEntry>(NoSuchRun(id)) : std::move(entries.front());
  });
}

// What this process knows of its own is newer than the ledger.
Result<std::vector<Json>> List(
    const config::Config& config, const BackfillOrders& orders, const std::string& id
) {
  const auto entries = ROWHOUSE_TRY(WithLedger<std::vector<RunEntry>>(config, [&](Ledger& ledger) {
    return ledger.Read(id);
  }));
  const auto own = orders.UnderWay();
  std::vector<Json> items;
  for (const RunEntry& entry : entries) {
    const auto at = std::ranges::find_if(own, [&](const BackfillOrders::Shown& shown) {
      return shown.entry.id == entry.id;
    });
    const bool open =
        entry.state == RunEntry::State::kRunning || entry.state == RunEntry::State::kWaiting;
    items.push_back(at != own.end() && open ? JsonOf(at->entry, at->sight) : JsonOf(entry));
  }
  if (items.empty() && !id.empty()) {
    return NoSuchRun(id);
  }
  return items;
}

Result<CopyPlan> PlanOf(const config::Config& config, const BackfillOrder& order) {
  if (!order.where.empty()) {
    ROWHOUSE_TRY(backfill::CheckCondition(order.where));
  }
  CopyPlan plan;
  plan.options.mode = backfill::ModeOf(order.mode).value_or(backfill::Mode::kMissing);
  plan.options.readers = order.readers == 0 ? kReaders : order.readers;
  plan.options.chunk_rows = order.chunk_rows == 0 ? kChunkRows : order.chunk_rows;
  plan.options.rows_per_second = order.rows_per_second;
  plan.limits.threads_running = order.threads_running_max;
  plan.limits.replica_lag_s = order.replica_lag_s_max;
  const backfill::AskedRows rows = {order.from, order.to, order.column, order.where, ""};
  ROWHOUSE_TRY(AddTables(config, {order.table.ToString()}, rows, plan));
  if (plan.tables.size() != 1) {
    return Error(
        ErrorKind::kBadRecord,
        fmt::format("{} names {} tables", order.table.ToString(), plan.tables.size())
    );
  }
  backfill::CopyOptions asked = plan.options;
  asked.where = rows.where;
  ROWHOUSE_TRY(backfill::Copy::Check(plan.tables.front().schema, asked));
  return plan;
}

Json JsonOf(const BackfillOrders::Seen& seen, const BackfillOrder& order) {
  const backfill::CopyTotals& totals = seen.sight.totals;
  const uint64_t whole = seen.complete ? totals.read : seen.sight.rows_estimated;
  return {
      {"table", order.table.ToString()},
      {"mode", order.mode},
      {"complete", seen.complete},
      {"rows", whole == 0 && !seen.complete ? Json() : Json(std::to_string(whole))},
      {"read", std::to_string(totals.read)},
      {"present", std::to_string(totals.present)},
      {"inserted", std::to_string(order.mode == "all" ? totals.read : totals.inserted)},
      {"changed", std::to_string(totals.changed)},
      {"seconds", seen.seconds},
      {"differences", seen.sight.differences}};
}

}  // namespace

OrdersWorld OrdersWorldOf(const config::Config& config) {
  OrdersWorld world;
  world.find = [&config](const std::string& id) { return Find(config, id); };
  world.save = [&config](const RunEntry& entry) -> Status {
    return WithLedger<void>(config, [&](Ledger& ledger) { return ledger.Save(entry); });
  };
  world.cancel = [&config](RunEntry entry) {
    return WithLedger<std::string_view>(config, [&](Ledger& ledger) {
      return backfill::CancelRun(ledger, std::move(entry));
    });
  };
  world.plan_resume = [&config](RunEntry entry) {
    return PlanResume(config, std::move(entry), false);
  };
  world.copy = [&config](const CopyPlan& plan, const CopyControl& control) {
    return RunCopy(config, plan, control);
  };
  return world;
}

void AddBackfills(console::Console& console, const config::Config& config, BackfillOrders& orders) {
  console::BackfillWork work;
  work.wanted = WantedTables(config);
  work.look = [&](const BackfillOrder& order) -> Result<Json> {
    CopyPlan plan = ROWHOUSE_TRY(PlanOf(config, order));
    return JsonOf(ROWHOUSE_TRY(orders.Look(std::move(plan))), order);
  };
  work.order = [&](const BackfillOrder& order) -> Result<std::string> {
    return orders.Order(ROWHOUSE_TRY(PlanOf(config, order)));
  };
  work.cancel = [&](const std::string& id) -> Result<Json> {
    return Json{{"id", id}, {"state", ROWHOUSE_TRY(orders.Cancel(id))}};
  };
  work.resume = [&](const std::string& id) -> Result<Json> {
    ROWHOUSE_TRY(orders.Resume(id));
    return Json{{"id", id}, {"state", "waiting"}};
  };
  work.list = [&](const std::string& id) { return List(config, orders, id); };
  work.under_way = [&orders] {
    std::vector<Json> items;
    for (const BackfillOrders::Shown& shown : orders.UnderWay()) {
      items.push_back(JsonOf(shown.entry, shown.sight));
    }
    return items;
  };
  console::AddBackfills(console, std::move(work));
}

}  // namespace rowhouse::cli
