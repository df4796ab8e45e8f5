#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rowhouse::cli {

// Files put one after the other into a tar archive (POSIX ustar), compressed with gzip at the end.
//
// Threads: one owner. Bounds: all is in memory; names are up to 99 characters.
class TarGz {
 public:
  // `at_us`: wall clock, as the file's time.
  void Add(std::string_view name, std::string_view content, int64_t at_us);

  // The archive; nothing can be added after.
  std::string Finish();

 private:
  std::string tar_;
};

}  // namespace rowhouse::cli
