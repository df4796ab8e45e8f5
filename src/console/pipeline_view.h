#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "capture/progress.h"
#include "console/answer.h"
#include "inspect/history.h"
#include "inspect/sight.h"
#include "model/table.h"

namespace rowhouse::console {

// What is known of a pipeline before anybody looks at it.
struct PipelineFacts {
  std::string pipeline;
  std::string delivery;
  std::string source;      // address
  std::string kafka;       // bootstrap
  std::string registry;    // URLs, without logins
  std::string clickhouse;  // empty: no sink
};

// Tables that the sink has trouble with, and why.
struct SinkTroubles {
  std::map<TableId, std::string> refused;  // no objects can be made for them
  std::map<TableId, std::string> unread;   // ClickHouse can't read their topics
  std::string waiting;                     // what setting up waits for
};

// Where a PipelineView looks. All outlive it.
struct PipelineEyes {
  const capture::Progress& progress;
  const inspect::History& history;
  std::function<inspect::SightPtr()> sight;
  std::function<SinkTroubles()> sink;
  std::function<Json()> verified;  // of the last comparison: [{table, at, mode, differing}]
};

// The pipeline as pages show it: one sentence, parts, tables, rates.
//
// It asks nobody: all comes from what has been seen in the background, so it answers at once also
// while servers are away.
//
// Owns:    the counters of tables at the last two looks, for rates.
// Threads: any.
class PipelineView {
 public:
  PipelineView(PipelineFacts facts, PipelineEyes eyes)
      : facts_(std::move(facts)), eyes_(std::move(eyes)) {}

  Json Overview(int64_t now_us);

  // The overview's sentence alone.
  std::string Sentence(int64_t now_us) const;

  // Of all tables, by name.
  std::vector<Json> Tables(int64_t now_us) const;

  // Null where there is no such table.
  Json Table(const std::string& name, int64_t now_us) const;

  // `names`: with commas; kNotFound names one that is none.
  Result<Json> Series(std::string_view names, seconds range, int64_t now_us) const;

 private:
  struct Standing;

  struct Counted {
    uint64_t events = 0;
    double per_second = 0;
  };

  Standing Look() const;
  void NoteSince(Standing& standing) const;
  Json Parts(const inspect::Sight& sight) const;
  Json LastStatement() const;
  Json Lanes(const Standing& standing, int64_t now_us);
  void Count(const Standing& standing, int64_t now_us) REQUIRES(mu_);
  int64_t Since(const std::string& verdict, int64_t now_us);

  const PipelineFacts facts_;
  const PipelineEyes eyes_;
  mutable Mutex mu_;
  mutable std::map<TableId, int64_t> noted_us_ GUARDED_BY(mu_);  // tables in trouble
  std::map<TableId, Counted> counted_ GUARDED_BY(mu_);
  int64_t counted_us_ GUARDED_BY(mu_) = 0;
  std::string verdict_ GUARDED_BY(mu_);
  int64_t verdict_since_us_ GUARDED_BY(mu_) = 0;
};

}  // namespace rowhouse::console
