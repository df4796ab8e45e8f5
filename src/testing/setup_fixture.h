#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "clickhouse/client.h"
#include "clickhouse/setup.h"
#include "model/position.h"
#include "testing/embedded_clickhouse.h"

namespace rowhouse::clickhouse {

// The objects applied for real, on a Kafka table whose broker is not there; messages
// come through the stand-in that setup itself uses.
class SetupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto started =
        rowhouse::testing::EmbeddedClickHouse::Start(dir_.path() + "/data", dir_.path() + "/log");
    if (!started && started.error().kind() == ErrorKind::kNotFound) {
      GTEST_SKIP() << "SKIPPED: " << started.error().ToString();
    }
    ASSERT_TRUE(started) << started.error().ToString();
    server_ = std::move(started).value();
    ClientOptions options;
    options.url = server_->url();
    client_ = Client::Open(options).value();
    pipeline_options_.kafka_bootstrap = fmt::format("127.0.0.1:{}", rowhouse::testing::FreePort());
  }

  std::vector<SetupAction> Apply(const TableSchema& table) {
    pipeline_ = BuildPipeline(table, pipeline_options_).value();
    clickhouse::Setup setup(*client_);
    auto done = setup.Apply({pipeline_});
    EXPECT_TRUE(done) << done.error().ToString();
    return done ? *done : std::vector<SetupAction>{};
  }

  std::string Ask(const std::string& sql) {
    const auto rows = client_->Query(sql);
    EXPECT_TRUE(rows) << rows.error().ToString();
    std::string text;
    for (const auto& row : rows ? *rows : Rows{}) {
      for (const auto& cell : row) {
        text += cell.value_or("NULL") + " ";
      }
    }
    return text;
  }

  void Run(const std::string& sql) {
    const Status done = client_->Execute(sql);
    EXPECT_TRUE(done) << done.error().ToString();
  }

  void PutStandIn() {
    Run("DROP TABLE " + pipeline_.objects.back().QuotedName() + " SYNC");
    Run(StandInSql(pipeline_.objects.back()));
  }

  // A message of shop.items: `before` and `after` are "id, 'op', price" or empty.
  struct ItemMessage {
    char op;
    std::string before;
    std::string after;
    uint64_t pos;
    uint32_t ordinal;
  };

  void Message(char op, std::string before, std::string after, uint64_t pos, uint32_t ordinal) {
    Messages({{op, std::move(before), std::move(after), pos, ordinal}});
  }

  // As one block.
  void Messages(const std::vector<ItemMessage>& messages) {
    const std::string none = "NULL, NULL, NULL";
    std::string values;
    for (const ItemMessage& m : messages) {
      values += fmt::format(
          "{}({}, {}, '{}', '{}', 'binlog.000002', {}, {})",
          values.empty() ? "" : ", ",
          m.before.empty() ? none : m.before,
          m.after.empty() ? none : m.after,
          m.op,
          RowVersion::Make(0, 2, m.pos, m.ordinal).ToHex(),
          m.pos,
          offset_++
      );
    }
    Run("INSERT INTO kafka_tables.items_queue (`before.Value.id`, `before.Value.op`, "
        "`before.Value.price`, `after.Value.id`, `after.Value.op`, `after.Value.price`, op, "
        "`source.sequence`, `source.file`, `source.pos`, _offset) VALUES " +
        values);
  }

  rowhouse::testing::TempDir dir_;
  std::unique_ptr<rowhouse::testing::EmbeddedClickHouse> server_;
  std::unique_ptr<Client> client_;
  PipelineOptions pipeline_options_;
  TablePipeline pipeline_;
  int offset_ = 0;
};

}  // namespace rowhouse::clickhouse
