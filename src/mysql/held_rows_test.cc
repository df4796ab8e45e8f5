#include <gtest/gtest.h>

#include "mysql/binlog_fixture.h"
#include "mysql/event_bytes_test.h"
#include "mysql/event_spool.h"
#include "mysql/given_already.h"
#include "mysql/xa_transactions.h"

namespace rowhouse::mysql {
namespace {

using Texts = std::vector<std::string>;

// The events of xa.sql as either server logged them.
class HeldRows : public testing::TestWithParam<std::pair<const char*, Flavor>> {
 protected:
  void SetUp() override { events_ = ReadEvents(std::string(GetParam().first) + "_xa.hex"); }

  std::unique_ptr<BinlogDecoder> Open(const SourcePosition& start, size_t batch_bytes = 1 << 20) {
    DecoderOptions options;
    options.flavor = GetParam().second;
    options.batch_bytes = batch_bytes;
    options.with_transactions = true;
    options.wanted = [this](const TableId& id) {
      return id.db == "shop" && (only_.empty() || id.table == only_);
    };
    return std::move(BinlogDecoder::Open(options, start, true)).value();
  }

  static SourcePosition Begin() {
    SourcePosition start;
    start.binlog = {"binlog.000001", 4};
    return start;
  }

  struct Row {
    std::string text;
    RowVersion version;
    std::string gtid;

    friend bool operator==(const Row&, const Row&) = default;
  };

  // Feeds events [from, to) in batches of their own; gives the rows.
  static std::vector<Row> Feed(
      BinlogDecoder& decoder, const Texts& events, size_t from, size_t to, SourcePosition* resume
  ) {
    std::vector<Row> rows;
    for (size_t i = from; i < to; ++i) {
      ChangeBatch batch;
      Status fed = FeedCopy(decoder, events[i], batch);
      EXPECT_TRUE(fed.has_value()) << fed.error().ToString();
      while (true) {
        for (const Change& c : batch.changes) {
          std::string text = fmt::format(
              "{} {}", OpLetter(c.op), CellText((c.after != nullptr ? c.after : c.before)[0])
          );
          rows.push_back({std::move(text), c.Version(), std::string(c.origin->gtid)});
        }
        decoder.FinishBatch(batch);
        if (resume != nullptr) {
          *resume = batch.resume;
        }
        if (!decoder.more()) {
          break;
        }
        batch.Clear();
        fed = decoder.Continue(batch);
        EXPECT_TRUE(fed.has_value()) << fed.error().ToString();
      }
    }
    return rows;
  }

  static Texts TextsOf(const std::vector<Row>& rows) {
    Texts texts;
    for (const Row& row : rows) {
      texts.push_back(row.text);
    }
    return texts;
  }

  Texts events_;
  std::string only_;  // the table captured; empty: all
};

INSTANTIATE_TEST_SUITE_P(
    Servers,
    HeldRows,
    testing::Values(std::pair{"mariadb", Flavor::kMariaDb}, std::pair{"mysql", Flavor::kMySql})
);

// xa.sql prepares 1 2 (b), 4 5 (r) and 6 7 (c); in between 3 and 8 are committed; b is committed,
// r rolled back, c committed; 9 is committed in one phase, 10 after all.
const Texts kAsCommitted = {"c 3", "c 1", "c 2", "u 1", "c 8", "c 6", "c 7", "c 9", "c 10"};

TEST_P(HeldRows, AreGivenAtTheCommitAndDroppedAtTheRollback) {
  const auto decoder = Open(Begin());
  SourcePosition resume;
  const auto rows = Feed(*decoder, events_, 0, events_.size(), &resume);
  EXPECT_EQ(TextsOf(rows), kAsCommitted);
  for (size_t i = 1; i < rows.size(); ++i) {
    EXPECT_LT(rows[i - 1].version, rows[i].version) << rows[i].text;
  }
  EXPECT_TRUE(resume.reread_from.empty());
  EXPECT_EQ(rows[1].gtid, rows[2].gtid);
  EXPECT_NE(rows[0].gtid, rows[1].gtid);
}

// What is told to begin and end is what others see: the commit, and only where there is one.
TEST_P(HeldRows, TheirTransactionIsToldAtTheCommit) {
  const auto decoder = Open(Begin());
  std::vector<Texts> told;
  bool open = false;
  for (const std::string& event : events_) {
    ChangeBatch batch;
    ASSERT_TRUE(FeedCopy(*decoder, event, batch).has_value());
    auto mark = batch.transactions.begin();
    for (size_t i = 0; i <= batch.changes.size(); ++i) {
      for (; mark != batch.transactions.end() && mark->before_change <= i; ++mark) {
        const bool begin = mark->kind == TransactionMark::Kind::kBegin;
        EXPECT_NE(open, begin) << mark->id;
        open = begin;
        if (begin) {
          told.emplace_back();
        }
      }
      if (i < batch.changes.size()) {
        ASSERT_TRUE(open);
        const Change& c = batch.changes[i];
        told.back().push_back(fmt::format(
            "{} {}", OpLetter(c.op), CellText((c.after != nullptr ? c.after : c.before)[0])
        ));
      }
    }
  }
  EXPECT_FALSE(open);
  std::erase_if(told, [](const Texts& rows) { return rows.empty(); });  // MariaDB: the rollback's
  EXPECT_EQ(
      told,
      (std::vector<Texts>{
          {"c 3"}, {"c 1", "c 2", "u 1"}, {"c 8"}, {"c 6", "c 7"}, {"c 9"}, {"c 10"}})
  );
}

TEST_P(HeldRows, ComeTheSameWhateverTheBatch) {
  const auto large = Open(Begin());
  const auto small = Open(Begin(), 1);
  EXPECT_EQ(
      Feed(*large, events_, 0, events_.size(), nullptr),
      Feed(*small, events_, 0, events_.size(), nullptr)
  );
}

TEST_P(HeldRows, VersionsDoNotDependOnWhichTablesAreFollowed) {
  const auto all = Feed(*Open(Begin()), events_, 0, events_.size(), nullptr);
  only_ = "u";
  const auto some = Feed(*Open(Begin()), events_, 0, events_.size(), nullptr);
  ASSERT_EQ(TextsOf(some), (Texts{"c 2", "c 7"}));
  EXPECT_EQ(some[0], all[2]);
  EXPECT_EQ(some[1], all[6]);
}

// The index of the event that was read when a place was reached.
size_t EventAt(const Texts& events, std::string_view part, size_t nth = 0) {
  for (size_t i = 0; i < events.size(); ++i) {
    if (events[i].find(part) != std::string::npos && nth-- == 0) {
      return i;
    }
  }
  return events.size();
}

// A crash after any event: what came before it and what the restart gives are all rows once.
TEST_P(HeldRows, ARestartAnywhereGivesTheRestOnce) {
  const auto whole = Feed(*Open(Begin()), events_, 0, events_.size(), nullptr);
  for (size_t cut = 1; cut <= events_.size(); ++cut) {
    SourcePosition resume = Begin();
    auto before = Feed(*Open(Begin()), events_, 0, cut, &resume);
    // What was in the middle of a transaction is not safe, and is read again.
    std::erase_if(before, [&](const Row& row) {
      const auto boundary = RowVersion::Make(0, 1, resume.binlog.pos, 0);
      return !(row.version < boundary);
    });
    const SourcePosition begin = BeginOf(resume);
    const auto decoder = Open(resume);
    // What a server sends: the file's first event, then from the place on.
    Feed(*decoder, events_, 0, 1, nullptr);
    SourcePosition end = resume;
    size_t from = 1;
    for (; from < events_.size() && StartOf(events_[from]) < begin.binlog.pos; ++from) {
    }
    const auto after = Feed(*decoder, events_, from, events_.size(), &end);
    before.insert(before.end(), after.begin(), after.end());
    EXPECT_EQ(before, whole) << "cut after event " << cut;
    EXPECT_LE(Compare(resume.binlog, end.binlog), 0);
  }
}

TEST_P(HeldRows, ARestartGoesBackNoFurtherThanTheOldestThatWaits) {
  SourcePosition resume;
  const auto decoder = Open(Begin());
  const size_t outcome = EventAt(events_, "XA COMMIT X'62'");
  ASSERT_LT(outcome, events_.size());
  Feed(*decoder, events_, 0, outcome, &resume);
  EXPECT_FALSE(resume.reread_from.empty());
  EXPECT_LT(resume.reread_from.binlog.pos, resume.binlog.pos);
  Feed(*decoder, events_, outcome, events_.size(), &resume);
  EXPECT_TRUE(resume.reread_from.empty());
}

// On another server only the GTIDs say what was given.
TEST_P(HeldRows, ARestartElsewhereGoesByGtid) {
  const auto whole = Feed(*Open(Begin()), events_, 0, events_.size(), nullptr);
  SourcePosition resume;
  const size_t outcome = EventAt(events_, "XA COMMIT X'62'");
  const auto before = Feed(*Open(Begin()), events_, 0, outcome, &resume);
  resume.binlog = {};
  resume.reread_from.binlog = {};
  const auto decoder = Open(resume);
  ChangeBatch batch;
  ASSERT_TRUE(FeedCopy(*decoder, ArtificialRotate("binlog.000001"), batch).has_value());
  SourcePosition end;
  const auto after = Feed(*decoder, events_, 0, events_.size(), &end);
  std::vector<Row> all = before;
  all.insert(all.end(), after.begin(), after.end());
  EXPECT_EQ(all, whole);
  EXPECT_TRUE(end.reread_from.empty());
}

TEST(EventSpool, GivesWhatItWasGivenFromFileAndMemory) {
  EventSpool spool(1000);
  Texts bodies;
  for (size_t i = 0; i < 100; ++i) {
    bodies.push_back(std::string(i * 7, static_cast<char>('a' + i % 26)));
    ASSERT_TRUE(spool.Append({EventType::kWriteRows, i, AsBytes(bodies.back())}).has_value());
  }
  EXPECT_GT(spool.bytes(), 34'650U);
  Arena arena;
  for (size_t i = 0; i < bodies.size(); ++i) {
    const auto event = spool.Next(arena);
    ASSERT_TRUE(event.has_value());
    ASSERT_TRUE(event->has_value());
    EXPECT_EQ((*event)->offset, i);
    EXPECT_EQ(AsText((*event)->body), bodies[i]);
  }
  EXPECT_FALSE(spool.Next(arena)->has_value());
}

}  // namespace
}  // namespace rowhouse::mysql
