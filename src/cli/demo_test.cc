#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "cli/demo_directory.h"
#include "cli/demo_options.h"
#include "cli/demo_view.h"
#include "config/loader.h"

namespace rowhouse::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class DemoDirectoryTest : public testing::Test {
 protected:
  DemoDirectoryTest() {
    char name[] = "/tmp/rowhouse-demo-XXXXXX";
    root_ = ::mkdtemp(name);
  }

  ~DemoDirectoryTest() override { fs::remove_all(root_); }

  std::string root_;
};

TEST_F(DemoDirectoryTest, AnotherDirectoryIsNeitherUsedNorEmptied) {
  ASSERT_TRUE(WriteFileAtomically(root_ + "/precious", "x"));
  for (const Leftovers leftovers : {Leftovers::kKeep, Leftovers::kRemove}) {
    const auto opened = DemoDirectory::Open(root_, leftovers);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), "E-DEMO-004");
  }
  EXPECT_TRUE(fs::exists(root_ + "/precious"));
}

TEST_F(DemoDirectoryTest, AnEarlierDemosFilesAreKeptOrRemovedAsAsked) {
  const std::string path = root_ + "/a/b";
  ASSERT_TRUE(DemoDirectory::Open(path, Leftovers::kKeep));
  fs::create_directories(path + "/kafka/data");
  ASSERT_TRUE(DemoDirectory::Open(path, Leftovers::kKeep));
  EXPECT_TRUE(fs::exists(path + "/kafka/data"));
  ASSERT_TRUE(DemoDirectory::Open(path, Leftovers::kRemove));
  EXPECT_FALSE(fs::exists(path + "/kafka"));
  EXPECT_TRUE(fs::exists(path + "/log"));
}

TEST_F(DemoDirectoryTest, ASecondDemoIsKeptOutAlsoFromEmptyingIt) {
  const auto first = DemoDirectory::Open(root_, Leftovers::kKeep);
  ASSERT_TRUE(first);
  ASSERT_TRUE(WriteFileAtomically(root_ + "/kept", "x"));
  const auto second = DemoDirectory::Open(root_, Leftovers::kRemove);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), "E-DEMO-005");
  EXPECT_THAT(second.error().message(), HasSubstr("another demo (pid "));
  EXPECT_TRUE(fs::exists(root_ + "/kept"));
}

Result<DemoOptions> Read(std::map<std::string, std::vector<std::string>> options) {
  Arguments args;
  args.options = std::move(options);
  return ReadDemoOptions(args);
}

TEST(DemoOptions, HaveTheDocumentedDefaults) {
  const auto options = Read({});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->directory, fs::current_path() / "rowhouse-demo");
  EXPECT_EQ(options->rows, 20'000u);
  EXPECT_EQ(options->rate, 50);
  EXPECT_EQ(options->mysql_port, 13306);
  EXPECT_EQ(options->duration.count(), 0);
}

TEST(DemoOptions, NonsenseIsNamed) {
  const auto message = [](const Result<DemoOptions>& read) {
    return read ? std::string("accepted") : read.error().message();
  };
  EXPECT_THAT(message(Read({{"rate", {"fast"}}})), HasSubstr("--rate fast: a number of changes"));
  EXPECT_THAT(message(Read({{"rate", {"-1"}}})), HasSubstr("--rate -1"));
  EXPECT_THAT(message(Read({{"duration", {"20"}}})), HasSubstr("a time with its unit"));
  EXPECT_THAT(message(Read({{"kafka-port", {"8081"}}})), HasSubstr("port 8081 is given twice"));
}

TEST(DemoOptions, TheWrittenConfigurationIsValidAndComplete) {
  char name[] = "/tmp/rowhouse-demo-XXXXXX";
  const std::string directory = ::mkdtemp(name);
  auto options = *Read({{"data", {directory}}, {"mysql-port", {"4001"}}});
  ASSERT_TRUE(WriteFileAtomically(options.ConfigFile(), DemoConfig(options)));
  fs::permissions(options.ConfigFile(), fs::perms::owner_read | fs::perms::owner_write);
  const auto loaded = config::Load({.file = options.ConfigFile(), .required = {"source.tables"}});
  EXPECT_TRUE(loaded.problems.empty()) << config::Render(loaded.problems);
  EXPECT_EQ(loaded.config.source.port, 4001u);
  EXPECT_EQ(loaded.config.clickhouse.data, directory + "/clickhouse/data");
  fs::remove_all(directory);
}

TEST(DemoView, TheTableTellsBothSides) {
  TableCounts orders;
  orders.table = "orders";
  orders.mysql_rows = 1'234'567;
  orders.clickhouse_rows = 1'234'500;
  orders.fresh_seconds = 0.314;
  orders.lag_messages = 1'067;
  TableCounts products;
  products.table = "products";
  products.mysql_rows = 999;
  TableCounts items = orders;
  items.table = "order_items";
  items.lag_messages = 67;
  const std::string text = RenderTables({orders, products, items}, 4'321);
  EXPECT_EQ(
      text,
      "TABLE                  MYSQL ROWS     CLICKHOUSE     FRESH      LAG  STATE\n"
      "shop.orders             1,234,567      1,234,500    0.31 s    1,067  catching up\n"
      "shop.products                 999              -         -        -  no answer yet\n"
      "shop.order_items        1,234,567      1,234,500    0.31 s       67  in flow\n"
      "4,321 changes made since the start; Ctrl-C ends\n"
  );
}

TEST(TableCounts, AreEqualOnlyWhenBothAreKnownAndNothingIsOnItsWay) {
  TableCounts t;
  EXPECT_FALSE(t.equal());
  t.mysql_rows = 5;
  t.clickhouse_rows = 5;
  EXPECT_TRUE(t.equal());
  t.lag_messages = 1;
  EXPECT_FALSE(t.equal());
}

}  // namespace
}  // namespace rowhouse::cli
