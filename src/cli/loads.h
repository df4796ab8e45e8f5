#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "capture/progress.h"

namespace rowhouse::cli {

// How the load of one table goes, as another process is told.
struct LoadStatus {
  uint64_t rows = 0;
  uint64_t rows_estimated = 0;
  double rows_per_second = 0;
  std::optional<double> eta_seconds;
  uint64_t chunks = 0;
  std::string text;  // all of it for people
};

// The loads under way as /api/v1/loads tells them.
std::string LoadsJson(const capture::Progress& progress, int64_t now_us);

// The other way, by table; kBadRecord where it is not LoadsJson's.
Result<std::map<std::string, LoadStatus>> ParseLoads(std::string_view json);

}  // namespace rowhouse::cli
