#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/source_tables.h"
#include "cli/trace_view.h"
#include "model/table_name.h"
#include "trace/json.h"

namespace rowhouse::cli {

namespace {

constexpr seconds kLimit{30};
constexpr size_t kShownMost = 60;

std::string WaitText(const trace::Hop& hop) {
  if (!hop.reached) {
    return "not yet";
  }
  return hop.since_us ? fmt::format("{:+.1f} ms", static_cast<double>(*hop.since_us) / 1000) : "";
}

std::string ChangeText(const trace::Change& change) {
  std::string text = fmt::format(
      "\n{}  {} {}  {}  version {}\n",
      change.op,
      change.table,
      trace::KeyText(change),
      change.gtid,
      change.version.ToHex()
  );
  std::vector<std::vector<std::string>> rows;
  for (const trace::Hop& hop : trace::HopsOf(change.way)) {
    rows.push_back(
        {fmt::format("  {}", trace::HopName(hop.kind)),
         hop.at_us ? FormatUtc(*hop.at_us) : "",
         WaitText(hop),
         hop.place}
    );
  }
  return text + AlignColumns(rows);
}

std::string CellText(const std::optional<browse::Node>& row, const std::string& column) {
  const browse::Node* cell = row ? row->Find(column) : nullptr;
  if (!row) {
    return "(no row)";
  }
  if (cell == nullptr || cell->is_null()) {
    return "NULL";
  }
  return cell->text.size() > kShownMost ? fmt::format("({} bytes)", cell->text.size()) : cell->text;
}

std::string SidesText(const trace::Trace& trace) {
  const auto& known = trace.source_row ? trace.source_row : trace.target_row;
  if (!known) {
    return "";
  }
  std::vector<std::vector<std::string>> rows = {{"", "COLUMN", "DATABASE", "CLICKHOUSE"}};
  for (const auto& [name, node] : known->fields) {
    const bool both = trace.source_row && trace.target_row && trace.target_row->Find(name);
    const bool same = both && trace.source_row->Find(name)->Equals(*trace.target_row->Find(name));
    rows.push_back(
        {same ? "" : "*", name, CellText(trace.source_row, name), CellText(trace.target_row, name)}
    );
  }
  return "\n" + AlignColumns(rows);
}

std::string Text(const trace::Trace& trace) {
  std::string text;
  if (!trace.table.empty()) {
    text = fmt::format("{} {}: ", trace.table, trace.pk);
    text += !trace.equal ? "the rows of both sides were not compared\n"
                         : (*trace.equal ? "both sides are equal\n" : "the two sides differ\n");
  }
  for (const trace::Change& change : trace.changes) {
    text += ChangeText(change);
  }
  text += SidesText(trace);
  return trace.note.empty() ? text : text + "\n" + trace.note + "\n";
}

Result<trace::Request> RequestOf(const config::Config& config, const Arguments& args) {
  trace::Request request;
  request.gtid = args.Text("gtid");
  if (args.Has("at")) {
    request.at = ROWHOUSE_TRY(trace::Place::Parse(args.Text("at")));
  }
  request.key = args.All("pk");
  const bool by_key = !args.words.empty() || !request.key.empty();
  if (int{by_key} + int{request.at.has_value()} + int{!request.gtid.empty()} != 1 ||
      (by_key && (args.words.empty() || request.key.empty()))) {
    return Error(ErrorKind::kBadRecord, "a row is named in one of three ways")
        .WithCode("E-TRACE-001")
        .WithHint("TABLE --pk VALUE, or --gtid GTID, or --at topic/partition/offset");
  }
  if (by_key) {
    const std::string& name = args.words.front();
    const auto table = ParseTableName(name);
    request.table = table ? *table : ROWHOUSE_TRY(ReadSourceTables(config, {name})).front().id;
  }
  return request;
}

Result<ExitCode> Trace(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  const trace::Request request = ROWHOUSE_TRY(RequestOf(config, context.args()));
  const trace::Trace trace =
      ROWHOUSE_TRY(trace::Follow(TraceWorldOf(config), request, Deadline::After(kLimit)));
  Context::Print(
      context.format() == Format::kJson ? trace::ToJson(trace).dump() + "\n" : Text(trace)
  );
  return ExitCode::kOk;
}

}  // namespace

Command TraceCommand() {
  return {
      .name = "trace",
      .group = "Inspect",
      .summary = "follow a row from the database's log to ClickHouse, ms per hop",
      .examples =
          {"rowhouse trace shop.orders --pk 42 -c rowhouse.yaml",
           "rowhouse trace --gtid 0-1-9931204",
           "rowhouse trace --at shop.shop.orders/1/160388 -o json"},
      .options =
          {{.name = "pk",
            .value = "VALUE",
            .doc = "a value of the key, once a column in the key's order",
            .repeated = true},
           {.name = "gtid", .value = "GTID", .doc = "all changes of this transaction"},
           {.name = "at", .value = "PLACE", .doc = "the record at topic/partition/offset"}},
      .words = "TABLE",
      .words_count = Words::kOptional,
      .run = Trace};
}

}  // namespace rowhouse::cli
