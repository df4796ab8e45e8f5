#include "capture/schema_gate.h"

#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace rowhouse::capture {
namespace {

using Edit = ColumnEdit;
using Kind = ColumnEdit::Kind;
using Renames = std::vector<std::pair<std::string, std::string>>;

TableSchemaPtr Table(const std::vector<std::string>& columns) {
  auto table = std::make_shared<TableSchema>();
  table->id = {"shop", "orders"};
  for (const std::string& name : columns) {
    Column& column = table->columns.emplace_back();
    column.name = name;
    column.type = ColumnType::kInt;
  }
  return table;
}

SchemaChange Sum(const std::vector<std::string>& columns, std::vector<std::vector<Edit>> edits) {
  std::vector<TableAltered> statements;
  for (auto& e : edits) {
    statements.push_back({RowVersion{}, std::move(e), ""});
  }
  return Summarize(Table(columns), statements);
}

TEST(Summarize, ARenameOfARenameIsOne) {
  EXPECT_EQ(
      Sum({"c"}, {{{Kind::kRename, "a", "b"}}, {{Kind::kRename, "b", "c"}}}).renames,
      (Renames{{"a", "c"}})
  );
}

TEST(Summarize, ThereAndBackIsNone) {
  EXPECT_TRUE(Sum({"a"}, {{{Kind::kRename, "a", "b"}}, {{Kind::kRename, "b", "a"}}}).renames.empty()
  );
}

TEST(Summarize, TwoColumnsOfOneStatementSwapNames) {
  const auto change = Sum({"a", "b"}, {{{Kind::kRename, "a", "b"}, {Kind::kRename, "b", "a"}}});
  EXPECT_EQ(change.renames, (Renames{{"b", "a"}, {"a", "b"}}));
}

TEST(Summarize, DroppedAndAddedAgainIsAnew) {
  const auto change = Sum({"a", "b"}, {{{Kind::kDrop, "a", ""}}, {{Kind::kAdd, "a", ""}}});
  EXPECT_EQ(change.made_anew, std::set<std::string>{"a"});
  EXPECT_TRUE(change.renames.empty());
}

TEST(Summarize, AColumnThatCameInBetweenIsNoRename) {
  const auto change = Sum({"b"}, {{{Kind::kAdd, "a", ""}}, {{Kind::kRename, "a", "b"}}});
  EXPECT_TRUE(change.renames.empty());
  EXPECT_TRUE(change.made_anew.empty());
}

TEST(Summarize, WhatTheSchemaDoesNotHaveDidNotHappen) {
  EXPECT_TRUE(Sum({"a"}, {{{Kind::kRename, "x", "y"}}}).renames.empty());
}

TEST(Fingerprint, TellsSchemasApartByWhatRecordsLookLike) {
  const auto table = Table({"a", "b"});
  auto other = std::make_shared<TableSchema>(*table);
  other->comment = "another comment";
  other->columns[0].default_value = ColumnDefault{"5", false};
  EXPECT_EQ(Fingerprint(*table), Fingerprint(*other));
  other->columns[0].nullable = false;
  EXPECT_NE(Fingerprint(*table), Fingerprint(*other));
  EXPECT_NE(Fingerprint(*Table({"ab", "c"})), Fingerprint(*Table({"a", "bc"})));
}

// Answers as told; notes what it was asked.
class FakeFollower : public SchemaFollower {
 public:
  void Want(const TableSchemaPtr&, Told told) override { wanted.push_back(told); }

  void Hold(const std::set<TableId>&) override {}

  Result<std::string>
  Follow(const SchemaChange& change, const Settle& settle, const std::stop_token&) override {
    const Status settled = settle();
    if (!settled) {
      return settled.error();
    }
    changes.push_back(change);
    return why_reload;
  }

  std::vector<Told> wanted;
  std::vector<SchemaChange> changes;
  std::string why_reload;
};

// A gate with one batch in flight.
class SchemaGateTest : public ::testing::Test {
 protected:
  void Open(std::map<TableId, FollowedSchema> known = {}) {
    gate_ = std::make_unique<SchemaGate>(
        &follower_,
        std::move(known),
        tracker_,
        [this](AckToken token, const std::stop_token&) {
          settled_.push_back(token);
          return Ok();
        },
        [this](const TableSchemaPtr&, const std::string& why) { reloads_.push_back(why); }
    );
  }

  Status Pass(const TableSchemaPtr& table, uint64_t pos = 500) {
    EventOrigin origin;
    origin.file_number = 2;
    origin.pos = pos;
    Change change;
    change.origin = &origin;
    change.ordinal = 1;
    change.table = table.get();
    return gate_->Pass(table, change, AckToken{7}, {});
  }

  FakeFollower follower_;
  AckTracker tracker_{Checkpoint{}, 1000};
  std::unique_ptr<SchemaGate> gate_;
  std::vector<AckToken> settled_;
  std::vector<std::string> reloads_;
  const TableId id_{"shop", "orders"};
};

TEST_F(SchemaGateTest, TheFirstSchemaWaitsForNobody) {
  Open();
  ASSERT_TRUE(Pass(Table({"a"})));
  EXPECT_TRUE(follower_.changes.empty());
  EXPECT_EQ(follower_.wanted, std::vector{SchemaFollower::Told::kFirst});
  EXPECT_EQ(tracker_.Frontier().schemas.at(id_).fingerprint, Fingerprint(*Table({"a"})));
}

TEST_F(SchemaGateTest, EachFurtherOneIsFollowedOnce) {
  Open();
  ASSERT_TRUE(Pass(Table({"a"})));
  ASSERT_TRUE(Pass(Table({"a", "b"})));
  ASSERT_TRUE(Pass(Table({"a", "b"})));
  ASSERT_EQ(follower_.changes.size(), 1U);
  EXPECT_EQ(follower_.changes[0].before, RowVersion::Make(0, 2, 499, 1));
  EXPECT_EQ(settled_, std::vector<AckToken>{7});
}

TEST_F(SchemaGateTest, WhatTheCheckpointKnowsPassesAfterARestart) {
  Open({{id_, {Fingerprint(*Table({"a"})), {}}}});
  gate_->Want(Table({"a"}));
  ASSERT_TRUE(Pass(Table({"a"})));
  EXPECT_TRUE(follower_.changes.empty());
  EXPECT_EQ(follower_.wanted, std::vector{SchemaFollower::Told::kAgain});
  ASSERT_TRUE(Pass(Table({"b"})));
  EXPECT_EQ(follower_.changes.size(), 1U);
}

TEST_F(SchemaGateTest, AStatementIsKeptUntilItsRowsCome) {
  Open();
  ASSERT_TRUE(Pass(Table({"a"}), 100));
  gate_->Altered(id_, {RowVersion::Make(0, 2, 200, 0), {{Kind::kRename, "a", "b"}}});
  gate_->Altered(id_, {RowVersion::Make(0, 2, 200, 0), {{Kind::kRename, "a", "b"}}});
  gate_->Altered(id_, {RowVersion::Make(0, 2, 900, 0), {{Kind::kRename, "b", "c"}}});
  const auto saved = tracker_.Frontier().schemas;
  EXPECT_EQ(saved.at(id_).statements.size(), 2U);
  Open(saved);  // a restart
  ASSERT_TRUE(Pass(Table({"b"}), 500));
  EXPECT_EQ(follower_.changes.at(0).renames, (Renames{{"a", "b"}}));
  ASSERT_TRUE(Pass(Table({"c"}), 1000));
  EXPECT_EQ(follower_.changes.at(1).renames, (Renames{{"b", "c"}}));
  EXPECT_TRUE(tracker_.Frontier().schemas.at(id_).statements.empty());
}

TEST_F(SchemaGateTest, AColumnMadeAnewIsFollowedThoughTheSchemaLooksTheSame) {
  Open();
  ASSERT_TRUE(Pass(Table({"a"}), 100));
  gate_->Altered(
      id_, {RowVersion::Make(0, 2, 200, 0), {{Kind::kDrop, "a", ""}, {Kind::kAdd, "a", ""}}}
  );
  ASSERT_TRUE(Pass(Table({"a"}), 500));
  ASSERT_EQ(follower_.changes.size(), 1U);
  EXPECT_EQ(follower_.changes[0].made_anew, std::set<std::string>{"a"});
  gate_->Altered(id_, {RowVersion::Make(0, 2, 600, 0), {}});  // an index, say
  ASSERT_TRUE(Pass(Table({"a"}), 700));
  EXPECT_EQ(follower_.changes.size(), 1U);
  EXPECT_TRUE(tracker_.Frontier().schemas.at(id_).statements.empty());
}

TEST_F(SchemaGateTest, RowsToBeReadAgainAreAskedFor) {
  Open();
  follower_.why_reload = "rounded";
  ASSERT_TRUE(Pass(Table({"a"})));
  ASSERT_TRUE(Pass(Table({"b"})));
  EXPECT_EQ(reloads_, std::vector<std::string>{"rounded"});
  const TableProgress noted = tracker_.Frontier().ledger.at(id_);
  EXPECT_EQ(noted.state, TableProgress::State::kLoading);
  EXPECT_TRUE(noted.reload);
}

}  // namespace
}  // namespace rowhouse::capture
