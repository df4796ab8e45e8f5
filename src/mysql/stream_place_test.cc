#include "mysql/stream_place.h"

#include <gtest/gtest.h>

namespace rowhouse::mysql {
namespace {

StreamPlace At(Flavor flavor, std::string file, uint64_t pos, std::string_view gtids = "") {
  SourcePosition start;
  start.binlog = {std::move(file), pos};
  return {start, GtidSet::Parse(flavor, gtids).value()};
}

EventHeader Event(uint32_t length, uint32_t next, EventType type = EventType::kXid) {
  EventHeader h;
  h.seconds = 1;
  h.type = type;
  h.length = length;
  h.next_position = next;
  return h;
}

MariaDbGtidEvent Maria(uint64_t sequence, uint8_t flags = 0) {
  return {.domain = 0, .sequence = sequence, .flags = flags};
}

TEST(StreamPlace, EventsBeginWhereTheyEndLessTheirLength) {
  StreamPlace place = At(Flavor::kMySql, "b.000001", 4);
  EXPECT_EQ(place.Pass(Event(100, 104)), 4U);
  EXPECT_EQ(place.Pass(Event(50, 354)), 304U);  // events were left out before it
  EXPECT_EQ(place.position().pos, 354U);
}

TEST(StreamPlace, UntoldPositionsAreCounted) {
  StreamPlace place = At(Flavor::kMariaDb, "b.000001", 1000);
  EXPECT_EQ(place.Pass(Event(40, 1040)), 1000U);
  EXPECT_EQ(place.Pass(Event(60, 0)), 1040U);
  EXPECT_EQ(place.Pass(Event(31, 0)), 1100U);
  EXPECT_EQ(place.position().pos, 1131U);
}

TEST(StreamPlace, ArtificialEventsDoNotAdvance) {
  StreamPlace place = At(Flavor::kMySql, "b.000001", 500);
  EventHeader made_up = Event(40, 9999);
  made_up.flags = EventHeader::kArtificial;
  place.Pass(made_up);
  place.Pass(Event(120, 0, EventType::kFormatDescription));
  place.Pass(Event(40, 9999, EventType::kHeartbeat));
  EXPECT_EQ(place.position().pos, 500U);
}

TEST(StreamPlace, PositionsPass4GiB) {
  constexpr uint64_t kWrap = uint64_t{1} << 32;
  StreamPlace place = At(Flavor::kMySql, "b.000001", kWrap - 10);
  EXPECT_EQ(place.Pass(Event(110, 100)), kWrap - 10);
  EXPECT_EQ(place.position().pos, kWrap + 100);
  EXPECT_EQ(place.Pass(Event(100, 200)), kWrap + 100);
}

TEST(StreamPlace, OnlyTransactionsMoveTheBoundary) {
  StreamPlace place = At(Flavor::kMariaDb, "b.000001", 4, "0-1-6");
  place.Pass(Event(40, 44));
  place.OnGtid(Maria(7), 1);
  EXPECT_TRUE(place.in_transaction());
  EXPECT_EQ(place.Gtid(), "0-1-7");
  place.Pass(Event(56, 100));
  place.OnStatement();  // inside: a CREATE ... SELECT
  EXPECT_EQ(place.boundary().pos, 4U);
  EXPECT_EQ(place.gtid_set().ToString(), "0-1-6");
  place.Pass(Event(31, 131));
  place.OnCommit();
  EXPECT_EQ(place.boundary().pos, 131U);
  EXPECT_EQ(place.gtid_set().ToString(), "0-1-7");
  EXPECT_FALSE(place.in_transaction());
}

TEST(StreamPlace, StandaloneStatementEndsItsTransaction) {
  StreamPlace place = At(Flavor::kMariaDb, "b.000001", 4);
  place.OnGtid(Maria(8, MariaDbGtidEvent::kStandalone), 2);
  place.Pass(Event(96, 100));
  place.OnStatement();
  EXPECT_EQ(place.boundary().pos, 100U);
  EXPECT_EQ(place.gtid_set().ToString(), "0-2-8");
}

TEST(StreamPlace, MySqlStatementEndsUnlessBegun) {
  StreamPlace place = At(Flavor::kMySql, "b.000001", 4);
  MySqlGtidEvent gtid;
  gtid.number = 1;
  place.OnGtid(gtid, false);
  place.OnBegin();
  place.OnStatement();
  EXPECT_TRUE(place.in_transaction());
  place.OnCommit();
  gtid.number = 2;
  place.OnGtid(gtid, false);
  place.OnStatement();
  EXPECT_FALSE(place.in_transaction());
  EXPECT_TRUE(place.gtid_set().Contains(gtid.source, 2));
}

TEST(StreamPlace, FilesChangeOnRotate) {
  StreamPlace place = At(Flavor::kMySql, "b.000009", 4);
  ASSERT_TRUE(place.EnterFile("b.000010", 4, false).has_value());
  EXPECT_EQ(place.boundary(), (BinlogPosition{"b.000010", 4}));
  EXPECT_EQ(place.file_number(), 10U);
  EXPECT_FALSE(place.EnterFile("nonumber", 4, false).has_value());
  const Status back = place.EnterFile("b.000001", 4, true);
  ASSERT_FALSE(back.has_value());
  EXPECT_EQ(back.error().kind(), ErrorKind::kUnavailable);
  EXPECT_FALSE(place.OnHeartbeat({"b.000002", 300}).has_value());
}

TEST(StreamPlace, StartByGtidHasNoFileUntilItIsSure) {
  StreamPlace place = At(Flavor::kMariaDb, "", 0, "0-1-5");
  ASSERT_TRUE(place.EnterFile("b.000003", 4, true).has_value());
  place.Pass(Event(252, 256, EventType::kFormatDescription));
  place.OnIdle();
  EXPECT_TRUE(place.boundary().empty());  // what is skipped comes first
  place.OnSkippedTo(800);
  EXPECT_EQ(place.boundary(), (BinlogPosition{"b.000003", 800}));
  EXPECT_EQ(place.gtid_set().ToString(), "0-1-5");
}

TEST(StreamPlace, HeartbeatsMoveTheBoundaryOnlyBetweenTransactions) {
  StreamPlace place = At(Flavor::kMySql, "b.000001", 100);
  ASSERT_TRUE(place.OnHeartbeat({"b.000001", 300}).has_value());
  EXPECT_EQ(place.boundary().pos, 300U);
  ASSERT_TRUE(place.OnHeartbeat({"b.000001", 200}).has_value());  // late
  EXPECT_EQ(place.position().pos, 300U);
  place.OnBegin();
  ASSERT_TRUE(place.OnHeartbeat({"b.000001", 900}).has_value());
  EXPECT_EQ(place.boundary().pos, 300U);
}

TEST(StreamPlace, EarlierGtidsFillAnUnknownSetOnly) {
  StreamPlace unknown = At(Flavor::kMariaDb, "b.000002", 4);
  unknown.OnEarlierGtids(GtidSet::Parse(Flavor::kMariaDb, "0-1-9").value());
  EXPECT_EQ(unknown.gtid_set().ToString(), "0-1-9");
  StreamPlace known = At(Flavor::kMariaDb, "b.000002", 4, "0-1-20");
  known.OnEarlierGtids(GtidSet::Parse(Flavor::kMariaDb, "0-1-9").value());
  EXPECT_EQ(known.gtid_set().ToString(), "0-1-20");
}

}  // namespace
}  // namespace rowhouse::mysql
