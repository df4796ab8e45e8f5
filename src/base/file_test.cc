#include "base/file.h"

#include <filesystem>
#include <unistd.h>

#include <gtest/gtest.h>

namespace rowhouse {
namespace {

TEST(File, WritesAtomicallyAndReadsBack) {
  const std::string dir = testing::TempDir() + "file_test_" + std::to_string(::getpid());
  std::filesystem::create_directories(dir);
  const std::string path = dir + "/state.json";
  ASSERT_TRUE(WriteFileAtomically(path, "one"));
  ASSERT_TRUE(WriteFileAtomically(path, std::string("two\0three", 9)));
  EXPECT_EQ(*ReadFile(path), std::string("two\0three", 9));
  EXPECT_FALSE(std::filesystem::exists(path + ".tmp"));
  std::filesystem::remove_all(dir);
}

TEST(File, AMissingFileIsNotFoundAndNamed) {
  const auto read = ReadFile("/nonexistent/x");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind(), ErrorKind::kNotFound);
  EXPECT_NE(read.error().message().find("/nonexistent/x"), std::string::npos);
}

TEST(File, WritingWhereItCannotBeIsAnError) {
  EXPECT_FALSE(WriteFileAtomically("/nonexistent/x", "y"));
}

}  // namespace
}  // namespace rowhouse
