#include <gtest/gtest.h>

#include "mysql/binlog_decoder.h"
#include "mysql/binlog_fixture.h"
#include "mysql/event_bytes_test.h"
#include "mysql/event_header.h"

namespace rowhouse::mysql {
namespace {

class DecoderRules : public testing::Test {
 protected:
  void Start(Flavor flavor = Flavor::kMariaDb) {
    options_.flavor = flavor;
    if (!options_.wanted) {
      options_.wanted = [](const TableId& id) { return id.db == "shop"; };
    }
    SourcePosition start;
    start.binlog = {"binlog.000001", 4};
    decoder_ = std::move(BinlogDecoder::Open(options_, start, true)).value();
    events_ = ReadEvents(flavor == Flavor::kMariaDb ? "mariadb.hex" : "mysql.hex");
    ASSERT_TRUE(Feed(events_[0]).has_value());
  }

  Status Feed(const std::string& event) { return FeedCopy(*decoder_, event, batch_); }

  // Feeds the fixture; the first error, or Ok.
  Status FeedRest() {
    for (size_t i = 1; i < events_.size(); ++i) {
      ROWHOUSE_TRY(Feed(events_[i]));
    }
    return Ok();
  }

  void ExpectRefused(const std::string& event, ErrorKind kind, std::string_view part) {
    const Status fed = Feed(event);
    ASSERT_FALSE(fed.has_value());
    EXPECT_EQ(fed.error().kind(), kind);
    EXPECT_NE(fed.error().message().find(part), std::string::npos) << fed.error().ToString();
    EXPECT_NE(fed.error().message().find("event at binlog.000001:"), std::string::npos);
  }

  DecoderOptions options_;
  std::unique_ptr<BinlogDecoder> decoder_;
  ChangeBatch batch_;
  std::vector<std::string> events_;
};

TEST_F(DecoderRules, StatementFormatParksTheDatabaseItMayHaveChanged) {
  Start();
  ASSERT_TRUE(Feed(Query("shop", "INSERT INTO t VALUES (1)")).has_value());
  ASSERT_EQ(batch_.notices.size(), 1U);
  EXPECT_EQ(batch_.notices[0].kind, SourceNotice::Kind::kTableParked);
  EXPECT_EQ(batch_.notices[0].table, (TableId{"shop", ""}));
  const std::string text = batch_.notices[0].error.ToString();
  EXPECT_NE(text.find("INSERT INTO t VALUES (1)"), std::string::npos) << text;
  EXPECT_NE(text.find("binlog.000001:"), std::string::npos) << text;
}

TEST_F(DecoderRules, StatementFormatElsewhereDoesNot) {
  options_.wanted_db = [](std::string_view db) { return db == "shop"; };
  Start();
  EXPECT_TRUE(Feed(Query("heartbeat", "REPLACE INTO beat VALUES (1)")).has_value());
  EXPECT_TRUE(batch_.notices.empty());
}

TEST_F(DecoderRules, UnknownEventsAreRefusedUnlessIgnorable) {
  Start();
  EXPECT_TRUE(Feed(Event(EventType{99}, "x", EventHeader::kIgnorable)).has_value());
  ExpectRefused(Event(EventType{99}, "x"), ErrorKind::kUnsupported, "event type 99");
}

TEST_F(DecoderRules, AnIncidentParksEveryTableAndTheStreamGoesOn) {
  Start();
  ASSERT_TRUE(Feed(Event(EventType::kIncident, std::string(2, '\1'))).has_value());
  ASSERT_EQ(batch_.notices.size(), 1U);
  EXPECT_EQ(batch_.notices[0].kind, SourceNotice::Kind::kTableParked);
  EXPECT_EQ(batch_.notices[0].table, TableId());
  EXPECT_EQ(batch_.notices[0].error.code(), "E-MYSQL-031");
  EXPECT_TRUE(FeedRest().has_value());
  EXPECT_FALSE(batch_.changes.empty());
}

TEST_F(DecoderRules, AWrongChecksumIsDamage) {
  Start();
  std::string event = events_[5];
  event[EventHeader::kBytes] ^= 1;
  ExpectRefused(event, ErrorKind::kBadRecord, "checksum");
}

TEST_F(DecoderRules, RowsWithoutTheirTableMapAreRefused) {
  Start();
  for (const std::string& event : events_) {
    if (static_cast<EventType>(event[4]) == EventType::kWriteRowsV1) {
      ExpectRefused(event, ErrorKind::kBadRecord, "no TABLE_MAP");
      return;
    }
  }
  FAIL() << "the fixture has no rows";
}

TEST_F(DecoderRules, UncapturedTablesGiveNothing) {
  options_.wanted = [](const TableId&) { return false; };
  Start();
  ASSERT_TRUE(FeedRest().has_value());
  EXPECT_TRUE(batch_.changes.empty());
  EXPECT_TRUE(batch_.tables.empty());
}

TEST_F(DecoderRules, RowsCarryTheirStatementWhereWanted) {
  options_.with_query = true;
  Start(Flavor::kMariaDb);
  ASSERT_TRUE(FeedRest().has_value());
  ASSERT_FALSE(batch_.changes.empty());
  for (const Change& change : batch_.changes) {
    const std::string_view query = change.origin->query;
    const bool copy = query.starts_with("CREATE TABLE copy SELECT");
    const char* const verb = change.op == Op::kUpdate   ? "UPDATE"
                             : change.op == Op::kDelete ? "DELETE"
                                                        : "INSERT";
    EXPECT_TRUE(copy || query.starts_with(verb)) << query << " for " << OpLetter(change.op);
  }
}

TEST_F(DecoderRules, CompleteIsAskedOncePerShapeAndAfterDdl) {
  std::vector<std::string> asked;
  options_.wanted = [](const TableId& id) { return id.table == "orders" || id.table == "nokey"; };
  options_.complete = [&](TableSchema schema) -> Result<TableSchemaPtr> {
    asked.push_back(schema.id.table + std::to_string(schema.columns.size()));
    schema.comment = "completed";
    return std::make_shared<const TableSchema>(std::move(schema));
  };
  Start();
  ASSERT_TRUE(FeedRest().has_value());
  // nokey twice: its TRUNCATE might have been any DDL.
  EXPECT_EQ(asked, (std::vector<std::string>{"orders6", "nokey2", "orders7", "nokey2"}));
  EXPECT_EQ(batch_.changes[0].table->comment, "completed");
}

TEST_F(DecoderRules, CompleteMayParkATableOrEndTheStream) {
  ErrorKind kind = ErrorKind::kUnsupported;
  options_.wanted = [](const TableId& id) { return id.table == "orders"; };
  options_.complete = [&](const TableSchema&) -> Result<TableSchemaPtr> {
    return Error(kind, "no way");
  };
  Start();
  ASSERT_TRUE(FeedRest().has_value());
  EXPECT_TRUE(batch_.changes.empty());
  kind = ErrorKind::kUnavailable;
  Start();
  const Status fed = FeedRest();
  ASSERT_FALSE(fed.has_value());
  EXPECT_EQ(fed.error().kind(), ErrorKind::kUnavailable);
}

TEST_F(DecoderRules, MariaDbsOwnTypesAreTextOnceTheSchemaSaysSo) {
  options_.wanted = [](const TableId& id) { return id.table == "marias"; };
  options_.complete = [](TableSchema schema) -> Result<TableSchemaPtr> {
    schema.columns[1].type = ColumnType::kUuid;
    schema.columns[2].type = ColumnType::kInet4;
    schema.columns[3].type = ColumnType::kInet6;
    schema.columns[4].type = ColumnType::kJson;
    return std::make_shared<const TableSchema>(std::move(schema));
  };
  Start();
  ASSERT_TRUE(FeedRest().has_value());
  ASSERT_EQ(batch_.changes.size(), 1U);
  EXPECT_EQ(
      ChangeText(batch_.changes[0]),
      "c shop.marias #1 + 1, '123e4567-e89b-12d3-a456-426655440000', '10.0.0.0', "
      "'2001:db8::ff00:42:0', json {\"a\": 1}"
  );
}

TEST_F(DecoderRules, TablesWithoutFullMetadataAreParkedWithTheFix) {
  Start();
  // shop.t (a INT) as binlog_row_metadata=NO_LOG writes it.
  const std::string map("\1\0\0\0\0\0\1\0\4shop\0\1t\0\1\3\0\1", 21);
  ASSERT_TRUE(Feed(Event(EventType::kTableMap, map)).has_value());
  ASSERT_EQ(batch_.notices.size(), 1U);
  EXPECT_EQ(batch_.notices[0].kind, SourceNotice::Kind::kTableParked);
  EXPECT_EQ(batch_.notices[0].table, (TableId{"shop", "t"}));
  EXPECT_EQ(batch_.notices[0].error.hint(), "SET GLOBAL binlog_row_metadata = FULL");
  ASSERT_TRUE(Feed(Event(EventType::kTableMap, map)).has_value());
  EXPECT_EQ(batch_.notices.size(), 1U);
}

TEST_F(DecoderRules, AnEmptiedMemoryTableIsATruncate) {
  Start();
  ASSERT_TRUE(Feed(Query(
                       "shop",
                       "DELETE FROM `shop`.`m` /* generated by server, implicitly emptying "
                       "in-memory table */"
                   ))
                  .has_value());
  ASSERT_EQ(batch_.notices.size(), 1U);
  EXPECT_TRUE(batch_.notices[0].text.starts_with("TRUNCATE TABLE `shop`.`m`"));
}

TEST_F(DecoderRules, BadGtidSetToStartFromIsRefused) {
  SourcePosition start;
  start.gtid_set = "nonsense";
  EXPECT_FALSE(BinlogDecoder::Open(options_, start, true).has_value());
}

// Where the fixture's transactions begin and end, without DDL; what lies in between is theirs.
void ExpectPaired(const ChangeBatch& batch) {
  ASSERT_FALSE(batch.transactions.empty());
  ASSERT_EQ(batch.transactions.size() % 2, 0U);
  size_t inside = 0;
  for (size_t i = 0; i < batch.transactions.size(); i += 2) {
    const TransactionMark& begin = batch.transactions[i];
    const TransactionMark& end = batch.transactions[i + 1];
    EXPECT_EQ(begin.kind, TransactionMark::Kind::kBegin);
    EXPECT_EQ(end.kind, TransactionMark::Kind::kEnd);
    EXPECT_EQ(begin.id, end.id);
    EXPECT_GT(begin.ts_us, 0);
    for (size_t at = begin.before_change; at < end.before_change; ++at) {
      EXPECT_EQ(begin.id, batch.changes[at].origin->gtid);
    }
    inside += end.before_change - begin.before_change;
  }
  EXPECT_EQ(inside, batch.changes.size());
}

TEST_F(DecoderRules, TransactionsAreToldWhereWanted) {
  options_.with_transactions = true;
  Start(Flavor::kMariaDb);
  ASSERT_TRUE(FeedRest().has_value());
  ExpectPaired(batch_);
}

TEST_F(DecoderRules, TransactionsAreNotToldUnlessWanted) {
  Start(Flavor::kMariaDb);
  ASSERT_TRUE(FeedRest().has_value());
  EXPECT_TRUE(batch_.transactions.empty());
}

TEST_F(DecoderRules, ATransactionWithoutGtidIsNamedByTheFileAndPlaceOfItsBegin) {
  options_.with_transactions = true;
  Start(Flavor::kMySql);
  batch_.Clear();
  const BinlogPosition at = decoder_->position();
  ASSERT_TRUE(Feed(Query("shop", "BEGIN")).has_value());
  ASSERT_TRUE(Feed(Query("shop", "COMMIT")).has_value());
  ASSERT_EQ(batch_.transactions.size(), 2U);
  EXPECT_EQ(batch_.transactions[0].id, "file=" + at.file + ",pos=" + std::to_string(at.pos));
  EXPECT_EQ(batch_.transactions[1].id, batch_.transactions[0].id);
}

}  // namespace
}  // namespace rowhouse::mysql
