// fuzz_replay TARGET DIRECTORY: runs every file of a kept corpus through a fuzz target.
//
// A finding is kept as a file of the corpus; this makes it a test for ever, in every build.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#define X(name) extern "C" int Fuzz_##name(const uint8_t* data, size_t size);
#include "targets.inc"
#undef X

namespace {

using Target = int (*)(const uint8_t*, size_t);

Target Find(const std::string& wanted) {
#define X(name)          \
  if (wanted == #name) { \
    return Fuzz_##name;  \
  }
#include "targets.inc"
#undef X
  return nullptr;
}

std::vector<char> ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int argc, char** argv) {
  const Target target = argc == 3 ? Find(argv[1]) : nullptr;
  if (target == nullptr) {
    std::fprintf(stderr, "usage: fuzz_replay TARGET CORPUS_DIRECTORY\n");
    return 2;
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(argv[2])) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    std::printf("%s\n", file.filename().c_str());
    std::fflush(stdout);
    const std::vector<char> bytes = ReadFile(file);
    // A heap block of just its size, so that sanitizers see a read past its end.
    const auto block = std::make_unique<uint8_t[]>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), block.get());
    target(block.get(), bytes.size());
  }
  if (files.empty()) {
    std::fprintf(stderr, "%s holds no file\n", argv[2]);
    return 1;
  }
  return 0;
}
