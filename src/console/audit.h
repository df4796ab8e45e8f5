#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "console/database.h"

namespace rowhouse::console {

// One thing that somebody did, or tried to.
struct AuditEntry {
  int64_t id = 0;
  int64_t at_us = 0;
  std::string who = {};
  std::string role = {};
  std::string from = {};     // the address
  std::string action = {};   // "POST /api/v1/tables/{table}/resync", "sign in"
  std::string target = {};   // "shop.orders"
  std::string outcome = {};  // "ok", "refused", "failed"
  std::string detail = {};   // the error, or what was asked; never a password
};

// Everything that was changed through the console. Keeps the newest 100,000 entries.
//
// Threads: any.
class Audit {
 public:
  explicit Audit(Database& database, const Clock& clock = Clock::Real())
      : database_(database), clock_(clock) {}

  // An entry that can't be written is logged instead: what was done can't be undone.
  void Note(AuditEntry entry);

  // Newest first, those with an id below `before`.
  Result<std::vector<AuditEntry>> List(int64_t before, int64_t limit, const std::string& search);

 private:
  static constexpr int64_t kKept = 100'000;

  Database& database_;
  const Clock& clock_;
};

}  // namespace rowhouse::console
