#include "cli/backfill_orders.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"

namespace rowhouse::cli {

namespace {

using backfill::RunEntry;

constexpr milliseconds kFirstWait{200};
constexpr milliseconds kLongestWait{5'000};
// One that waits says that it is alive, long before it would look dead.
constexpr int64_t kKeepEveryUs = 20'000'000;

Error Refused(const std::string& why, const char* fix) {
  return Error(ErrorKind::kConfig, why).WithCode("E-FILL-006").WithHint(fix);
}

}  // namespace

void BackfillOrders::Start() {
  thread_ = Thread("backfills", [this](const std::stop_token& stop) { Run(stop); });
}

Result<std::string> BackfillOrders::Order(CopyPlan plan) {
  CopyPlan::Table& table = plan.tables.front();
  table.earlier = NewEntry(plan, table);
  std::string id = table.earlier->id;
  ROWHOUSE_TRY(Accept(std::move(plan)));
  return id;
}

Status BackfillOrders::Resume(const std::string& id) {
  {
    MutexLock lock(mu_);
    if (Find(id) != nullptr) {
      return Refused(
          fmt::format("backfill {} is at work here, or waits", id), "cancel it, or let it be"
      );
    }
  }
  RunEntry entry = ROWHOUSE_TRY(world_.find(id));
  CopyPlan plan = ROWHOUSE_TRY(world_.plan_resume(std::move(entry)));
  return Accept(std::move(plan));
}

Status BackfillOrders::Accept(CopyPlan plan) {
  const auto one = std::make_shared<One>(One{.plan = std::move(plan)});
  RunEntry& entry = one->entry();
  entry.state = RunEntry::State::kWaiting;
  entry.error.clear();
  entry.updated_us = Clock::Real().WallMicros();
  one->sight.totals = entry.totals;
  {
    MutexLock lock(mu_);
    const auto same = std::ranges::find_if(orders_, [&](const OnePtr& other) {
      return other->entry().table == entry.table;
    });
    if (same != orders_.end()) {
      return Refused(
          fmt::format("{} has a backfill already: {}", entry.table.ToString(), (*same)->entry().id),
          "order it when that one is done, or cancel that one"
      );
    }
    if (orders_.size() > kWaitingMax) {
      return Refused(
          fmt::format("{} backfills wait already", kWaitingMax),
          "order it when one of them is done, or run rowhouse backfill in a process of its own"
      );
    }
    orders_.push_back(one);
  }
  Status saved = world_.save(entry);
  if (!saved) {
    Forget(one);
    return saved;
  }
  MutexLock lock(mu_);
  one->accepted = true;
  changed_.NotifyAll();
  return Ok();
}

BackfillOrders::OnePtr BackfillOrders::Find(const std::string& id) const {
  const auto at =
      std::ranges::find_if(orders_, [&](const OnePtr& one) { return one->entry().id == id; });
  return at == orders_.end() ? nullptr : *at;
}

Result<std::string_view> BackfillOrders::Cancel(const std::string& id) {
  {
    MutexLock lock(mu_);
    if (const OnePtr one = Find(id); one != nullptr) {
      one->cancel.request_stop();
      if (one->runs) {
        return "ends at its next chunk";
      }
      orders_.remove(one);
    }
  }
  RunEntry entry = ROWHOUSE_TRY(world_.find(id));
  return world_.cancel(std::move(entry));
}

Result<BackfillOrders::Seen> BackfillOrders::Look(CopyPlan plan) {
  {
    MutexLock lock(mu_);
    if (looking_) {
      return Refused("another dry run counts now", "try again in some seconds");
    }
    looking_ = true;
  }
  plan.options.dry_run = true;
  Mutex mu;
  Seen seen;
  std::stop_source over;
  const Deadline end = Deadline::After(kLookMost);
  const int64_t began = Clock::Real().WallMicros();
  const Status done =
      world_.copy(plan, {.stop = over.get_token(), .show = [&](const CopySight& at) {
                           MutexLock lock(mu);
                           seen.sight = at;
                           if (end.Passed()) {
                             over.request_stop();
                           }
                         }});
  {
    MutexLock lock(mu_);
    looking_ = false;
  }
  if (!done && done.error().kind() != ErrorKind::kCancelled) {
    return done.error();
  }
  seen.complete = done.has_value();
  seen.seconds = static_cast<double>(Clock::Real().WallMicros() - began) / 1e6;
  return seen;
}

std::vector<BackfillOrders::Shown> BackfillOrders::UnderWay() const {
  std::vector<Shown> shown;
  MutexLock lock(mu_);
  for (const OnePtr& one : orders_) {
    if (!one->accepted) {
      continue;
    }
    Shown& item = shown.emplace_back(Shown{one->entry(), one->sight});
    item.entry.totals = one->sight.totals;
    item.entry.state = one->runs ? RunEntry::State::kRunning : RunEntry::State::kWaiting;
    item.entry.updated_us = Clock::Real().WallMicros();
  }
  return shown;
}

// --- the thread

void BackfillOrders::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    OnePtr one;
    {
      MutexLock lock(mu_);
      changed_.WaitFor(mu_, stop, Deadline::Never(), [this]() REQUIRES(mu_) {
        return !orders_.empty() && orders_.front()->accepted;
      });
      if (stop.stop_requested()) {
        return;
      }
      one = orders_.front();
      one->runs = true;
    }
    RunOne(one, stop);
    Forget(one);
  }
}

void BackfillOrders::RunOne(const OnePtr& one, const std::stop_token& stop) {
  const auto waits = StillWaits(one, stop);
  const std::string id = one->entry().id;
  const std::string table = one->entry().table.ToString();
  if (!waits || !*waits) {
    LogInfo(
        "backfill is not taken up",
        {{"id", id},
         {"table", table},
         {"why", waits ? "it waits no more" : waits.error().message()}}
    );
    return;
  }
  LogInfo("backfill begins", {{"id", id}, {"table", table}});
  const Status done = world_.copy(
      one->plan,
      {.stop = stop,
       .cancel = one->cancel.get_token(),
       .show =
           [this, &one](const CopySight& sight) {
             {
               MutexLock lock(mu_);
               one->sight = sight;
             }
             KeepWaiting();
           }}
  );
  if (!done && done.error().kind() != ErrorKind::kCancelled) {
    LogWarn("backfill failed", done.error(), {{"id", id}, {"table", table}});
    return;
  }
  LogInfo(done ? "backfill is done" : "backfill ended", {{"id", id}, {"table", table}});
}

// Whether the ledger says so too; waits until ClickHouse answers.
Result<bool> BackfillOrders::StillWaits(const OnePtr& one, const std::stop_token& stop) {
  Backoff backoff(kFirstWait, kLongestWait);
  while (true) {
    auto found = world_.find(one->entry().id);
    if (found) {
      return found->state == RunEntry::State::kWaiting && !one->cancel.stop_requested();
    }
    if (found.error().kind() != ErrorKind::kUnavailable) {
      return found.error();
    }
    if (one->cancel.stop_requested() || !WaitUnlessStopped(stop, backoff.Next())) {
      return Error(ErrorKind::kCancelled, "stopped");
    }
  }
}

void BackfillOrders::KeepWaiting() {
  std::vector<RunEntry> due;
  {
    MutexLock lock(mu_);
    const int64_t now = Clock::Real().WallMicros();
    for (const OnePtr& one : orders_) {
      if (one->accepted && !one->runs && now - one->entry().updated_us > kKeepEveryUs) {
        one->entry().updated_us = now;
        due.push_back(one->entry());
      }
    }
  }
  for (const RunEntry& entry : due) {
    const auto known = world_.find(entry.id);
    if (known && known->state != RunEntry::State::kWaiting) {
      continue;  // cancelled, or taken up elsewhere
    }
    if (const Status saved = world_.save(entry); !saved) {
      LogWarn("a backfill that waits was not saved", saved.error(), {{"id", entry.id}});
    }
  }
}

void BackfillOrders::Forget(const OnePtr& one) {
  MutexLock lock(mu_);
  orders_.remove(one);
  changed_.NotifyAll();
}

}  // namespace rowhouse::cli
