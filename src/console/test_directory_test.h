#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/check.h"

namespace rowhouse::console {

// A directory of one test, gone after it.
class TestDirectory {
 public:
  TestDirectory() : path_("/tmp/rowhouse-console-XXXXXX") {
    CHECK(::mkdtemp(path_.data()) != nullptr);
  }

  ~TestDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace rowhouse::console
