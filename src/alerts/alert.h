#pragma once

#include <cstdint>
#include <string>

#include "alerts/rule.h"

namespace rowhouse::alerts {

// One rule that holds, or held, for one table or part.
struct Alert {
  std::string rule;
  Severity severity = Severity::kWarn;
  std::string what;  // "shop.orders", "kafka", or empty
  double value = 0;  // the newest
  std::string message;
  std::string why;
  std::string fix;
  int64_t since_us = 0;     // wall clock: the condition holds since
  int64_t fired_us = 0;     // told since; 0: not yet, it has not lasted long enough
  int64_t resolved_us = 0;  // over since; 0: it is not

  bool firing() const { return fired_us != 0 && resolved_us == 0; }
};

}  // namespace rowhouse::alerts
