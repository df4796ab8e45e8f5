#include "capture/chunk_windows.h"

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
    const std::vector<std::pair<int64_t, uint64_t>>& changes,
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

class ChunkWindowsTest : public testing::Test {
 protected:
  void SetUp() override { windows_.StartAt({0, {"b.000001", 100}, "", ""}); }

  ChunkWindows::Window Open() { return *windows_.Open(table_->id, {}); }

  void HandIn(const ChunkWindows::Window& window, LoadedChunk chunk) {
    EXPECT_TRUE(windows_.HandIn(window, std::move(chunk), {}));
  }

  TableSchemaPtr table_ = Orders();
  ChunkWindows windows_{1000};
};

TEST_F(ChunkWindowsTest, AChunkWaitsUntilTheStreamReachesItsPlace) {
  HandIn(Open(), Chunk(table_, 200, 200));
  windows_.Observe(*Stream(table_, {}, 150));
  EXPECT_FALSE(windows_.TakeDue());
  windows_.Observe(*Stream(table_, {}, 200));
  const auto due = windows_.TakeDue();
  ASSERT_TRUE(due);
  EXPECT_EQ(Ids(due->chunk), (std::vector<int64_t>{1, 2, 3}));
  EXPECT_FALSE(due->overrun);
  EXPECT_FALSE(windows_.TakeDue());
}

TEST_F(ChunkWindowsTest, RowsThatTheStreamHasOvertakenAreDropped) {
  const auto window = Open();
  // 2 changes before the read: the chunk is newer. 3 changes after: the stream is newer.
  windows_.Observe(*Stream(table_, {{2, 150}, {3, 250}}, 300));
  HandIn(window, Chunk(table_, 200, 200));
  const auto due = windows_.TakeDue();
  ASSERT_TRUE(due);
  EXPECT_EQ(Ids(due->chunk), (std::vector<int64_t>{1, 2}));
}

TEST_F(ChunkWindowsTest, EachOfSeveralWindowsGoesByItsOwnMoment) {
  const auto early = Open();
  windows_.Observe(*Stream(table_, {{1, 150}}, 160));
  const auto late = Open();
  windows_.Observe(*Stream(table_, {{2, 250}, {3, 350}}, 400));
  HandIn(late, Chunk(table_, 300, 400));
  HandIn(early, Chunk(table_, 120, 400));
  const auto first = windows_.TakeDue();
  const auto second = windows_.TakeDue();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(Ids(first->chunk), std::vector<int64_t>{}) << "read at 120, all have changed since";
  EXPECT_EQ(Ids(second->chunk), (std::vector<int64_t>{1, 2}));
}

TEST_F(ChunkWindowsTest, ALateChunkDoesNotHoldUpOneThatIsDue) {
  const auto a = Open();
  const auto b = Open();
  HandIn(a, Chunk(table_, 500, 500));
  HandIn(b, Chunk(table_, 100, 100));
  const auto due = windows_.TakeDue();
  ASSERT_TRUE(due);
  EXPECT_EQ(due->chunk.place_at.pos, 100u);
}

TEST_F(ChunkWindowsTest, NothingIsPlacedInTheMiddleOfATransaction) {
  HandIn(Open(), Chunk(table_, 200, 200));
  windows_.Observe(*Stream(table_, {{9, 210}}, 250, false));
  EXPECT_FALSE(windows_.TakeDue());
  windows_.Observe(*Stream(table_, {}, 260));
  EXPECT_TRUE(windows_.TakeDue());
}

TEST_F(ChunkWindowsTest, OpenWaitsForABoundary) {
  windows_.Observe(*Stream(table_, {{1, 110}}, 120, false));
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_FALSE(windows_.Open(table_->id, stop.get_token()));
  windows_.Observe(*Stream(table_, {}, 130));
  const auto window = windows_.Open(table_->id, {});
  ASSERT_TRUE(window);
  EXPECT_EQ(window->seen.binlog.pos, 130u);
}

TEST_F(ChunkWindowsTest, OpenWaitsUntilAStreamBegunByGtidKnowsItsFile) {
  windows_.StartAt({0, {}, "uuid:1-7", "uuid"});
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_FALSE(windows_.Open(table_->id, stop.get_token()));
  windows_.Observe(*Stream(table_, {}, 130));
  const auto window = windows_.Open(table_->id, {});
  ASSERT_TRUE(window);
  EXPECT_EQ(window->seen.binlog.pos, 130u);
}

TEST_F(ChunkWindowsTest, TooManyChangedKeysGiveTheChunkBack) {
  const auto window = Open();
  std::vector<std::pair<int64_t, uint64_t>> many;
  for (size_t i = 0; i <= ChunkWindows::kKeysMax; ++i) {
    many.emplace_back(static_cast<int64_t>(i), 150);
  }
  windows_.Observe(*Stream(table_, many, 300));
  HandIn(window, Chunk(table_, 200, 900));
  const auto due = windows_.TakeDue();
  ASSERT_TRUE(due);
  EXPECT_TRUE(due->overrun);
  EXPECT_TRUE(due->chunk.rows.empty());
  // The next one begins with nothing noted.
  HandIn(Open(), Chunk(table_, 300, 300));
  EXPECT_EQ(Ids(windows_.TakeDue()->chunk).size(), 3u);
}

TEST_F(ChunkWindowsTest, KeysThatNoWindowNeedsAreForgottenBeforeAnythingIsOverrun) {
  const auto old = Open();
  std::vector<std::pair<int64_t, uint64_t>> many;
  for (size_t i = 0; i < ChunkWindows::kKeysMax; ++i) {
    many.emplace_back(static_cast<int64_t>(i), 150);
  }
  windows_.Observe(*Stream(table_, many, 300));
  const auto young = Open();
  windows_.Abandon(old);
  windows_.Observe(*Stream(table_, {{1'000'000, 310}, {3, 320}}, 330));
  HandIn(young, Chunk(table_, 315, 330));
  const auto due = windows_.TakeDue();
  ASSERT_TRUE(due);
  EXPECT_FALSE(due->overrun);
  EXPECT_EQ(Ids(due->chunk), (std::vector<int64_t>{1, 2}));
}

TEST_F(ChunkWindowsTest, OtherTablesAreNotNoted) {
  auto other = std::make_shared<TableSchema>(*Orders());
  other->id.table = "items";
  const auto window = Open();
  windows_.Observe(*Stream(other, {{1, 250}}, 300));
  HandIn(window, Chunk(table_, 200, 200));
  const auto due = windows_.TakeDue();
  ASSERT_TRUE(due);
  EXPECT_EQ(Ids(due->chunk).size(), 3u);
}

TEST_F(ChunkWindowsTest, HandInWaitsForRoom) {
  const auto a = Open();
  const auto b = Open();
  LoadedChunk large = Chunk(table_, 100, 100);
  large.bytes = 5000;  // more than the bound: alone it passes
  HandIn(a, std::move(large));
  LoadedChunk small = Chunk(table_, 100, 100);
  small.bytes = 1;
  std::jthread reader([&, small = std::move(small)]() mutable { HandIn(b, std::move(small)); });
  ASSERT_TRUE(windows_.TakeDue());
  reader.join();
  EXPECT_TRUE(windows_.TakeDue());
}

TEST_F(ChunkWindowsTest, WhatAPartialImageLacksComesFromTheOtherOne) {
  auto pair = std::make_shared<TableSchema>(*Orders());
  pair->primary_key = {0, 1};
  const auto window = *windows_.Open(pair->id, {});
  auto batch = Stream(pair, {{2, 250}}, 300);
  // The key's second column alone was changed, and the image after has nothing else.
  Cell* after = batch->arena.AllocateArray<Cell>(2);
  after[0] = Cell::Absent();
  after[1] = Cell::OfBytes(CellKind::kText, "moved");
  batch->changes[0].after = after;
  windows_.Observe(*batch);
  LoadedChunk chunk = Chunk(pair, 200, 300);
  Cell* row = const_cast<Cell*>(chunk.rows[0]->changes[1].after);
  row[1] = Cell::OfBytes(CellKind::kText, "moved");
  HandIn(window, std::move(chunk));
  EXPECT_EQ(Ids(windows_.TakeDue()->chunk), (std::vector<int64_t>{1, 3}));
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
