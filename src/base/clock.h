#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace rowhouse {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Where code gets the time from, so that tests can turn the hands.
//
// Threads: any method from any thread.
class Clock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  virtual ~Clock() = default;

  // For deadlines and durations; never goes back.
  virtual TimePoint Now() const = 0;

  // Microseconds since 1970-01-01 UTC; for records and people.
  virtual int64_t WallMicros() const = 0;

  static const Clock& Real();
};

// A point in time by which an operation ends, passed down instead of a timeout
// so that nested waits share one budget.
class Deadline {
 public:
  static Deadline After(std::chrono::nanoseconds wait, const Clock& clock = Clock::Real());
  static Deadline Never();

  bool Passed(const Clock& clock = Clock::Real()) const;

  // Time left, at least zero; capped at a day for Never().
  milliseconds Left(const Clock& clock = Clock::Real()) const;

  Clock::TimePoint at() const { return at_; }

 private:
  explicit Deadline(Clock::TimePoint at) : at_(at) {}

  Clock::TimePoint at_;
};

// "2026-01-31T10:00:00.123Z".
std::string FormatUtc(int64_t wall_micros);

}  // namespace rowhouse
