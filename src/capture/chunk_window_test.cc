#include "capture/chunk_window.h"

#include <thread>

#include <gtest/gtest.h>

namespace rowhouse::capture {
namespace {

TableSchemaPtr Orders() {
  TableSchema t;
  t.id = {"shop", "orders"};
  t.columns.resize(2);
  t.columns[0].name = "id";
  t.columns[0].type = ColumnType::kInt;
  t.columns[1].name = "note";
  t.columns[1].type = ColumnType::kText;
  t.primary_key = {0};
  return std::make_shared<const TableSchema>(t);
}

// A batch that ends at `end` and changes the given ids, each at the position beside it.
ChangeBatchPtr Stream(
    const TableSchemaPtr& table,
    std::vector<std::pair<int64_t, uint64_t>> changes,
    uint64_t end,
    bool boundary = true
) {
  auto batch = std::make_unique<ChangeBatch>();
  batch->tables.push_back(table);
  for (const auto& [id, pos] : changes) {
    Cell* row = batch->arena.AllocateArray<Cell>(2);
    row[0] = Cell::OfInt(CellKind::kInt, id);
    row[1] = Cell::OfBytes(CellKind::kText, "new");
    EventOrigin& origin = batch->origins.emplace_back();
    origin.file = "b.000001";
    origin.file_number = 1;
    origin.pos = pos;
    Change& change = batch->changes.emplace_back();
    change.op = Op::kUpdate;
    change.table = table.get();
    change.origin = &origin;
    change.before = row;
    change.after = row;
  }
  batch->end = {"b.000001", end};
  batch->at_boundary = boundary;
  if (boundary) {
    batch->resume = {0, batch->end, "", ""};
  }
  return batch;
}

LoadedChunk Chunk(const TableSchemaPtr& table, uint64_t read_at, uint64_t place_at) {
  LoadedChunk chunk;
  chunk.table = table;
  chunk.read_at = {0, {"b.000001", read_at}, "", ""};
  chunk.place_at = {"b.000001", place_at};
  chunk.rows.push_back(Stream(table, {{1, read_at}, {2, read_at}, {3, read_at}}, read_at));
  return chunk;
}

std::vector<int64_t> Ids(const LoadedChunk& chunk) {
  std::vector<int64_t> ids;
  for (const auto& batch : chunk.rows) {
    for (const Change& row : batch->changes) {
      ids.push_back(row.after[0].i);
    }
  }
  return ids;
}

class ChunkWindowTest : public testing::Test {
 protected:
  void SetUp() override { window_.StartAt({0, {"b.000001", 100}, "", ""}); }

  // Hands the chunk in from another thread and takes it when the stream gets there.
  void HandIn(LoadedChunk chunk) {
    loader_ = std::jthread([this, chunk = std::move(chunk)]() mutable {
      outcome_ = *window_.HandIn(std::move(chunk), {});
    });
  }

  std::optional<LoadedChunk> TakeWithin(seconds limit) {
    const Deadline deadline = Deadline::After(limit);
    while (!deadline.Passed()) {
      if (auto due = window_.TakeDue()) {
        loader_.join();
        return due;
      }
      std::this_thread::yield();
    }
    return std::nullopt;
  }

  TableSchemaPtr table_ = Orders();
  ChunkWindow window_;
  std::optional<ChunkWindow::Outcome> outcome_;
  std::jthread loader_;
};

TEST_F(ChunkWindowTest, AChunkWaitsUntilTheStreamReachesItsPlace) {
  ASSERT_TRUE(window_.Open(table_->id, {}));
  HandIn(Chunk(table_, 200, 200));
  window_.Observe(*Stream(table_, {}, 150));
  EXPECT_FALSE(window_.TakeDue());
  window_.Observe(*Stream(table_, {}, 200));
  const auto due = TakeWithin(seconds(10));
  ASSERT_TRUE(due);
  EXPECT_EQ(Ids(*due), (std::vector<int64_t>{1, 2, 3}));
  EXPECT_EQ(outcome_, ChunkWindow::Outcome::kPlaced);
}

TEST_F(ChunkWindowTest, RowsThatTheStreamHasOvertakenAreDropped) {
  ASSERT_TRUE(window_.Open(table_->id, {}));
  // 2 changes before the read: the chunk is newer. 3 changes after: the stream is newer.
  window_.Observe(*Stream(table_, {{2, 150}, {3, 250}}, 300));
  HandIn(Chunk(table_, 200, 200));
  const auto due = TakeWithin(seconds(10));
  ASSERT_TRUE(due);
  EXPECT_EQ(Ids(*due), (std::vector<int64_t>{1, 2}));
}

TEST_F(ChunkWindowTest, NothingIsPlacedInTheMiddleOfATransaction) {
  ASSERT_TRUE(window_.Open(table_->id, {}));
  HandIn(Chunk(table_, 200, 200));
  window_.Observe(*Stream(table_, {{9, 210}}, 250, false));
  EXPECT_FALSE(window_.TakeDue());
  window_.Observe(*Stream(table_, {}, 260));
  EXPECT_TRUE(TakeWithin(seconds(10)));
}

TEST_F(ChunkWindowTest, OpenWaitsForABoundary) {
  window_.Observe(*Stream(table_, {{1, 110}}, 120, false));
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_FALSE(window_.Open(table_->id, stop.get_token()));
  window_.Observe(*Stream(table_, {}, 130));
  const auto seen = window_.Open(table_->id, {});
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->binlog.pos, 130u);
}

TEST_F(ChunkWindowTest, TooManyChangedKeysGiveTheChunkBack) {
  ASSERT_TRUE(window_.Open(table_->id, {}));
  std::vector<std::pair<int64_t, uint64_t>> many;
  for (size_t i = 0; i <= ChunkWindow::kKeysMax; ++i) {
    many.emplace_back(static_cast<int64_t>(i), 150);
  }
  window_.Observe(*Stream(table_, many, 300));
  const auto outcome = window_.HandIn(Chunk(table_, 200, 200), {});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(*outcome, ChunkWindow::Outcome::kOverrun);
}

TEST_F(ChunkWindowTest, OtherTablesAreNotNoted) {
  auto other = std::make_shared<TableSchema>(*Orders());
  other->id.table = "items";
  ASSERT_TRUE(window_.Open(table_->id, {}));
  window_.Observe(*Stream(other, {{1, 250}}, 300));
  HandIn(Chunk(table_, 200, 200));
  const auto due = TakeWithin(seconds(10));
  ASSERT_TRUE(due);
  EXPECT_EQ(Ids(*due).size(), 3u);
}

TEST(AppendKey, DiffersForDifferentValuesAndSplits) {
  TableSchema t;
  t.columns.resize(2);
  t.primary_key = {0, 1};
  const auto key = [&](std::string_view a, std::string_view b) {
    const Cell row[] = {Cell::OfBytes(CellKind::kText, a), Cell::OfBytes(CellKind::kText, b)};
    std::string out;
    AppendKey(t, row, out);
    return out;
  };
  EXPECT_NE(key("ab", "c"), key("a", "bc"));
  EXPECT_EQ(key("ab", "c"), key("ab", "c"));
}

}  // namespace
}  // namespace rowhouse::capture
