#include "console/pipeline_view.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "ddl/hint.h"

namespace rowhouse::console {

namespace {

using inspect::PartSight;
using inspect::Sight;
using inspect::TableSight;

constexpr size_t kLanesMost = 12;
constexpr size_t kTroublesShown = 50;
constexpr int64_t kCountEveryUs = 900'000;  // between two looks at counters

// The names of the API and those of the history.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kSeries = {{
    {"events_per_s", "records_per_s"},
    {"records_per_s", "acknowledged_per_s"},
    {"rows_per_s", "rows_per_s"},
    {"bytes_per_s", "bytes_per_s"},
    {"lag_s", "lag_s"},
    {"freshness_s", "freshness_s"},
    {"rss_bytes", "rss_bytes"},
    {"cpu", "cpu"},
}};

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

template <typename T>
Json TextOrNull(const std::optional<T>& number) {
  return number ? Json(std::to_string(*number)) : Json(nullptr);
}

Json Rounded(double value) {
  return std::isfinite(value) ? Json(std::round(value * 1000) / 1000) : Json(nullptr);
}

// "E-CH-002" at the beginning of an error's text.
std::string CodeIn(std::string_view text) {
  if (!text.starts_with("E-")) {
    return "";
  }
  return std::string(text.substr(0, text.find_first_of(" :,")));
}

// "10.11.6-MariaDB-log" → "MariaDB".
std::string KindOf(const std::string& version) {
  return version.find("MariaDB") != std::string::npos ? "MariaDB" : "MySQL";
}

// How old the newest row is, or how long the oldest record waits.
std::optional<double> FreshSeconds(const TableSight& table) {
  if (table.lag_seconds > 0) {
    return std::max(table.lag_seconds, table.stages ? table.stages->total : 0.0);
  }
  return table.stages ? std::optional(table.stages->total) : std::nullopt;
}

uint64_t EventsOf(const capture::TableCounters& counters) {
  return counters.reads + counters.creates + counters.updates + counters.deletes;
}

Json LoadOf(const capture::LoadCounters& load, int64_t now_us) {
  if (!load.running) {
    return nullptr;
  }
  const auto most = static_cast<double>(std::max<uint64_t>(load.rows_estimated, 1));
  return {
      {"rows", std::to_string(load.rows)},
      {"estimated_rows", std::to_string(load.rows_estimated)},
      {"percent", Rounded(std::min(99.9, 100.0 * static_cast<double>(load.rows) / most))},
      {"rows_per_s", std::round(load.RowsPerSecond(now_us))},
      {"eta_s", OrNull(load.EtaSeconds(now_us))}};
}

Json LeftOutOf(const std::optional<LeftOut>& left) {
  if (!left) {
    return nullptr;
  }
  return {
      {"from", left->from.ToString()},
      {"to", left->to.empty() ? Json(nullptr) : Json(left->to.ToString())},
      {"why", left->why}};
}

Json PauseOf(const std::optional<Pause>& pause) {
  return pause
             ? Json{{"by", pause->by}, {"reason", pause->reason}, {"since", TimeOf(pause->since_us)}}
             : Json(nullptr);
}

// "3 s", "4 min", "2.5 h"
std::string Took(double took) {
  if (took < 90) {
    return fmt::format("{:.{}f} s", took, took < 10 ? 1 : 0);
  }
  return took < 5400 ? fmt::format("{:.0f} min", took / 60) : fmt::format("{:.1f} h", took / 3600);
}

std::string SomeTables(size_t count) {
  return fmt::format("{} table{}", count, count == 1 ? "" : "s");
}

}  // namespace

// One look: what each table is, and how many are what.
struct PipelineView::Standing {
  struct Row {
    TableId id;
    const capture::TableCounters* counters = nullptr;  // null: nothing seen since the start
    const TableSight* sight = nullptr;
    std::string state;
    std::string note;
    std::string fix = {};  // of what the note tells
    int64_t noted_us = 0;  // since when it is known
  };

  inspect::SightPtr sight;
  std::map<TableId, capture::TableCounters> counters;
  SinkTroubles sink;
  std::string standby;
  std::vector<Row> rows;
  size_t running = 0;
  size_t loading = 0;
  size_t failed = 0;
  size_t paused = 0;
  size_t degraded = 0;  // of those that run
  std::optional<double> freshness;
  uint64_t dead_letters = 0;
  bool connected = false;

  void Judge(Row& row) const;
  std::string Verdict() const;
  std::string Sentence(int64_t now_us) const;
  std::string Flow() const;
  std::string Away(int64_t now_us) const;
  Json Troubles() const;
};

void PipelineView::Standing::Judge(Row& row) const {
  const auto refused = sink.refused.find(row.id);
  const auto unread = sink.unread.find(row.id);
  if (row.counters != nullptr && row.counters->parked) {
    row.state = "failed";
    row.note = row.counters->note;
    row.fix = "rowhouse resync " + row.id.ToString() + " loads it again";
    if (row.counters->left_out) {
      row.fix += "; rowhouse skip goes on without its changes since " +
                 row.counters->left_out->from.ToString();
    }
  } else if (refused != sink.refused.end()) {
    row.state = "failed";
    row.note = refused->second;
    row.fix = "mend what the message names; rowhouse plan " + row.id.ToString() +
              " shows what ClickHouse should hold";
  } else if (row.counters != nullptr && row.counters->paused) {
    row.state = "paused";
  } else if (row.counters != nullptr && row.counters->load.running) {
    row.state = "snapshot";
  } else if (unread != sink.unread.end()) {
    row.state = "degraded";
    row.note = "ClickHouse can't read its topic: " + unread->second;
    row.fix =
        "ClickHouse tries again by itself, and its consumers are made anew where they have given "
        "up; where it stays, rowhouse doctor tells whether ClickHouse reaches Kafka";
  } else {
    row.state = row.counters == nullptr && (row.sight == nullptr || row.sight->partitions.empty())
                    ? "new"
                    : "running";
    if (row.counters != nullptr && row.counters->left_out) {
      row.note = row.counters->left_out->ToString();
      row.fix = "rowhouse verify " + row.id.ToString() + " --repair mends its rows";
    }
  }
}

std::string PipelineView::Standing::Verdict() const {
  const auto down = [](const PartSight& part) { return part.state == PartSight::State::kDown; };
  if (!standby.empty()) {
    return "STANDBY";
  }
  if (down(sight->source) || down(sight->kafka) || !connected) {
    return "STOPPED";
  }
  if (failed > 0 || down(sight->clickhouse) || down(sight->registry) || !sink.unread.empty()) {
    return "DEGRADED";
  }
  return loading > 0 ? "LOADING" : "RUNNING";
}

// What it means that a server is away; empty where all are there.
std::string PipelineView::Standing::Away(int64_t now_us) const {
  const auto away = [&](const PartSight& part, std::string_view name, const std::string& effect) {
    if (part.state != PartSight::State::kDown) {
      return std::string();
    }
    const double since = static_cast<double>(now_us - part.since_us) / 1e6;
    return fmt::format("{} has been away for {}: {} ", name, Took(std::max(0.0, since)), effect);
  };
  std::string kept = "as long as its log is kept";
  if (sight->log.retention_seconds && *sight->log.retention_seconds > 0) {
    kept += fmt::format(" ({})", Took(static_cast<double>(*sight->log.retention_seconds)));
  }
  return away(
             sight->source, "The source", "no new changes are read; those in Kafka still arrive."
         ) +
         away(sight->kafka, "Kafka", "changes wait in the source, " + kept + ".") +
         away(sight->clickhouse, "ClickHouse", "messages wait in Kafka; nothing is lost.") +
         away(sight->registry, "The schema registry", "schemas it was not asked for yet wait.");
}

std::string PipelineView::Standing::Flow() const {
  const size_t stuck = failed + loading + degraded + paused;
  const size_t flowing = rows.size() - stuck;
  std::string text = stuck == 0 ? fmt::format("{} flow", "All " + SomeTables(rows.size()))
                                : fmt::format("{} of {} flow", flowing, SomeTables(rows.size()));
  if (rows.size() == 1) {
    text = stuck == 0 ? "The table flows" : "The table does not flow";
  }
  if (freshness && flowing > 0) {
    text += fmt::format("; rows are visible {} after their change", Took(*freshness));
  }
  return text + ". ";
}

std::string PipelineView::Standing::Sentence(int64_t now_us) const {
  if (!standby.empty()) {
    return fmt::format("Standing by: {} runs the pipeline.", standby);
  }
  std::string text = Away(now_us);
  if (text.empty() && !connected) {
    text = "Starting: not connected to the source's log yet. ";
  }
  if (text.empty()) {
    text = rows.empty() ? "No captured table has been seen yet." : Flow();
  }
  size_t told = 0;
  for (const Row& row : rows) {
    if (row.note.empty() || told++ > 0) {
      continue;
    }
    const bool ended = row.note.ends_with('.');
    text += fmt::format("{} {}: {}{} ", row.id.ToString(), row.state, row.note, ended ? "" : ".");
  }
  if (told > 1) {
    text += fmt::format("{} more {} in trouble. ", told - 1, told == 2 ? "is" : "are");
  }
  if (loading > 0) {
    text += fmt::format("{} {} being loaded. ", SomeTables(loading), loading == 1 ? "is" : "are");
  }
  if (paused > 0) {
    text += fmt::format("{} {} paused. ", SomeTables(paused), paused == 1 ? "is" : "are");
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

Json PipelineView::Standing::Troubles() const {
  Json troubles = Json::array();
  const auto part = [&](const PartSight& seen, std::string_view name) {
    if (seen.trouble) {
      troubles.push_back(
          {{"part", name},
           {"code", seen.trouble->code()},
           {"message", seen.trouble->message()},
           {"since", TimeOf(seen.since_us)},
           {"fix", seen.trouble->hint()}}
      );
    }
  };
  part(sight->source, "source");
  part(sight->kafka, "kafka");
  part(sight->registry, "registry");
  part(sight->clickhouse, "clickhouse");
  for (const Row& row : rows) {
    if (!row.note.empty() && troubles.size() < kTroublesShown) {
      troubles.push_back(
          {{"part", row.id.ToString()},
           {"code", CodeIn(row.note)},
           {"message", row.note},
           {"since", TimeOf(row.noted_us)},
           {"fix", row.fix}}
      );
    }
  }
  if (!sink.waiting.empty() && troubles.empty()) {
    troubles.push_back(
        {{"part", "sink"},
         {"code", CodeIn(sink.waiting)},
         {"message", sink.waiting},
         {"since", nullptr},
         {"fix", ""}}
    );
  }
  return troubles;
}

PipelineView::Standing PipelineView::Look() const {
  Standing out;
  out.sight = eyes_.sight();
  out.counters = eyes_.progress.Tables();
  out.sink = eyes_.sink();
  out.standby = eyes_.progress.standby();
  out.connected = eyes_.progress.connected;
  std::map<TableId, Standing::Row> rows;
  for (const auto& [id, counters] : out.counters) {
    rows[id].counters = &counters;
  }
  for (const auto& [id, table] : out.sight->tables) {
    rows[id].sight = &table;
  }
  for (auto& [id, row] : rows) {
    row.id = id;
    out.Judge(row);
    out.loading += row.state == "snapshot" ? 1 : 0;
    out.failed += row.state == "failed" ? 1 : 0;
    out.paused += row.state == "paused" ? 1 : 0;
    out.degraded += row.state == "degraded" ? 1 : 0;
    out.running += row.state == "running" || row.state == "degraded" ? 1 : 0;
    if (row.sight != nullptr) {
      out.dead_letters += row.sight->dead_letters.value_or(0);
      const auto fresh = FreshSeconds(*row.sight);
      if (fresh && row.state != "paused") {
        out.freshness = std::max(out.freshness.value_or(0), *fresh);
      }
    }
    out.rows.push_back(std::move(row));
  }
  NoteSince(out);
  return out;
}

// A table's trouble is as old as the first look that saw it.
void PipelineView::NoteSince(Standing& standing) const {
  const int64_t now_us = standing.sight->at_us;
  std::map<TableId, int64_t> noted;
  MutexLock lock(mu_);
  for (Standing::Row& row : standing.rows) {
    if (!row.note.empty()) {
      const auto known = noted_us_.find(row.id);
      row.noted_us = known == noted_us_.end() ? now_us : known->second;
      noted.emplace(row.id, row.noted_us);
    }
  }
  noted_us_ = std::move(noted);
}

// The counters of now, and the rates since the last time.
void PipelineView::Count(const Standing& standing, int64_t now_us) {
  const int64_t took = now_us - counted_us_;
  if (took < kCountEveryUs) {
    return;
  }
  for (const auto& [id, counters] : standing.counters) {
    const auto [at, made] = counted_.try_emplace(id);
    const uint64_t events = EventsOf(counters);
    at->second.per_second =
        made || counted_us_ == 0 || events < at->second.events
            ? 0
            : static_cast<double>(events - at->second.events) * 1e6 / static_cast<double>(took);
    at->second.events = events;
  }
  counted_us_ = now_us;
}

// The busiest tables.
Json PipelineView::Lanes(const Standing& standing, int64_t now_us) {
  MutexLock lock(mu_);
  Count(standing, now_us);
  const auto read = [this](const Standing::Row& row) REQUIRES(mu_) {
    const auto at = counted_.find(row.id);
    return at == counted_.end() ? 0 : at->second.per_second;
  };
  std::vector<std::pair<double, const Standing::Row*>> busy;
  for (const Standing::Row& row : standing.rows) {
    busy.emplace_back(
        read(row) + (row.sight == nullptr ? 0 : row.sight->messages_per_second), &row
    );
  }
  std::ranges::stable_sort(busy, [](const auto& a, const auto& b) { return a.first > b.first; });
  busy.resize(std::min(busy.size(), kLanesMost));
  Json lanes = Json::array();
  for (const auto& [rate, row] : busy) {
    const TableSight* sight = row->sight;
    lanes.push_back(
        {{"table", row->id.ToString()},
         {"topic", sight == nullptr ? "" : sight->topic},
         {"state", row->state},
         {"events_per_s", Rounded(read(*row))},
         {"lag_records", sight == nullptr ? Json(nullptr) : TextOrNull(sight->lag_records)},
         {"rows_per_s", sight == nullptr ? Json(nullptr) : Rounded(sight->messages_per_second)},
         {"fresh_s", sight == nullptr ? Json(nullptr) : OrNull(FreshSeconds(*sight))}}
    );
  }
  return lanes;
}

int64_t PipelineView::Since(const std::string& verdict, int64_t now_us) {
  MutexLock lock(mu_);
  if (verdict_ != verdict) {
    verdict_ = verdict;
    verdict_since_us_ = now_us;
  }
  return verdict_since_us_;
}

std::string PipelineView::Sentence(int64_t now_us) const {
  return Look().Sentence(now_us);
}

Json PipelineView::Overview(int64_t now_us) {
  const Standing now = Look();
  const std::string verdict = now.Verdict();
  const Json troubles = now.Troubles();
  const auto rate = [&](std::string_view name) {
    const auto stretch = eyes_.history.Last(name, seconds{5}, now_us);
    for (auto at = stretch.values.rbegin(); at != stretch.values.rend(); ++at) {
      if (std::isfinite(*at)) {
        return Rounded(*at);
      }
    }
    return Json(nullptr);
  };
  Json json = {
      {"verdict", verdict},
      {"sentence", now.Sentence(now_us)},
      {"since", TimeOf(Since(verdict, now_us))},
      {"pipeline", facts_.pipeline},
      {"delivery", facts_.delivery},
      {"freshness_s", now.freshness ? Rounded(*now.freshness) : Json(nullptr)},
      {"lag_s", Rounded(eyes_.progress.LagSeconds())},
      {"events_per_s", rate("records_per_s")},
      {"records_per_s", rate("acknowledged_per_s")},
      {"rows_per_s", rate("rows_per_s")},
      {"errors", troubles.size()},
      {"dead_letters", std::to_string(now.dead_letters)},
      {"tables",
       {{"total", now.rows.size()},
        {"running", now.running},
        {"loading", now.loading},
        {"failed", now.failed},
        {"paused", now.paused}}},
      {"troubles", troubles},
      {"last_ddl", LastStatement()},
      {"lanes", Lanes(now, now_us)}};
  json.update(Parts(*now.sight));
  return json;
}

Json PipelineView::LastStatement() const {
  const auto statements = eyes_.progress.Statements();
  if (statements.empty()) {
    return nullptr;
  }
  const ddl::DdlEvent& last = statements.back();
  return {
      {"at", TimeOf(last.ts_us)},
      {"table", last.effects.empty() ? last.db : last.effects.front().table.ToString()},
      {"sql", last.sql},
      {"outcome", last.outcome.empty() ? "applied" : last.outcome}};
}

// The servers, each with its state.
Json PipelineView::Parts(const Sight& sight) const {
  const SourcePosition saved = eyes_.progress.saved_position();
  const uint64_t kept = sight.log.retention_seconds.value_or(0);
  Json json = {
      {"source",
       {{"kind", KindOf(sight.source.version)},
        {"version", sight.source.version},
        {"address", facts_.source},
        {"position", saved.binlog.ToString()},
        {"gtid", saved.gtid_set},
        {"behind_bytes", TextOrNull(sight.log.behind_bytes)},
        {"retention_s", kept == 0 ? Json(nullptr) : Json(kept)}}},
      {"kafka",
       {{"bootstrap", facts_.kafka}, {"brokers", sight.brokers.size()}, {"topics", sight.topics}}},
      {"registry", {{"url", facts_.registry}}},
      {"clickhouse", {{"url", facts_.clickhouse}, {"version", sight.clickhouse.version}}}};
  const auto add = [&json](const char* name, const PartSight& part) {
    json[name]["state"] = inspect::StateName(part.state);
    json[name]["note"] = part.trouble ? part.trouble->message() : "";
  };
  add("source", sight.source);
  add("kafka", sight.kafka);
  add("registry", sight.registry);
  add("clickhouse", sight.clickhouse);
  return json;
}

std::vector<Json> PipelineView::Tables(int64_t now_us) const {
  const Standing now = Look();
  std::map<std::string, Json> verified;
  for (const Json& item : eyes_.verified()) {
    verified[item.value("table", "")] = {
        {"at", item["at"]}, {"mode", item["mode"]}, {"differing", item["differing"]}};
  }
  const TableSight nothing;
  std::vector<Json> items;
  items.reserve(now.rows.size());
  for (const Standing::Row& row : now.rows) {
    const TableSight& sight = row.sight == nullptr ? nothing : *row.sight;
    const std::string name = row.id.ToString();
    const auto checked = verified.find(name);
    items.push_back(
        {{"table", name},
         {"topic", sight.topic},
         {"state", row.state},
         {"note", row.note},
         {"code", CodeIn(row.note)},
         {"source_rows", TextOrNull(sight.source_rows)},
         {"target_rows", TextOrNull(sight.target_rows)},
         {"messages", TextOrNull(sight.messages)},
         {"lag_records", TextOrNull(sight.lag_records)},
         {"fresh_s", OrNull(FreshSeconds(sight))},
         {"dead_letters", std::to_string(sight.dead_letters.value_or(0))},
         {"last_event_at", TimeOf(sight.newest_change_us)},
         {"load", row.counters == nullptr ? Json(nullptr) : LoadOf(row.counters->load, now_us)},
         {"verified", checked == verified.end() ? Json(nullptr) : checked->second},
         {"paused", row.counters == nullptr ? Json(nullptr) : PauseOf(row.counters->paused)},
         {"left_out", row.counters == nullptr ? Json(nullptr) : LeftOutOf(row.counters->left_out)}}
    );
  }
  return items;
}

Json PipelineView::Table(const std::string& name, int64_t now_us) const {
  for (Json& item : Tables(now_us)) {
    if (item["table"] == name) {
      return std::move(item);
    }
  }
  return nullptr;
}

Result<Json> PipelineView::Series(std::string_view names, seconds range, int64_t now_us) const {
  Json series = Json::array();
  seconds step{1};
  int64_t from_us = now_us - range.count() * 1'000'000;
  while (!names.empty()) {
    const std::string_view name = names.substr(0, names.find(','));
    names.remove_prefix(std::min(names.size(), name.size() + 1));
    const auto known = std::ranges::find(kSeries, name, [](const auto& s) { return s.first; });
    if (known == kSeries.end()) {
      std::string all;
      for (const auto& [one, of_history] : kSeries) {
        all += fmt::format("{}{}", all.empty() ? "" : ", ", one);
      }
      return Error(ErrorKind::kBadRecord, fmt::format("'{}' is no series", name))
          .WithCode("E-CON-004")
          .WithHint("those are: " + all);
    }
    const inspect::Stretch stretch = eyes_.history.Last(known->second, range, now_us);
    Json values = Json::array();
    for (const double value : stretch.values) {
      values.push_back(Rounded(value));
    }
    if (!stretch.values.empty()) {
      step = stretch.step;
      from_us = stretch.from_us;
    }
    series.push_back({{"name", name}, {"labels", Json::object()}, {"values", std::move(values)}});
  }
  return Json{{"step_s", step.count()}, {"from", TimeOf(from_us)}, {"series", std::move(series)}};
}

}  // namespace rowhouse::console
