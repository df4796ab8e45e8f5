#include "shop/traffic.h"

#include <algorithm>
#include <chrono>

#include "base/backoff.h"
#include "base/log.h"
#include "shop/shop.h"

namespace rowhouse::shop {

namespace {

// How far behind its rate it may be before the rest is forgotten.
constexpr seconds kDebtMax{1};

}  // namespace

void Traffic::Start() {
  if (options_.changes_per_second > 0) {
    thread_ = Thread("shop", [this](const std::stop_token& stop) { Run(stop); });
  }
}

void Traffic::Stop() {
  thread_.RequestStop();
  thread_.Join();
}

void Traffic::Run(const std::stop_token& stop) {
  Backoff backoff(milliseconds(200), milliseconds(5'000));
  while (!stop.stop_requested()) {
    const uint64_t before = changes_.load();
    const Status done = Serve(stop);
    if (changes_.load() > before) {
      backoff.Reset();
    }
    if (!done && !stop.stop_requested()) {
      LogWarn("the shop's customers lost the database and try again", done.error());
      WaitUnlessStopped(stop, backoff.Next());
    }
  }
}

Status Traffic::Serve(const std::stop_token& stop) {
  auto connection = ROWHOUSE_TRY(mysql::Connection::Open(options_.server, seconds(30)));
  const auto shop = ROWHOUSE_TRY(Shop::Open(std::move(connection), options_.database));
  // Another stream of numbers each time, or a second start would repeat the first one's.
  Dice dice(options_.seed, static_cast<uint64_t>(Clock::Real().WallMicros()));
  const auto price = std::chrono::duration_cast<Clock::TimePoint::duration>(
      std::chrono::duration<double>(1.0 / options_.changes_per_second)
  );
  Clock::TimePoint due = Clock::Real().Now();
  while (!stop.stop_requested()) {
    const uint64_t changed = ROWHOUSE_TRY(shop->Change(dice));
    changes_ += changed;
    due = std::max(due + price * static_cast<int64_t>(changed), Clock::Real().Now() - kDebtMax);
    const auto wait = std::chrono::ceil<milliseconds>(due - Clock::Real().Now());
    if (wait.count() > 0) {
      WaitUnlessStopped(stop, wait);
    }
  }
  return Ok();
}

}  // namespace rowhouse::shop
