#include "cli/verify_schedule.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/backoff.h"
#include "base/log.h"
#include "metrics/names.h"

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;
using State = verify::TableReport::State;

Json SummaryOf(const VerifyRun& run) {
  Json json = {
      {"at", FormatUtc(Clock::Real().WallMicros())},
      {"equal", run.equal()},
      {"seconds", run.seconds},
      {"tables", Json::array()}};
  for (const auto& table : run.tables) {
    json["tables"].push_back(
        {{"table", table.table.ToString()},
         {"state", StateName(table.state)},
         {"rows", table.comparison.rows},
         {"differing", table.comparison.differing},
         {"undecided", table.comparison.undecided}}
    );
  }
  for (const auto& failure : run.failures) {
    json["tables"].push_back(
        {{"table", failure.table.ToString()},
         {"state", "failed"},
         {"error", failure.error.ToString()}}
    );
  }
  return json;
}

}  // namespace

VerifySchedule::VerifySchedule(
    config::Config config, VerifyPass pass, metrics::Registry& metrics, std::function<bool()> active
)
    : config_(std::move(config)),
      pass_(std::move(pass)),
      metrics_(metrics),
      active_(std::move(active)) {}

void VerifySchedule::Start() {
  if (config_.verify.every.count() > 0 && config_.sink.mode == "kafka-engine") {
    thread_ = Thread("verify", [this](const std::stop_token& stop) { Loop(stop); });
  }
}

std::string VerifySchedule::LastJson() const {
  const MutexLock lock(mu_);
  return last_;
}

void VerifySchedule::Loop(const std::stop_token& stop) {
  while (WaitUnlessStopped(stop, config_.verify.every)) {
    if (active_()) {
      Pass(stop);
    }
  }
}

void VerifySchedule::Pass(const std::stop_token& stop) {
  verify::VerifyOptions options;
  options.mode = *verify::ParseMode(config_.verify.mode);
  options.rate = config_.verify.rate;
  options.stop = stop;
  const auto run = pass_({}, options);
  if (run) {
    Keep(*run);
  } else if (run.error().kind() != ErrorKind::kCancelled) {
    LogWarn("verify could not look at the tables", run.error());
  }
}

void VerifySchedule::Keep(const VerifyRun& run) {
  const auto set = [this](const metrics::MetricInfo& metric, auto value) {
    metrics_.GetGauge(metric).Set(static_cast<double>(value));
  };
  for (const auto& table : run.tables) {
    const std::string name = table.table.ToString();
    metrics_.GetGauge(
                metrics::kVerifyRows, {{"table", name}}
    ).Set(static_cast<double>(table.comparison.rows));
    metrics_.GetGauge(
                metrics::kVerifyDiffering, {{"table", name}}
    ).Set(static_cast<double>(table.comparison.differing));
    if (table.state == State::kDifferent) {
      LogWarn(
          "MySQL and ClickHouse differ",
          {{"table", name},
           {"rows", table.comparison.differing},
           {"fix", "rowhouse verify " + name + " names them, --repair mends them"}}
      );
    } else if (table.state == State::kUndecided) {
      LogWarn(
          "MySQL and ClickHouse do not agree while the stream stands still",
          {{"table", name}, {"rows", table.comparison.undecided}, {"why", table.note}}
      );
    }
  }
  for (const auto& failure : run.failures) {
    LogWarn("a table could not be verified", failure.error, {{"table", failure.table.ToString()}});
  }
  set(metrics::kVerifyFailed, run.failures.size());
  set(metrics::kVerifyTime, Clock::Real().WallMicros() / 1'000'000);
  set(metrics::kVerifySeconds, run.seconds);
  if (run.equal()) {
    LogInfo("MySQL and ClickHouse are equal", {{"tables", run.tables.size()}});
  }
  const MutexLock lock(mu_);
  last_ = SummaryOf(run).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace rowhouse::cli
