#include "trace/trace.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/topic.h"
#include "trace/history.h"
#include "trace/rows_now.h"
#include "trace/topic_tail.h"
#include "types/avro_name.h"

namespace rowhouse::trace {

namespace {

// One question on its way through the servers.
class Follower {
 public:
  Follower(const World& world, Deadline deadline) : world_(world), deadline_(deadline) {
    auto client = clickhouse::Client::Open(world.target);
    if (client) {
      client_ = *std::move(client);
    } else {
      Note("ClickHouse can't be asked", client.error());
    }
  }

  Result<Trace> Row(const TableId& table, const std::vector<std::string>& key);
  Result<Trace> Gtid(const std::string& gtid);
  Result<Trace> At(const Place& place);

 private:
  // The table's history; none where there is none or ClickHouse is away, which is noted.
  Result<std::optional<HistoryTable>> History(const TableId& table);

  Status AddHistory(const TableId& table, const std::vector<std::string>& key);
  Status AddWaiting(const TableId& table, const std::string& filter);
  Status AddGtid(const TableId& table, const std::string& gtid);
  std::vector<std::string> AvroKey(const TableId& table);
  const Result<PlannedTable>& Planned(const TableId& table);
  void AddRowsNow(const TableId& table, const std::vector<std::string>& key);
  Trace Finish();

  void Note(const std::string& what, const Error& error) {
    Note(fmt::format("{}: {}", what, error.ToString()));
  }

  void Note(const std::string& text) {
    const bool told = trace_.note.find(text) != std::string::npos;
    if (!text.empty() && !told) {
      trace_.note += (trace_.note.empty() ? "" : "\n") + text;
    }
  }

  const World& world_;
  const Deadline deadline_;
  std::unique_ptr<clickhouse::Client> client_;
  bool clickhouse_answers_ = false;
  bool set_up_ = false;
  std::vector<std::string> key_names_;  // in ClickHouse
  std::map<TableId, Result<PlannedTable>> planned_;
  std::optional<Error> trouble_;  // why nothing may have been found
  Trace trace_;
};

const Result<PlannedTable>& Follower::Planned(const TableId& table) {
  const auto found = planned_.find(table);
  return found != planned_.end() ? found->second
                                 : planned_.emplace(table, world_.plan(table)).first->second;
}

Result<std::optional<HistoryTable>> Follower::History(const TableId& table) {
  if (client_ == nullptr) {
    return std::optional<HistoryTable>();
  }
  auto history = HistoryTable::Open(*client_, world_.names, table);
  if (!history && history.error().kind() == ErrorKind::kUnavailable) {
    Note("ClickHouse is away, so changes that it has taken are missing", history.error());
    trouble_ = history.error();
    client_ = nullptr;
    return std::optional<HistoryTable>();
  }
  clickhouse_answers_ = history.has_value();
  return history;
}

Status Follower::AddHistory(const TableId& table, const std::vector<std::string>& key) {
  auto history = ROWHOUSE_TRY(History(table));
  if (!history) {
    return Ok();
  }
  set_up_ = true;
  key_names_ = history->key();
  const std::string where = ROWHOUSE_TRY(history->WhereKey(key, deadline_));
  trace_.changes = ROWHOUSE_TRY(history->Find(where, deadline_));
  return Ok();
}

// As the key's schema names its fields.
std::vector<std::string> Follower::AvroKey(const TableId& table) {
  std::vector<std::string> names;
  const Result<PlannedTable>& planned = Planned(table);
  if (planned) {
    for (const uint32_t index : planned->schema.primary_key) {
      names.push_back(planned->schema.columns[index].name);
    }
  } else {
    names = key_names_;
  }
  for (std::string& name : names) {
    name = types::AvroFieldName(name, world_.names.types.format.field_names);
  }
  return names;
}

Status Follower::AddWaiting(const TableId& table, const std::string& filter) {
  const auto tail = ROWHOUSE_TRY(TopicTail::Open(
      world_,
      DataTopic(world_.names.topics, table),
      clickhouse::GroupName(world_.names, table),
      deadline_
  ));
  const Deadline search = Deadline::After(std::min<milliseconds>(deadline_.Left(), kSearch));
  Found found = ROWHOUSE_TRY(
      clickhouse_answers_ ? tail->FindWaiting(filter, search) : tail->FindNewest(filter, search)
  );
  Note(found.note);
  std::ranges::move(found.changes, std::back_inserter(trace_.changes));
  return Ok();
}

void Follower::AddRowsNow(const TableId& table, const std::vector<std::string>& key) {
  const Result<PlannedTable>& planned = Planned(table);
  if (!planned) {
    Note("the row in the database can't be read", planned.error());
    return;
  }
  auto now = ReadRowsNow(world_, *planned, key);
  if (!now) {
    Note("the rows of both sides can't be compared", now.error());
    return;
  }
  trace_.source_row = std::move(now->source);
  trace_.target_row = std::move(now->target);
  trace_.equal = now->equal;
  Note(now->trouble);
}

Trace Follower::Finish() {
  std::vector<Change>& changes = trace_.changes;
  const auto newer = [](const Change& a, const Change& b) {
    return std::tie(a.version, a.partition, a.offset) > std::tie(b.version, b.partition, b.offset);
  };
  std::ranges::stable_sort(changes, newer);
  // What ClickHouse took between two questions is there twice; the first one knows more.
  std::set<std::tuple<std::string, int32_t, int64_t>> seen;
  std::erase_if(changes, [&seen](const Change& change) {
    return !seen.emplace(change.topic, change.partition, change.offset).second;
  });
  if (changes.size() > Request::kChangesMax) {
    changes.resize(Request::kChangesMax);
  }
  if (trace_.equal == false && !changes.empty() && changes.front().way.visible) {
    Note(
        "The two sides differ though the newest change that is in Kafka is seen in ClickHouse: "
        "either the row has changed since and that is on its way (trace it again), or something "
        "else wrote to one side (rowhouse verify --repair)."
    );
  }
  Note(AboutClocks(changes));
  return std::move(trace_);
}

Result<Trace> Follower::Row(const TableId& table, const std::vector<std::string>& key) {
  trace_.table = table.ToString();
  ROWHOUSE_TRY(AddHistory(table, key));
  const std::vector<std::string> names = AvroKey(table);
  if (!set_up_ && !Planned(table)) {
    return Planned(table).error();  // not in ClickHouse, and the source does not have it or is away
  }
  if (names.size() != key.size() || names.empty()) {
    return Error(
               ErrorKind::kBadRecord,
               fmt::format(
                   "the key of {} is ({}), and {} values are given",
                   trace_.table,
                   fmt::join(names, ", "),
                   key.size()
               )
    )
        .WithCode("E-TRACE-002")
        .WithHint(
            names.empty() ? "a table without key: name a change by a GTID or a record's place"
                          : "give one value a column, in the key's order"
        );
  }
  for (size_t i = 0; i < key.size(); ++i) {
    trace_.pk += fmt::format("{}{}={}", i == 0 ? "" : ", ", names[i], key[i]);
  }
  const LookAt look =
      world_.names.types.format.keys.empty() ? LookAt::kKey : LookAt::kRow;  // keys of one's own
  if (const Status waiting = AddWaiting(table, KeyFilter(names, key, look)); !waiting) {
    Note("changes that wait in Kafka can't be looked for", waiting.error());
  }
  AddRowsNow(table, key);
  return Finish();
}

Status Follower::AddGtid(const TableId& table, const std::string& gtid) {
  auto history = ROWHOUSE_TRY(History(table));
  if (history) {
    const std::string where = "source_gtid = " + clickhouse::QuoteText(gtid);
    auto found = ROWHOUSE_TRY(history->Find(where, deadline_));
    std::ranges::move(found, std::back_inserter(trace_.changes));
  }
  return Ok();
}

Result<Trace> Follower::Gtid(const std::string& gtid) {
  const std::vector<TableId> tables = ROWHOUSE_TRY(world_.tables());
  size_t looked = 0;
  for (const TableId& table : tables) {
    if (deadline_.Passed() || trace_.changes.size() >= Request::kChangesMax) {
      break;
    }
    ROWHOUSE_TRY(AddGtid(table, gtid));
    ++looked;
  }
  if (trace_.changes.empty()) {
    for (size_t i = 0; i < tables.size() && !deadline_.Passed(); ++i) {
      const Status waiting = AddWaiting(tables[i], GtidFilter(gtid));
      if (!waiting && waiting.error().kind() != ErrorKind::kNotFound) {
        Note("changes that wait in Kafka can't be looked for", waiting.error());
        break;
      }
    }
  }
  if (looked < tables.size()) {
    Note(fmt::format("only {} of {} tables were searched", looked, tables.size()));
  }
  if (trace_.changes.empty()) {
    Note(fmt::format(
        "No change of a captured table with GTID {} is in ClickHouse or waits in Kafka: it changed "
        "no such table, was not read yet, or is older than both keep.",
        gtid
    ));
  }
  std::set<std::pair<std::string, std::string>> rows;
  for (const Change& change : trace_.changes) {
    rows.emplace(change.table, KeyText(change));
  }
  if (rows.size() == 1) {
    std::tie(trace_.table, trace_.pk) = *rows.begin();
  }
  return Finish();
}

Result<Trace> Follower::At(const Place& place) {
  const std::vector<TableId> tables = ROWHOUSE_TRY(world_.tables());
  const auto table = std::ranges::find_if(tables, [&](const TableId& id) {
    return DataTopic(world_.names.topics, id) == place.topic;
  });
  if (table == tables.end()) {
    return Error(
               ErrorKind::kNotFound, fmt::format("{} is no topic of a captured table", place.topic)
    )
        .WithHint("rowhouse topics lists topics; a table's is <prefix>.<database>.<table>");
  }
  auto history = ROWHOUSE_TRY(History(*table));
  if (history) {
    trace_.changes = ROWHOUSE_TRY(history->Find(
        fmt::format(
            "topic = {} AND partition = {} AND offset = {}",
            clickhouse::QuoteText(place.topic),
            place.partition,
            place.offset
        ),
        deadline_
    ));
  }
  if (trace_.changes.empty()) {
    const auto tail = ROWHOUSE_TRY(
        TopicTail::Open(world_, place.topic, clickhouse::GroupName(world_.names, *table), deadline_)
    );
    trace_.changes.push_back(ROWHOUSE_TRY(tail->At(place.partition, place.offset, deadline_)));
  }
  const Change& change = trace_.changes.front();
  trace_.table = change.table;
  trace_.pk = KeyText(change);
  if (!change.key.empty()) {
    std::vector<std::string> key;
    for (const auto& [column, value] : change.key) {
      key.push_back(value);
    }
    AddRowsNow(*table, key);
  }
  return Finish();
}

}  // namespace

Result<Place> Place::Parse(const std::string& text) {
  const size_t second = text.rfind('/');
  const size_t first =
      second == std::string::npos || second == 0 ? second : text.rfind('/', second - 1);
  Place place;
  bool whole = first != std::string::npos && first > 0 && first != second;
  const auto number = [&](std::string_view digits, auto& n) {
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), n);
    whole = whole && read.ec == std::errc() && read.ptr == digits.data() + digits.size() && n >= 0;
  };
  if (whole) {
    place.topic = text.substr(0, first);
    number(std::string_view(text).substr(first + 1, second - first - 1), place.partition);
    number(std::string_view(text).substr(second + 1), place.offset);
  }
  if (!whole) {
    return Error(
               ErrorKind::kBadRecord,
               fmt::format("'{}' is no place of a record: topic/partition/offset", text)
    )
        .WithCode("E-TRACE-001")
        .WithHint("for example shop.shop.orders/1/160388");
  }
  return place;
}

Result<size_t> KeyColumns(const World& world, const TableId& table) {
  const auto client = clickhouse::Client::Open(world.target);
  const auto history = client ? HistoryTable::Open(**client, world.names, table)
                              : Result<std::optional<HistoryTable>>(client.error());
  if (history && *history) {
    return (*history)->key().size();
  }
  const PlannedTable planned = ROWHOUSE_TRY(world.plan(table));
  return planned.schema.primary_key.size();
}

Result<Trace> Follow(const World& world, const Request& request, Deadline deadline) {
  Follower follower(world, deadline);
  if (request.at) {
    return follower.At(*request.at);
  }
  if (!request.gtid.empty()) {
    return follower.Gtid(request.gtid);
  }
  if (request.table.table.empty() || request.key.empty()) {
    return Error(ErrorKind::kBadRecord, "no row is named")
        .WithCode("E-TRACE-001")
        .WithHint("name a table and a key, a GTID, or topic/partition/offset");
  }
  return follower.Row(request.table, request.key);
}

}  // namespace rowhouse::trace
