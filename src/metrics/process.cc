#include <cstdio>
#include <filesystem>
#include <memory>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "metrics/registry.h"

namespace rowhouse::metrics {

namespace {

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto total = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return total(usage.ru_utime) + total(usage.ru_stime);
}

double ResidentBytes() {
  const auto close = [](std::FILE* f) { std::fclose(f); };
  const std::unique_ptr<std::FILE, decltype(close)> file(
      std::fopen("/proc/self/statm", "r"), close
  );
  long size = 0;
  long resident = 0;
  if (file == nullptr || std::fscanf(file.get(), "%ld %ld", &size, &resident) != 2) {
    return 0;
  }
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double OpenFds() {
  std::error_code ignored;
  double n = 0;
  for (std::filesystem::directory_iterator it("/proc/self/fd", ignored), end; !ignored && it != end;
       it.increment(ignored)) {
    ++n;
  }
  return n;
}

}  // namespace

void AddProcessMetrics(Registry& registry, const std::string& version) {
  registry.GetGauge(kBuildInfo, {{"version", version}}).Set(1);
  registry.GetGauge(kProcessStart).Set(static_cast<double>(Clock::Real().WallMicros()) * 1e-6);
  Gauge& cpu = registry.GetGauge(kProcessCpu);
  Gauge& memory = registry.GetGauge(kProcessMemory);
  Gauge& fds = registry.GetGauge(kProcessFds);
  registry.OnScrape([&cpu, &memory, &fds] {
    cpu.Set(CpuSeconds());
    memory.Set(ResidentBytes());
    fds.Set(OpenFds());
  });
}

}  // namespace rowhouse::metrics
