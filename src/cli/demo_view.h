#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "cli/context.h"
#include "cli/demo_counts.h"

namespace rowhouse::cli {

// How the demo shows itself.
enum class DemoStyle {
  kLive,   // a terminal: the table is painted anew in its place
  kLines,  // a line for each table every few seconds
  kJson,   // one object a line
};

DemoStyle ChooseStyle(Format format);

// Writes what the demo has to say to standard output, in one of three styles.
//
// Place:   one a demo. Threads: one owner.
class DemoView {
 public:
  explicit DemoView(DemoStyle style) : style_(style) {}

  // A part of the start is done: " ok  kafka  127.0.0.1:9092  2.1 s", counted from the beginning.
  void Started(const std::string& part, const std::string& where);

  // Something happened, of any number of lines; `name` is the event's name in JSON.
  void Say(const std::string& name, const std::string& text);

  // The commands to try next, each with what it shows.
  void Next(const std::vector<std::pair<std::string, std::string>>& commands);

  // The tables as they are now; in the style of lines it is shown every 5 s or when `last`.
  enum class Which { kOneOfMany, kLast };
  void Tables(const std::vector<TableCounts>& tables, uint64_t changes, Which which);

  // Leaves on the screen what is painted; the next goes below it.
  void Keep() { painted_ = 0; }

  milliseconds interval() const;

  // Since the demo began.
  double Seconds() const;

 private:
  void Erase();

  const DemoStyle style_;
  const Clock::TimePoint began_ = Clock::Real().Now();
  Clock::TimePoint last_lines_;
  int painted_ = 0;  // lines on the screen that the next painting replaces
};

// The table with its heading, aligned.
std::string RenderTables(const std::vector<TableCounts>& tables, uint64_t changes);

}  // namespace rowhouse::cli
