#include "config/units.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>

namespace rowhouse::config {

namespace {

struct Unit {
  std::string_view name;
  int64_t factor;
};

// Largest first; the shown ones before their decimal relatives.
constexpr Unit kDurations[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};
constexpr Unit kSizes[] = {
    {"TiB", int64_t{1} << 40},
    {"GiB", int64_t{1} << 30},
    {"MiB", int64_t{1} << 20},
    {"KiB", int64_t{1} << 10},
    {"B", 1},
    {"TB", 1'000'000'000'000},
    {"GB", 1'000'000'000},
    {"MB", 1'000'000},
    {"kB", 1'000}};
constexpr size_t kShownSizes = 5;

UnitNumber Read(std::string_view text, std::span<const Unit> units) {
  const size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  double number = 0;
  const auto [stop, failed] = std::from_chars(text.data(), text.data() + end, number);
  if (end == 0 || failed != std::errc() || stop != text.data() + end) {
    return {UnitOutcome::kBad, 0};
  }
  std::string_view name = text.substr(end);
  while (name.starts_with(' ')) {
    name.remove_prefix(1);
  }
  if (name.empty()) {
    return {UnitOutcome::kNoUnit, 0};
  }
  const auto unit = std::ranges::find(units, name, &Unit::name);
  if (unit == units.end()) {
    return {UnitOutcome::kBad, 0};
  }
  const double value = number * static_cast<double>(unit->factor);
  if (value > 9e15 || value != std::floor(value)) {
    return {UnitOutcome::kBad, 0};
  }
  return {UnitOutcome::kOk, static_cast<int64_t>(value)};
}

std::string Show(int64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) {
      return std::to_string(value / unit.factor) + std::string(unit.name);
    }
  }
  return "0" + std::string(units.back().name);
}

}  // namespace

UnitNumber ReadDuration(std::string_view text) {
  return Read(text, kDurations);
}

UnitNumber ReadSize(std::string_view text) {
  return Read(text, kSizes);
}

std::optional<int64_t> ReadInteger(std::string_view text) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, number);
  if (text.empty() || text.front() == '-' || failed != std::errc() || stop != end) {
    return std::nullopt;
  }
  return number;
}

std::string ShowDuration(int64_t milliseconds) {
  return Show(milliseconds, kDurations);
}

std::string ShowSize(int64_t bytes) {
  return Show(bytes, std::span(kSizes).first(kShownSizes));
}

}  // namespace rowhouse::config
