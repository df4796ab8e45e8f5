#include "capture/ddl_follower.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/log.h"
#include "ddl/diff.h"

namespace rowhouse::capture {

namespace {

using Effect = ddl::TableEffect::Kind;

constexpr seconds kRecent{5};
constexpr milliseconds kShownWithin{1'000};
constexpr milliseconds kLookAgain{20};

TableProgress Entry(TableProgress::State state) {
  TableProgress progress;
  progress.state = state;
  return progress;
}

void Append(Followed more, Followed& to) {
  const auto move = [](auto& from, auto& into) {
    std::move(from.begin(), from.end(), std::back_inserter(into));
  };
  move(more.ledger, to.ledger);
  move(more.forget, to.forget);
  move(more.reload, to.reload);
  move(more.started, to.started);
  move(more.altered, to.altered);
  move(more.records, to.records);
  to.look = to.look || more.look;
}

std::string_view ChangeType(Effect kind) {
  switch (kind) {
    case Effect::kCreate:
      return "CREATE";
    case Effect::kDrop:
      return "DROP";
    default:
      return "ALTER";
  }
}

}  // namespace

DdlFollower::DdlFollower(Options options, OpenCatalog open_catalog, Progress& progress)
    : options_(std::move(options)),
      open_catalog_(std::move(open_catalog)),
      progress_(progress),
      rules_(options_.wanted, options_.mariadb) {}

void DdlFollower::Know(const TableSchemaPtr& table) {
  rules_.Know(table->id, true);
  dictionary_[table->id] = table;
}

Result<Followed> DdlFollower::Follow(ChangeBatch& batch) {
  for (const TableSchemaPtr& table : batch.tables) {
    TableSchemaPtr& seen = seen_[table->id];
    if (seen != table) {
      seen = table;
    }
  }
  Followed followed;
  size_t inserted = 0;
  for (const SourceNotice& notice : batch.notices) {
    if (notice.kind == SourceNotice::Kind::kDdl) {
      DdlOrders orders = rules_.Read(notice, batch.resume.epoch);
      Append(ROWHOUSE_TRY(Carry(std::move(orders), notice, inserted, batch)), followed);
    }
  }
  return followed;
}

Result<Followed> DdlFollower::Carry(
    DdlOrders orders, const SourceNotice& notice, size_t& inserted, ChangeBatch& batch
) {
  Followed followed;
  followed.look = orders.look;
  if (orders.look) {
    catalog_ = nullptr;  // rights that were given hold for new connections only
  }
  // By index: what is altered adds to what is loaded again, never to itself.
  for (size_t i = 0; i < orders.altered.size(); ++i) {
    const ddl::TableEffect effect = orders.altered[i];
    if (TableSchemaPtr schema = ROWHOUSE_TRY(Altered(effect, notice, orders))) {
      followed.altered.push_back(std::move(schema));
    }
  }
  for (const TableId& table : orders.emptied) {
    const size_t at = std::min(notice.before_change + inserted, batch.changes.size());
    const size_t before = batch.changes.size();
    ROWHOUSE_TRY(InsertTruncate(table, notice, at, batch));
    inserted += batch.changes.size() - before;
  }
  for (const TableId& table : orders.gone) {
    followed.ledger.emplace_back(table, Entry(TableProgress::State::kGone));
    followed.forget.push_back(table);
    dictionary_.erase(table);
  }
  for (const TableId& table : orders.started) {
    followed.ledger.emplace_back(table, Entry(TableProgress::State::kDone));
    followed.forget.push_back(table);
    if (TableSchemaPtr schema = ROWHOUSE_TRY(RefreshNew(table, notice.ts_us))) {
      followed.started.push_back(std::move(schema));
    }
  }
  for (const auto& [table, why] : orders.reload) {
    TableSchemaPtr schema = ROWHOUSE_TRY(Refresh(table));
    if (schema == nullptr) {
      continue;  // dropped since; the stream will say so
    }
    if (options_.reload) {
      followed.reload.emplace_back(std::move(schema), why);
    } else {
      LogWarn(
          "a table has to be loaded again: rowhouse resync",
          {{"table", table.ToString()}, {"why", why}, {"at", notice.at.ToString()}}
      );
    }
  }
  if (orders.event) {
    orders.event->outcome = Outcome(orders);
    Tell(orders);
    if (options_.records) {
      followed.records.push_back(RecordOf(*orders.event));
    }
  }
  return followed;
}

// The table as it is now; null where there is none.
Result<TableSchemaPtr> DdlFollower::Altered(
    const ddl::TableEffect& effect, const SourceNotice& notice, DdlOrders& orders
) {
  const auto known = dictionary_.find(effect.table);
  const TableSchemaPtr before =
      caught_up_ && known != dictionary_.end() ? known->second : TableSchemaPtr();
  TableSchemaPtr after = ROWHOUSE_TRY(Refresh(effect.table));
  if (after == nullptr) {
    return TableSchemaPtr();
  }
  ddl::AlterContext context;
  context.before = before.get();
  context.strict = ddl::AlterContext::IsStrict(notice.sql_mode);
  std::string why = ddl::WhyValuesChange(*after, effect, context);
  if (why.empty() && progress_.Loading(effect.table)) {
    why = "it was being loaded as it was before";
  }
  if (!why.empty()) {
    orders.reload.emplace_back(effect.table, std::move(why));
  }
  return after;
}

Status DdlFollower::InsertTruncate(
    const TableId& table, const SourceNotice& notice, size_t at, ChangeBatch& batch
) {
  TableSchemaPtr schema;
  if (const auto seen = seen_.find(table); seen != seen_.end()) {
    schema = seen->second;
  } else if (const auto known = dictionary_.find(table); known != dictionary_.end()) {
    schema = known->second;
  } else {
    schema = ROWHOUSE_TRY(Refresh(table));
  }
  if (schema == nullptr) {
    LogWarn(
        "a table was emptied that is no longer there; its rows stay until it is made again",
        {{"table", table.ToString()}, {"at", notice.at.ToString()}}
    );
    return Ok();
  }
  EventOrigin& origin = batch.origins.emplace_back();
  origin.ts_us = notice.ts_us;
  origin.server_id = notice.server_id;
  origin.epoch = batch.resume.epoch;
  origin.file = batch.arena.Copy(notice.at.file);
  const auto number = BinlogFileNumber(notice.at.file);
  origin.file_number = number ? *number : 0;
  origin.pos = notice.at.pos;
  origin.gtid = batch.arena.Copy(notice.gtid);
  Change change;
  change.op = Op::kTruncate;
  change.table = schema.get();
  change.origin = &origin;
  batch.changes.insert(batch.changes.begin() + static_cast<ptrdiff_t>(at), change);
  batch.tables.push_back(std::move(schema));
  return Ok();
}

// MySQL writes a CREATE TABLE to its log before it commits it to the data dictionary, so who reads
// the log without delay may come too early. Of a statement of before, none there means that it was
// dropped since.
Result<TableSchemaPtr> DdlFollower::RefreshNew(const TableId& table, int64_t told_us) {
  const bool recent = Clock::Real().WallMicros() - told_us < microseconds(kRecent).count();
  const Deadline shown = Deadline::After(recent ? kShownWithin : milliseconds(0));
  for (;;) {
    TableSchemaPtr schema = ROWHOUSE_TRY(Refresh(table));
    if (schema != nullptr || shown.Passed()) {
      return schema;
    }
    std::this_thread::sleep_for(kLookAgain);
  }
}

Result<TableSchemaPtr> DdlFollower::Refresh(const TableId& table) {
  if (catalog_ == nullptr) {
    catalog_ = ROWHOUSE_TRY(open_catalog_());
  }
  auto now = catalog_->Table(table);
  if (!now && now.error().kind() == ErrorKind::kNotFound) {
    return TableSchemaPtr();
  }
  if (!now) {
    return std::move(now).error();
  }
  auto schema = std::make_shared<const TableSchema>(*std::move(now));
  dictionary_[table] = schema;
  return TableSchemaPtr(std::move(schema));
}

void DdlFollower::Tell(const DdlOrders& orders) {
  const ddl::DdlEvent& event = *orders.event;
  LogInfo(
      "schema change",
      {{"at", event.at.binlog.ToString()},
       {"gtid", event.gtid},
       {"db", event.db},
       {"sql", event.sql},
       {"outcome", event.outcome}}
  );
  progress_.NoteStatement(event);
  for (const ddl::TableEffect& effect : orders.altered) {
    if (options_.on_altered) {
      options_.on_altered(effect, event);
    }
  }
  if (options_.on_ddl) {
    options_.on_ddl(event);
  }
}

types::SchemaChange DdlFollower::RecordOf(const ddl::DdlEvent& event) const {
  types::SchemaChange record;
  record.at = event.at;
  record.gtid = event.gtid;
  record.ts_us = event.ts_us;
  record.now_us = Clock::Real().WallMicros();
  record.server_id = event.server_id;
  record.ddl = event.sql;
  record.database = event.effects.front().table.db;
  for (const ddl::TableEffect& effect : event.effects) {
    if (effect.kind == Effect::kTruncate || effect.kind == Effect::kRowsMoved ||
        effect.kind == Effect::kDropDatabase) {
      continue;  // no table has another shape
    }
    types::TableChange& change = record.changes.emplace_back();
    change.type = ChangeType(effect.kind);
    change.tables.push_back(effect.table);
    if (effect.kind == Effect::kRename) {
      change.tables.push_back(effect.other);
    }
    const auto known = dictionary_.find(change.tables.back());
    change.table = known == dictionary_.end() ? nullptr : known->second;
  }
  return record;
}

}  // namespace rowhouse::capture
