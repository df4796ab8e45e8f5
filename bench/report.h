#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rowhouse::bench {

// One number of a run, with its unit in the name: {"rows/s", 250000.0, 0}.
struct Figure {
  std::string name;
  double value = 0;
  int digits = 0;  // after the point
};

using Run = std::vector<Figure>;

// Prints runs as they end, then least, median and most of each number; as text or as one
// JSON document at the end.
//
// Threads: one owner.
class Report {
 public:
  enum class Format { kText, kJson };

  explicit Report(Format format) : format_(format) {}

  // A line of the head: machine, versions.
  void Note(std::string_view name, std::string_view value);

  // `about`: what is measured, in a line.
  void Begin(const std::string& workload, const std::string& about);
  void Add(const Run& run);
  void End();

  // The JSON document, where it is wanted.
  void Finish() const;

 private:
  void PrintLine(const std::string& label, const Run& run) const;

  const Format format_;
  std::string workload_;
  std::vector<Run> runs_;
  std::string notes_json_;
  std::string workloads_json_;
};

}  // namespace rowhouse::bench
