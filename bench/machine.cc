#include "bench/machine.h"

#include <cstdlib>
#include <fstream>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fmt/format.h>

namespace rowhouse::bench {

namespace {

// What stands after "name" and a colon in a file of /proc.
std::string FieldOf(const std::string& file, const std::string& name) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const size_t colon = line.find(':');
    if (line.starts_with(name) && colon != std::string::npos) {
      const size_t at = line.find_first_not_of(" \t", colon + 1);
      return at == std::string::npos ? "" : line.substr(at);
    }
  }
  return "";
}

}  // namespace

std::string MachineLine() {
  utsname os{};
  uname(&os);

  struct sysinfo memory {};

  sysinfo(&memory);
  const std::string model = FieldOf("/proc/cpuinfo", "model name");
  return fmt::format(
      "{} cores ({}), {:.0f} GB, {} {}",
      sysconf(_SC_NPROCESSORS_ONLN),
      model.empty() ? "unknown CPU" : model,
      static_cast<double>(memory.totalram) * memory.mem_unit / 1e9,
      os.sysname,
      os.release
  );
}

double LoadNow() {
  double load = 0;
  getloadavg(&load, 1);
  return load;
}

Usage Usage::Now() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  const auto micros = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
  };
  return {micros(u.ru_utime) + micros(u.ru_stime), std::chrono::steady_clock::now()};
}

uint64_t PeakRssBytes() {
  return std::strtoull(FieldOf("/proc/self/status", "VmHWM").c_str(), nullptr, 10) * 1024;
}

}  // namespace rowhouse::bench
