#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "capture/runner.h"
#include "model/topic.h"
#include "testing/fake_checkpoint_store.h"
#include "testing/fake_database.h"
#include "testing/fake_event_log.h"
#include "testing/fake_leadership.h"
#include "testing/fake_transactions.h"

// A whole capture on fakes, and what consumers make of its records.
namespace rowhouse::capture {

using rowhouse::testing::FakeDatabase;
using rowhouse::testing::FakeRow;
using rowhouse::testing::FakeWrite;

inline const TableId kKeyed{"shop", "orders"};
inline const TableId kKeyless{"shop", "bag"};

// Reads Avro's primitives; the envelope's layout is written out by hand here, so that
// it does not depend on the code under test.
class AvroReader {
 public:
  explicit AvroReader(std::string_view bytes) : cursor_(AsBytes(bytes)) { cursor_.Skip(5); }

  int64_t Long() {
    uint64_t v = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t b = cursor_.U8();
      v |= uint64_t{b & 0x7FU} << shift;
      if ((b & 0x80) == 0) {
        break;
      }
    }
    return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
  }

  std::string Text() { return std::string(cursor_.Text(static_cast<size_t>(Long()))); }

  std::optional<FakeRow> Row() {
    if (Long() == 0) {
      return std::nullopt;
    }
    FakeRow row;
    row.id = Long();
    row.note = Long() == 0 ? "NULL" : Text();
    return row;
  }

  void SkipOptionalLong() {
    if (Long() != 0) {
      Long();
    }
  }

  void SkipOptionalText() {
    if (Long() != 0) {
      Text();
    }
  }

  bool ok() const { return cursor_.ok(); }

 private:
  ByteCursor cursor_;
};

struct Message {
  std::optional<FakeRow> before;
  std::optional<FakeRow> after;
  std::string version;
  std::string op;
  std::string transaction;  // "id total_order data_collection_order"; empty: none
};

inline Message Decode(const Record& record) {
  AvroReader in(*record.value);
  Message m;
  m.before = in.Row();
  m.after = in.Row();
  for (int i = 0; i < 3; ++i) {
    in.Text();  // version, connector, name
  }
  in.Long();  // ts_ms
  EXPECT_EQ(in.Long(), 0) << "snapshot is written as its first branch";
  in.Text();
  in.Text();  // db
  EXPECT_EQ(in.Long(), 1) << "sequence is there";
  m.version = in.Text();
  in.SkipOptionalLong();  // ts_us
  in.SkipOptionalLong();  // ts_ns
  in.SkipOptionalText();  // table
  in.Long();              // server_id
  in.SkipOptionalText();  // gtid
  in.Text();              // file
  in.Long();              // pos
  in.Long();              // row
  in.SkipOptionalLong();  // thread
  in.SkipOptionalText();  // query
  if (in.Long() == 1) {
    m.transaction = in.Text();
    m.transaction += " " + std::to_string(in.Long());
    m.transaction += " " + std::to_string(in.Long());
  }
  m.op = in.Text();
  EXPECT_TRUE(in.ok());
  return m;
}

// Keeps what each life of the log has stored, as the broker would.
class KeepingLog : public EventLog {
 public:
  using Store = std::map<std::string, std::vector<Record>>;

  KeepingLog(AckListener& listener, Store& store) : log_(&listener), store_(store) {}

  ~KeepingLog() override {
    for (const std::string& topic : log_.Topics()) {
      std::vector<Record> records = log_.Records(topic);
      std::move(records.begin(), records.end(), std::back_inserter(store_[topic]));
    }
  }

  Status EnsureTopics(const std::vector<TopicSpec>& topics) override {
    return log_.EnsureTopics(topics);
  }

  Result<TopicWriter*> Writer(const std::string& topic) override { return log_.Writer(topic); }

  Status Flush(Deadline deadline) override { return log_.Flush(deadline); }

  void Cut() override { log_.Cut(); }

  Status Commit(const Checkpoint& checkpoint) override { return log_.Commit(checkpoint); }

  void Close() override { log_.Close(); }

 private:
  rowhouse::testing::FakeEventLog log_;
  Store& store_;
};

class FakeSchemas : public SchemaStore {
 public:
  Result<int32_t> Register(const std::string& subject, const std::string& schema) override {
    MutexLock lock(mu_);
    if (subject == refused_) {
      return Error(ErrorKind::kBadRecord, "refused");
    }
    const auto next = static_cast<int32_t>(ids_.size()) + 1;
    return ids_.try_emplace({subject, schema}, next).first->second;
  }

  // Refuses this subject's schemas from here on; an empty one: none.
  void Refuse(const std::string& subject) {
    MutexLock lock(mu_);
    refused_ = subject;
  }

  Result<std::string> ById(int32_t id) override {
    MutexLock lock(mu_);
    for (const auto& [registered, known] : ids_) {
      if (known == id) {
        return registered.second;
      }
    }
    return Error(ErrorKind::kNotFound, "no such schema");
  }

 private:
  Mutex mu_;
  std::map<std::pair<std::string, std::string>, int32_t> ids_ GUARDED_BY(mu_);
  std::string refused_ GUARDED_BY(mu_);
};

// Is ready for every schema; notes what it was told.
class WillingFollower : public SchemaFollower {
 public:
  void Want(const TableSchemaPtr& table, Told) override {
    MutexLock lock(mu_);
    told.push_back(table->id);
  }

  Result<std::string> Follow(const SchemaChange&, const Settle&, const std::stop_token&) override {
    return std::string();
  }

  void Hold(const std::set<TableId>& tables) override {
    MutexLock lock(mu_);
    held_.push_back(tables);
  }

  // What was told, one after the other.
  std::vector<std::set<TableId>> Held() {
    MutexLock lock(mu_);
    return held_;
  }

  std::vector<TableId> told;  // read after the run

 private:
  Mutex mu_;
  std::vector<std::set<TableId>> held_ GUARDED_BY(mu_);
};

// A pipeline on fakes, run on a thread of its own.
class Rig {
 public:
  explicit Rig(
      FakeDatabase::Options options, int readers = 2, Delivery delivery = Delivery::kAtLeastOnce
  )
      : db(options) {
    options_.loader.readers = readers;
    db.AddTable(kKeyed, true);
    db.AddTable(kKeyless, false);
    world_.open_source = [this](const SourcePosition& from, World::Wanted wanted) {
      return Result<std::unique_ptr<ChangeSource>>(db.OpenSource(from, std::move(wanted)));
    };
    world_.open_reader = [this] { return Result<std::unique_ptr<TableReader>>(db.OpenReader()); };
    world_.open_catalog = [this] {
      return Result<std::unique_ptr<SourceCatalog>>(db.OpenCatalog());
    };
    world_.open_log = [this, delivery](AckListener& listener) {
      using Opened = Result<std::unique_ptr<EventLog>>;
      return delivery == Delivery::kAtLeastOnce
                 ? Opened(std::make_unique<KeepingLog>(listener, stored))
                 : Opened(std::make_unique<rowhouse::testing::FakeEventLog>(&listener, transactions)
                   );
    };
    world_.open_leadership = [this] { return Result<std::unique_ptr<Leadership>>(grant.Open()); };
    options_.renew_interval = milliseconds(1);
    options_.delivery = delivery;
    options_.commit_interval = milliseconds(3);
    options_.first_wait = milliseconds(1);
    options_.longest_wait = milliseconds(10);
    options_.requests = &requests;
    options_.side_topics.schema_changes = {"rowhouse", 1, 1, {}};
    options_.on_ddl = [this](const ddl::DdlEvent& event) {
      MutexLock lock(told_mu_);
      statements.push_back(event.sql);
    };
    world_.schemas = &schemas;
    world_.checkpoints = &checkpoints;
    options_.wanted = [](const TableId&) { return true; };
    options_.loader.chunk_rows = 7;
    options_.checkpoint_interval = milliseconds(1);
    options_.follower = &follower;
  }

  ~Rig() { Stop(); }

  void Start() {
    thread_ = std::jthread([this](const std::stop_token& stop) {
      result = Runner(world_, options_, progress).Run(stop);
    });
  }

  void Stop() {
    if (thread_.joinable()) {
      thread_.request_stop();
      thread_.join();
    }
  }

  // What a reader of the topic has once the pipeline is stopped, in either delivery.
  std::vector<Record> Records(const std::string& topic) {
    return options_.delivery == Delivery::kExactlyOnce ? transactions.Records(topic)
                                                       : stored[topic];
  }

  // Waits until it ends by itself.
  void Join() { thread_.join(); }

  void LoadBy(DirectLoad& direct) { options_.direct = &direct; }

  void WithoutFirstLoad() { options_.first_load = false; }

  // Exactly once: commits only where something asks for one.
  void WithoutTimedCommits() {
    options_.commit_interval = seconds(3600);
    options_.checkpoint_interval = seconds(3600);
  }

  void WithTransactions() {
    options_.side_topics.transactions = {"rowhouse.transaction", 1, 1, {}};
  }

  void WithHeartbeats(milliseconds interval) {
    options_.side_topics.heartbeats = {"__debezium-heartbeat.rowhouse", 1, 1, {}};
    options_.heartbeat_interval = interval;
  }

  void LimitRecords(size_t bytes) { options_.encode.encoder.record_bytes_max = bytes; }

  // By the last saved checkpoint; kLoading before there is one.
  TableProgress::State State(const TableId& id) {
    const auto saved = checkpoints.Load();
    const bool known = saved && *saved && (*saved)->ledger.contains(id);
    return known ? (*saved)->ledger.at(id).state : TableProgress::State::kLoading;
  }

  // The ledger's entry of a table, as saved.
  TableProgress Saved(const TableId& table) {
    const auto saved = checkpoints.Load();
    if (!saved || !*saved || !(*saved)->ledger.contains(table)) {
      return {};
    }
    return (*saved)->ledger.at(table);
  }

  // Waits until the ledger's entry of the table is so.
  bool WaitFor(const TableId& table, const std::function<bool(const TableProgress&)>& so) {
    const Deadline deadline = Deadline::After(seconds(30));
    while (!deadline.Passed()) {
      if (so(Saved(table))) {
        return true;
      }
      std::this_thread::yield();
    }
    return false;
  }

  // The checkpoint has reached the end of the log, whatever is loaded.
  bool WaitForPosition(seconds limit) {
    const auto end = *db.OpenCatalog()->CurrentPosition();
    const Deadline deadline = Deadline::After(limit);
    while (!deadline.Passed()) {
      const auto saved = checkpoints.Load();
      if (saved && *saved && Compare((*saved)->position.binlog, end.binlog) >= 0) {
        return true;
      }
      std::this_thread::yield();
    }
    return false;
  }

  // The checkpoint has reached the end of the log and all tables are loaded.
  bool WaitForEnd(seconds limit) {
    const auto end = *db.OpenCatalog()->CurrentPosition();
    const Deadline deadline = Deadline::After(limit);
    while (!deadline.Passed()) {
      const auto saved = checkpoints.Load();
      if (saved && *saved && AtEnd(**saved, end)) {
        return true;
      }
      std::this_thread::yield();
    }
    return false;
  }

  FakeDatabase db;
  rowhouse::testing::FakeCheckpointStore checkpoints;
  rowhouse::testing::FakeTransactions transactions{checkpoints};
  rowhouse::testing::FakeGrant grant;
  FakeSchemas schemas;
  TableRequests requests;
  Progress progress;
  KeepingLog::Store stored;
  Status result = Ok();
  WillingFollower follower;
  std::vector<std::string> statements;  // told of; read after Stop()

 private:
  static bool AtEnd(const Checkpoint& c, const SourcePosition& end) {
    const auto done = [&](const TableId& id) {
      const auto found = c.ledger.find(id);
      return found != c.ledger.end() && found->second.state == TableProgress::State::kDone;
    };
    return done(kKeyed) && done(kKeyless) && Compare(c.position.binlog, end.binlog) >= 0;
  }

  Mutex told_mu_;
  World world_;
  RunnerOptions options_;
  std::jthread thread_;
};

// Rows of the keyed table as a consumer has them that knows versions: the highest wins.
// Marks void what is older.
inline std::vector<FakeRow> ByVersion(const std::vector<Record>& records) {
  std::map<int64_t, std::pair<std::string, std::optional<FakeRow>>> newest;
  std::string mark;
  for (const Record& record : records) {
    if (!record.value) {
      continue;
    }
    const Message m = Decode(record);
    if (m.op == "t") {
      mark = std::max(mark, m.version);
      continue;
    }
    const FakeRow& row = m.after ? *m.after : *m.before;
    auto& [version, state] = newest[row.id];
    if (m.version >= version) {
      version = m.version;
      state = m.after;
    }
  }
  std::vector<FakeRow> rows;
  for (const auto& [id, entry] : newest) {
    if (entry.second && entry.first > mark) {
      rows.push_back(*entry.second);
    }
  }
  return rows;
}

// As a consumer has them that only applies one record after another.
inline std::vector<FakeRow> ByOrder(const std::vector<Record>& records) {
  std::map<std::string, std::optional<FakeRow>> last;
  for (const Record& record : records) {
    if (record.value && Decode(record).op == "t") {
      last.clear();
      continue;
    }
    last[*record.key] = record.value ? Decode(record).after : std::nullopt;
  }
  std::vector<FakeRow> rows;
  for (const auto& [key, row] : last) {
    if (row) {
      rows.push_back(*row);
    }
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

// Rows of the keyless table: the sum of signs above the last mark, each version once.
inline std::vector<FakeRow> BySigns(const std::vector<Record>& records) {
  std::map<std::string, Message> once;
  std::string mark;
  for (const Record& record : records) {
    Message m = Decode(record);
    if (m.op == "t") {
      mark = std::max(mark, m.version);
    } else {
      once[m.version] = std::move(m);
    }
  }
  std::map<FakeRow, int> count;
  for (const auto& [version, m] : once) {
    if (version > mark) {
      count[m.before.value_or(FakeRow{-1, ""})] -= m.before ? 1 : 0;
      count[m.after.value_or(FakeRow{-1, ""})] += m.after ? 1 : 0;
    }
  }
  std::vector<FakeRow> rows;
  for (const auto& [row, n] : count) {
    EXPECT_GE(n, 0);
    rows.insert(rows.end(), static_cast<size_t>(std::max(n, 0)), row);
  }
  return rows;
}

// Random transactions on both tables.
class Storm {
 public:
  Storm(FakeDatabase& db, unsigned seed) : db_(db), random_(seed) {}

  void Transaction() {
    std::vector<FakeWrite> writes;
    // What this transaction did to a table is not in Rows() before it commits.
    std::map<TableId, std::vector<FakeRow>> rows{
        {kKeyed, db_.Rows(kKeyed)}, {kKeyless, db_.Rows(kKeyless)}};
    const int n = 1 + Pick(5);
    for (int i = 0; i < n; ++i) {
      const TableId table = Pick(3) == 0 ? kKeyless : kKeyed;
      writes.push_back(Write(table, rows[table]));
    }
    for (const FakeWrite& write : writes) {
      const bool keyed = write.table == kKeyed;
      const bool moves = write.op == Op::kUpdate && write.before.id != write.after.id;
      records += keyed && moves ? 3 : (keyed && write.op == Op::kDelete ? 2 : 1);
    }
    db_.Commit(writes);
  }

  size_t records = 0;  // that its transactions make of the stream

 private:
  int Pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  FakeWrite Write(const TableId& table, std::vector<FakeRow>& rows) {
    const int dice = Pick(10);
    if (rows.empty() || dice < 4) {
      FakeRow row{++next_id_, Note()};
      rows.push_back(row);
      return {Op::kCreate, table, {}, row};
    }
    const auto at = static_cast<size_t>(Pick(static_cast<int>(rows.size())));
    const FakeRow before = rows[at];
    if (dice < 6) {
      rows.erase(rows.begin() + static_cast<ptrdiff_t>(at));
      return {Op::kDelete, table, before, {}};
    }
    FakeRow after = before;
    after.note = Note();
    if (dice == 9) {
      after.id = ++next_id_;  // the key moves
    }
    rows[at] = after;
    return {Op::kUpdate, table, before, after};
  }

  std::string Note() { return "note " + std::to_string(Pick(1000)); }

  FakeDatabase& db_;
  std::mt19937 random_;
  int64_t next_id_ = 0;
};

// Rows of before, then five lives under writes whose link breaks later each time, and one that
// comes to the end.
inline void LiveThroughLostLinks(Rig& rig, Storm& storm) {
  for (int i = 0; i < 60; ++i) {
    storm.Transaction();
  }
  for (int life = 0; life < 5; ++life) {
    rig.db.BreakSourceAfter(5 + 10 * life);
    rig.Start();
    for (int i = 0; i < 50; ++i) {
      storm.Transaction();
      std::this_thread::yield();
    }
    rig.Stop();
  }
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.Stop();
  EXPECT_TRUE(rig.result);
}

inline void ExpectEqual(Rig& rig) {
  const std::string keyed = DataTopic({"rowhouse"}, kKeyed);
  const std::string keyless = DataTopic({"rowhouse"}, kKeyless);
  EXPECT_EQ(ByVersion(rig.stored[keyed]), rig.db.Rows(kKeyed));
  EXPECT_EQ(ByOrder(rig.stored[keyed]), rig.db.Rows(kKeyed));
  EXPECT_EQ(BySigns(rig.stored[keyless]), rig.db.Rows(kKeyless));
}

// How a test of it runs.
struct Case {
  bool fuzzy;
  unsigned seed;
  int readers = 3;
};

}  // namespace rowhouse::capture
