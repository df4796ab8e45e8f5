#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "mysql/binlog_fixture.h"
#include "mysql/binlog_source.h"
#include "mysql/catalog.h"
#include "testing/database_fixture.h"

namespace rowhouse::mysql {

// Test-only: a source on the test's own database of a real server.
class SourceTest : public rowhouse::testing::DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    auto catalog = Catalog::Open(options_);
    ASSERT_TRUE(catalog) << catalog.error().ToString();
    catalog_ = std::move(*catalog);
  }

  std::unique_ptr<ChangeSource> Open(const SourcePosition& from) {
    auto source = TryOpen(from);
    EXPECT_TRUE(source) << source.error().ToString();
    return source ? std::move(*source) : nullptr;
  }

  Result<std::unique_ptr<ChangeSource>> TryOpen(const SourcePosition& from) {
    BinlogFilter filter;
    filter.wanted = [this](const TableId& id) { return id.db == db_; };
    filter.wanted_db = [this](std::string_view db) { return db == db_; };
    filter.complete = [this](TableSchema schema) { return catalog_->Complete(std::move(schema)); };
    return BinlogSource::Open(options_, from, std::move(filter));
  }

  SourcePosition Now() {
    auto at = catalog_->CurrentPosition();
    EXPECT_TRUE(at) << at.error().ToString();
    return *at;
  }

  std::unique_ptr<Catalog> catalog_;
};

using Ids = std::vector<int64_t>;

// First column of the changes' rows until `n` have come; `resume` is of the last batch.
struct Read {
  std::vector<int64_t> ids;
  SourcePosition resume;
};

inline Read ReadIds(ChangeSource& source, size_t n) {
  Read read;
  const Deadline deadline = Deadline::After(seconds(20));
  while (!deadline.Passed()) {
    auto batch = source.Next(Deadline::After(milliseconds(200)));
    EXPECT_TRUE(batch) << batch.error().ToString();
    if (!batch) {
      break;
    }
    for (const Change& change : (*batch)->changes) {
      read.ids.push_back((change.after != nullptr ? change.after : change.before)[0].i);
    }
    if (!(*batch)->resume.empty()) {
      read.resume = (*batch)->resume;
    }
    const bool whole = (*batch)->at_boundary;
    source.Recycle(std::move(*batch));
    if (read.ids.size() >= n && whole) {
      break;
    }
  }
  return read;
}

// Everything of the stream, a line each: "c a 2", "u a 2 - old | new", "parked ...", until a change
// or a DDL with `last` in it has come.
struct Seen {
  std::vector<std::string> lines;
  SourcePosition resume;
  size_t largest_batch = 0;  // bytes
};

inline Seen ReadUntil(ChangeSource& source, std::string_view last) {
  Seen seen;
  const Deadline deadline = Deadline::After(seconds(60));
  bool found = false;
  while (!deadline.Passed() && !found) {
    auto batch = source.Next(Deadline::After(milliseconds(200)));
    EXPECT_TRUE(batch) << batch.error().ToString();
    if (!batch) {
      break;
    }
    std::vector<std::string> lines;
    for (const SourceNotice& notice : (*batch)->notices) {
      if (notice.kind == SourceNotice::Kind::kTableParked) {
        lines.push_back("parked " + notice.table.table + " " + notice.error.ToString());
      } else if (notice.kind == SourceNotice::Kind::kDdl) {
        lines.push_back("ddl " + notice.text);
      }
    }
    for (const Change& change : (*batch)->changes) {
      std::string text = ChangeText(change);
      const size_t db = text.find(' ') + 1;
      text.erase(db, text.find('.') + 1 - db);
      const size_t ordinal = text.find(" #");
      text.erase(ordinal, text.find(' ', ordinal + 1) - ordinal);
      lines.push_back(std::move(text));
    }
    for (std::string& line : lines) {
      found = found || line.find(last) != std::string::npos;
      seen.lines.push_back(std::move(line));
    }
    seen.resume = (*batch)->resume;
    seen.largest_batch = std::max(seen.largest_batch, (*batch)->bytes());
    found = found && (*batch)->at_boundary;
    source.Recycle(std::move(*batch));
  }
  EXPECT_TRUE(found) << last << " has not come";
  return seen;
}

}  // namespace rowhouse::mysql
