#include "model/checkpoint.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace rowhouse {

namespace {

constexpr int kFormatVersion = 2;
constexpr std::string_view kStateNames[] = {"loading", "done", "parked", "gone"};

Result<TableProgress::State> StateOf(const std::string& name) {
  for (size_t i = 0; i < std::size(kStateNames); ++i) {
    if (kStateNames[i] == name) {
      return static_cast<TableProgress::State>(i);
    }
  }
  return Error(ErrorKind::kBadRecord, fmt::format("checkpoint: unknown table state '{}'", name));
}

// The fields that only a load with several readers, or a repeated one, has.
void AddLoad(const TableProgress& p, nlohmann::json& t) {
  for (const KeyRange& range : p.open) {
    t["open"].push_back({range.after, range.upto});
  }
  if (p.tail_taken) {
    t["tail_taken"] = true;
  }
  if (p.reload) {
    t["reload"] = true;
    t["reloads"] = p.reloads;
  }
  if (p.left_out) {
    const LeftOut& left = *p.left_out;
    t["left_out"] = {
        {"from", {left.from.file, left.from.pos}},
        {"to", {left.to.file, left.to.pos}},
        {"why", left.why}};
  }
  if (!p.since.empty()) {
    t["since"] = {
        {"epoch", p.since.epoch}, {"file", p.since.binlog.file}, {"pos", p.since.binlog.pos}};
  }
}

BinlogPosition PlaceOf(const nlohmann::json& pair) {
  return {pair.at(0).get<std::string>(), pair.at(1).get<uint64_t>()};
}

void ParseLoad(const nlohmann::json& t, TableProgress& p) {
  for (const auto& range : t.value("open", nlohmann::json::array())) {
    p.open.push_back({range.at(0).get<std::string>(), range.at(1).get<std::string>()});
  }
  p.tail_taken = t.value("tail_taken", false);
  p.reload = t.value("reload", false);
  p.reloads = t.value("reloads", uint32_t{0});
  if (const auto left = t.find("left_out"); left != t.end()) {
    p.left_out = LeftOut{
        PlaceOf(left->at("from")), PlaceOf(left->at("to")), left->at("why").get<std::string>()};
  }
  if (const auto since = t.find("since"); since != t.end()) {
    p.since.epoch = since->at("epoch").get<uint16_t>();
    p.since.binlog.file = since->at("file").get<std::string>();
    p.since.binlog.pos = since->at("pos").get<uint64_t>();
  }
}

// What nearly every entry is after a while, and so is written short: a checkpoint of ten
// thousand tables is saved every second.
TableProgress Loaded(uint64_t rows) {
  return {TableProgress::State::kDone, "", rows, ""};
}

constexpr std::string_view kEditNames[] = {"add", "drop", "rename"};

nlohmann::json SchemaJson(const TableId& id, const FollowedSchema& followed) {
  nlohmann::json j = {{"db", id.db}, {"table", id.table}, {"fingerprint", followed.fingerprint}};
  for (const TableAltered& statement : followed.statements) {
    nlohmann::json edits = nlohmann::json::array();
    for (const ColumnEdit& e : statement.edits) {
      edits.push_back({kEditNames[static_cast<size_t>(e.kind)], e.column, e.to});
    }
    j["statements"].push_back(
        {{"at", statement.at.ToHex()}, {"edits", std::move(edits)}, {"sql", statement.sql}}
    );
  }
  return j;
}

Result<FollowedSchema> ParseSchema(const nlohmann::json& j) {
  FollowedSchema followed;
  followed.fingerprint = j.at("fingerprint").get<std::string>();
  for (const auto& s : j.value("statements", nlohmann::json::array())) {
    TableAltered& statement = followed.statements.emplace_back();
    statement.at = ROWHOUSE_TRY(RowVersion::FromHex(s.at("at").get<std::string>()));
    statement.sql = s.value("sql", "");
    for (const auto& e : s.at("edits")) {
      const auto name = e.at(0).get<std::string>();
      const auto* const at = std::find(std::begin(kEditNames), std::end(kEditNames), name);
      if (at == std::end(kEditNames)) {
        return Error(ErrorKind::kBadRecord, fmt::format("checkpoint: unknown edit '{}'", name));
      }
      statement.edits.push_back(
          {static_cast<ColumnEdit::Kind>(at - std::begin(kEditNames)),
           e.at(1).get<std::string>(),
           e.at(2).get<std::string>()}
      );
    }
  }
  return followed;
}

Result<Checkpoint> Parse(const nlohmann::json& j) {
  const int version = j.at("version").get<int>();
  if (version > kFormatVersion) {
    return Error(
               ErrorKind::kConfig,
               fmt::format(
                   "the checkpoint has format {}, this rowhouse reads up to {}",
                   version,
                   kFormatVersion
               )
    )
        .WithHint("run the rowhouse version that wrote it, or a newer one");
  }
  Checkpoint c;
  c.position.epoch = j.at("epoch").get<uint16_t>();
  c.position.server_uuid = j.at("server_uuid").get<std::string>();
  c.position.binlog.file = j.at("file").get<std::string>();
  c.position.binlog.pos = j.at("pos").get<uint64_t>();
  c.position.gtid_set = j.at("gtid").get<std::string>();
  if (const auto reread = j.find("reread_from"); reread != j.end()) {
    c.position.reread_from.binlog.file = reread->at("file").get<std::string>();
    c.position.reread_from.binlog.pos = reread->at("pos").get<uint64_t>();
    c.position.reread_from.gtid_set = reread->at("gtid").get<std::string>();
  }
  const nlohmann::json done = j.value("done", nlohmann::json::object());
  for (const auto& [db, tables] : done.items()) {
    for (const auto& [table, rows] : tables.items()) {
      TableProgress& p = c.ledger[{db, table}];
      p.state = TableProgress::State::kDone;
      p.rows = rows.get<uint64_t>();
    }
  }
  for (const auto& t : j.at("snapshot")) {
    TableProgress p;
    p.state = ROWHOUSE_TRY(StateOf(t.at("state").get<std::string>()));
    p.loaded_to = t.at("loaded_to").get<std::string>();
    p.rows = t.at("rows").get<uint64_t>();
    p.reason = t.value("reason", "");
    ParseLoad(t, p);
    c.ledger[{t.at("db").get<std::string>(), t.at("table").get<std::string>()}] = std::move(p);
  }
  for (const auto& s : j.value("schemas", nlohmann::json::array())) {
    c.schemas[{s.at("db").get<std::string>(), s.at("table").get<std::string>()}] =
        ROWHOUSE_TRY(ParseSchema(s));
  }
  for (const auto& p : j.value("paused", nlohmann::json::array())) {
    c.paused[{p.at("db").get<std::string>(), p.at("table").get<std::string>()}] = {
        p.value("by", ""), p.value("reason", ""), p.value("since_us", int64_t{0})};
  }
  return c;
}

}  // namespace

std::string LeftOut::ToString() const {
  return fmt::format(
      "changes from {} {} left out: {}",
      from.ToString(),
      to.empty() ? "on are" : "to " + to.ToString() + " were",
      why
  );
}

void Checkpoint::Park(const TableId& table, std::string reason) {
  TableProgress& entry = ledger[table];
  if (entry.state == TableProgress::State::kDone) {
    // What was left out before and has not been mended since is part of the same stretch.
    const BinlogPosition from = entry.left_out ? entry.left_out->from : position.binlog;
    entry.left_out = LeftOut{from, {}, reason};
  }
  entry.state = TableProgress::State::kParked;
  entry.reason = std::move(reason);
}

TableProgress TableProgress::FromTheStart(uint32_t reloads) {
  TableProgress progress;
  progress.reload = true;
  progress.reloads = reloads;
  return progress;
}

Status MaySkip(const TableId& table, bool parked, bool has_left_out) {
  const std::string name = table.ToString();
  if (!parked) {
    return Error(
               ErrorKind::kConfig, fmt::format("{} is not parked: there is nothing to skip", name)
    )
        .WithHint("rowhouse status tells which tables are");
  }
  if (!has_left_out) {
    return Error(
               ErrorKind::kConfig, fmt::format("{} was parked before all its rows were there", name)
    )
        .WithHint(fmt::format("rowhouse resync {}", name));
  }
  return Ok();
}

Status Checkpoint::Skip(const TableId& table) {
  const auto known = ledger.find(table);
  const bool parked = known != ledger.end() && known->second.state == TableProgress::State::kParked;
  ROWHOUSE_TRY(MaySkip(table, parked, parked && known->second.left_out.has_value()));
  TableProgress& entry = known->second;
  entry.state = TableProgress::State::kDone;
  entry.reason.clear();
  entry.left_out->to = position.binlog;
  return Ok();
}

bool Checkpoint::NoteWhole(const TableId& table, const BinlogPosition& to) {
  const auto known = ledger.find(table);
  const bool whole = known != ledger.end() && known->second.left_out &&
                     known->second.state == TableProgress::State::kDone &&
                     known->second.left_out->to == to;
  if (whole) {
    known->second.left_out.reset();
  }
  return whole;
}

void Checkpoint::StartOver() {
  const auto epoch = static_cast<uint16_t>(position.epoch + 1);
  position = {};
  position.epoch = epoch;
  for (auto& [table, progress] : ledger) {
    if (progress.state != TableProgress::State::kGone) {
      progress = TableProgress::FromTheStart(progress.reloads + 1);
    }
  }
}

std::string Checkpoint::ToJson() const {
  nlohmann::json tables = nlohmann::json::array();
  nlohmann::json done = nlohmann::json::object();
  for (const auto& [id, p] : ledger) {
    if (p == Loaded(p.rows)) {
      done[id.db][id.table] = p.rows;
      continue;
    }
    nlohmann::json t = {
        {"db", id.db},
        {"table", id.table},
        {"state", kStateNames[static_cast<size_t>(p.state)]},
        {"loaded_to", p.loaded_to},
        {"rows", p.rows}};
    if (!p.reason.empty()) {
      t["reason"] = p.reason;
    }
    AddLoad(p, t);
    tables.push_back(std::move(t));
  }
  nlohmann::json followed = nlohmann::json::array();
  for (const auto& [id, schema] : schemas) {
    followed.push_back(SchemaJson(id, schema));
  }
  nlohmann::json j = {
      {"version", kFormatVersion},
      {"epoch", position.epoch},
      {"server_uuid", position.server_uuid},
      {"file", position.binlog.file},
      {"pos", position.binlog.pos},
      {"gtid", position.gtid_set},
      {"done", std::move(done)},
      {"snapshot", std::move(tables)},
      {"schemas", std::move(followed)}};
  if (const RereadPoint& reread = position.reread_from; !reread.empty()) {
    j["reread_from"] = {
        {"file", reread.binlog.file}, {"pos", reread.binlog.pos}, {"gtid", reread.gtid_set}};
  }
  for (const auto& [id, pause] : paused) {
    j["paused"].push_back(
        {{"db", id.db},
         {"table", id.table},
         {"by", pause.by},
         {"reason", pause.reason},
         {"since_us", pause.since_us}}
    );
  }
  // Names and reasons come from servers: bytes that are no UTF-8 must not throw.
  return j.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<Checkpoint> Checkpoint::FromJson(std::string_view json) {
  try {
    return Parse(nlohmann::json::parse(json));
  } catch (const nlohmann::json::exception& e) {
    return Error(ErrorKind::kBadRecord, fmt::format("checkpoint is unreadable: {}", e.what()));
  }
}

}  // namespace rowhouse
