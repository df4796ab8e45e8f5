#include "capture/leader.h"

#include "base/backoff.h"
#include "base/log.h"

namespace rowhouse::capture {

namespace {

constexpr milliseconds kLook{1000};  // a stop is noticed within this

}  // namespace

Status Leader::Take(const Open& open, const std::stop_token& stop) {
  right_ = ROWHOUSE_TRY(open());
  if (!ROWHOUSE_TRY(right_->Take(milliseconds{0}))) {
    const Status stood_by = StandBy(stop);
    progress_.SetStandby("");
    ROWHOUSE_TRY(stood_by);
  }
  thread_ = Thread("leader", [this](const std::stop_token& own_stop) { Renew(own_stop); });
  return Ok();
}

Status Leader::StandBy(const std::stop_token& stop) {
  std::string told;
  while (!stop.stop_requested()) {
    const std::string holder = ROWHOUSE_TRY(right_->Holder());
    progress_.SetStandby(holder);
    if (holder != told) {
      LogInfo("standing by: another process runs the pipeline", {{"active", holder}});
      told = holder;
    }
    if (ROWHOUSE_TRY(right_->Take(kLook))) {
      LogInfo("taking the pipeline over", {{"from", told}});
      ++progress_.takeovers;
      return Ok();
    }
  }
  return Error(ErrorKind::kCancelled, "stopped while standing by");
}

void Leader::Renew(const std::stop_token& stop) {
  while (WaitUnlessStopped(stop, renew_interval_)) {
    Status renewed = right_->Renew();
    if (!renewed) {
      failure_.Set(std::move(renewed).error().Context("renewing the right to run the pipeline"));
      return;
    }
  }
}

void Leader::Stop() {
  thread_.RequestStop();
  thread_.Join();
  right_.reset();
}

}  // namespace rowhouse::capture
