#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"

namespace rowhouse::inspect {

// Values of one series over a time; NaN where there was none.
struct Stretch {
  int64_t from_us = 0;  // wall clock of the first value
  seconds step{1};
  std::vector<double> values;
};

// The last quarter of an hour by seconds and the last day by minutes, of a few series.
//
// A minute's value is the mean of its seconds.
//
// Owns:    about 19 KB a series; there are as many as Put has named (fixed names, no labels).
// Threads: any.
class History {
 public:
  // Second by second; a second left out stays empty.
  void Put(int64_t now_us, std::string_view series, double value);

  // The last `range`, by seconds up to 15 minutes and by minutes above; empty for an unknown name.
  Stretch Last(std::string_view series, seconds range, int64_t now_us) const;

  std::vector<std::string> Names() const;

 private:
  static constexpr int64_t kSeconds = 900;
  static constexpr int64_t kMinutes = 1440;
  static constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

  struct Series {
    std::vector<float> by_second;
    std::vector<float> by_minute;
    int64_t newest_second = 0;
    double sum = 0;  // of the minute under way
    int seen = 0;
  };

  static void CloseMinute(Series& series);
  static void Advance(Series& series, int64_t second);

  mutable Mutex mu_;
  std::map<std::string, Series, std::less<>> series_ GUARDED_BY(mu_);
};

}  // namespace rowhouse::inspect
