#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/process_answers.h"
#include "cli/saved_checkpoint.h"
#include "cli/wiring.h"
#include "inspect/source_side.h"
#include "mysql/catalog.h"
#include "mysql/gtid_set.h"

namespace rowhouse::cli {

namespace {

constexpr double kSecondsADay = 86'400;

// Where the pipeline stands, and where its source is.
struct Standing {
  std::optional<SourcePosition> saved;  // none: it has never saved one, or is to start over
  std::optional<Error> trouble;         // the source can't be asked; what follows is empty then
  inspect::SourceSight log;
  std::string server;
  std::string gtid_set;
  std::optional<uint64_t> transactions;  // not read yet; none without GTIDs

  // Its files are others, though some may have the same names.
  bool OtherServer() const {
    return saved && !trouble && !saved->server_uuid.empty() && saved->server_uuid != server;
  }

  // The source has other files than the one that reading would go on in.
  bool FileIsGone() const {
    return saved && !saved->binlog.empty() && !trouble && !OtherServer() && !log.behind_bytes;
  }
};

Status AskSource(const config::Config& config, Standing& standing) {
  const SourcePosition saved = standing.saved.value_or(SourcePosition{});
  const auto catalog = ROWHOUSE_TRY(mysql::Catalog::Open(SourceOptionsOf(config)));
  const SourcePosition now = ROWHOUSE_TRY(catalog->CurrentPosition());
  inspect::SourceSide side(SourceOptionsOf(config));
  standing.log = ROWHOUSE_TRY(side.Look(saved.binlog, inspect::SourceSide::Rows::kLeave)).log;
  standing.server = now.server_uuid;
  standing.gtid_set = now.gtid_set;
  if (!saved.server_uuid.empty() && saved.server_uuid != now.server_uuid) {
    standing.log.behind_bytes.reset();
    standing.log.files_before.reset();
  }
  if (saved.gtid_set.empty() || now.gtid_set.empty()) {
    return Ok();
  }
  const mysql::Flavor flavor = ROWHOUSE_TRY(catalog->Connector()) == "mariadb"
                                   ? mysql::Flavor::kMariaDb
                                   : mysql::Flavor::kMySql;
  const auto theirs = ROWHOUSE_TRY(mysql::GtidSet::Parse(flavor, now.gtid_set));
  const auto ours = ROWHOUSE_TRY(mysql::GtidSet::Parse(flavor, saved.gtid_set));
  standing.transactions = theirs.CountBeyond(ours);
  return Ok();
}

Result<Standing> LookAt(const config::Config& config) {
  Standing standing;
  const auto checkpoint = ROWHOUSE_TRY(LookAtCheckpoint(config));
  if (checkpoint && !checkpoint->position.empty()) {
    standing.saved = checkpoint->position;
  }
  if (const Status asked = AskSource(config, standing); !asked) {
    standing.trouble = asked.error();
  }
  return standing;
}

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::string AsJson(const config::Config& config, const Standing& standing) {
  Json json = {
      {"pipeline", config.pipeline},
      {"saved", nullptr},
      {"source", nullptr},
      {"behind_bytes", OrNull(standing.log.behind_bytes)},
      {"behind_transactions", OrNull(standing.transactions)},
      {"file_is_gone", standing.FileIsGone()},
      {"other_server", standing.OtherServer()},
      {"trouble", standing.trouble ? Json(standing.trouble->ToString()) : Json(nullptr)}};
  if (standing.saved) {
    json["saved"] = {
        {"file", standing.saved->binlog.file},
        {"pos", standing.saved->binlog.pos},
        {"gtid", standing.saved->gtid_set},
        {"epoch", standing.saved->epoch},
        {"server", standing.saved->server_uuid}};
    if (!standing.saved->reread_from.empty()) {
      json["saved"]["reread_from"] = standing.saved->reread_from.binlog.ToString();
    }
  }
  if (!standing.trouble) {
    json["source"] = {
        {"file", standing.log.end.file},
        {"pos", standing.log.end.pos},
        {"gtid", standing.gtid_set},
        {"server", standing.server},
        {"retention_seconds", OrNull(standing.log.retention_seconds)},
        {"files_before", OrNull(standing.log.files_before)}};
  }
  return WithSchema("position/v1", json);
}

std::string Behind(const Standing& standing) {
  std::string text = standing.log.behind_bytes
                         ? fmt::format("{} bytes of log", *standing.log.behind_bytes)
                         : "unknown";
  if (standing.transactions) {
    text += fmt::format(", {} transactions", *standing.transactions);
  }
  return text;
}

std::string Kept(const inspect::SourceSight& log) {
  const uint64_t kept = log.retention_seconds.value_or(0);
  std::string text = kept == 0
                         ? "until it is purged by hand"
                         : fmt::format("for {:.1f} days", static_cast<double>(kept) / kSecondsADay);
  if (log.files_before) {
    text += fmt::format("; {} files before the saved place are still there", *log.files_before);
  }
  return text;
}

std::string AsText(const config::Config& config, const Standing& standing) {
  std::vector<std::vector<std::string>> rows = {{"pipeline", config.pipeline}};
  const auto add = [&rows](const char* name, const std::string& value) {
    if (!value.empty()) {
      rows.push_back({name, value});
    }
  };
  if (standing.saved) {
    const SourcePosition& saved = *standing.saved;
    add("saved", saved.binlog.empty() ? "by GTID" : saved.binlog.ToString());
    add("saved gtid", saved.gtid_set);
    add("reread from",
        saved.reread_from.binlog.file.empty()
            ? ""
            : saved.reread_from.binlog.ToString() + ", for an open XA transaction");
    add("epoch", std::to_string(saved.epoch));
  } else {
    add("saved", "nothing: the next start begins where the source is then");
  }
  if (standing.trouble) {
    add("source", standing.trouble->ToString());
    return AlignColumns(rows);
  }
  add("source", standing.log.end.ToString());
  add("source gtid", standing.gtid_set);
  add("behind", standing.saved ? Behind(standing) : "");
  add("log is kept", Kept(standing.log));
  if (standing.OtherServer()) {
    add("note",
        "the saved position is of server " + standing.saved->server_uuid + ", this is " +
            standing.server + ": the next start looks for the place by GTID");
  }
  if (standing.FileIsGone()) {
    add("note",
        "the source has no more file " + standing.saved->binlog.file +
            ": if it is lost, rowhouse resync --all --start-over");
  }
  return AlignColumns(rows);
}

Result<ExitCode> Position(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig());
  const Standing standing = ROWHOUSE_TRY(LookAt(config));
  Context::Print(
      context.format() == Format::kJson ? AsJson(config, standing) : AsText(config, standing)
  );
  return standing.trouble || standing.FileIsGone() ? ExitCode::kUnhealthy : ExitCode::kOk;
}

}  // namespace

Command PositionCommand() {
  return {
      .name = "position",
      .group = "Learn",
      .summary =
          "where capture stands in the source's log, and how much of it is still to be read "
          "(to begin anew: resync --all --start-over)",
      .examples = {"rowhouse position -c rowhouse.yaml", "rowhouse position -o json"},
      .run = Position};
}

}  // namespace rowhouse::cli
