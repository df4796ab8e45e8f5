#include "cli/source_tables.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/table_filter.h"
#include "cli/wiring.h"
#include "clickhouse/client.h"
#include "clickhouse/setup.h"
#include "http/message.h"
#include "mysql/catalog.h"

namespace rowhouse::cli {

namespace {

void ReplaceAll(std::string& text, const std::string& what) {
  for (size_t at = text.find(what); !what.empty() && at != std::string::npos;
       at = text.find(what, at + 3)) {
    text.replace(at, what.size(), "***");
  }
}

// Pipelines as they follow from what the server has; none while it is away: then the plan is made
// for a server that has nothing.
std::vector<Result<clickhouse::TablePipeline>> FitToServer(
    const config::Config& config,
    clickhouse::PipelineOptions& options,
    const std::vector<TableSchema>& tables
) {
  const auto client = clickhouse::Client::Open(ClickHouseOptionsOf(config));
  if (!client || !clickhouse::AdaptTo(**client, options)) {
    return {};
  }
  std::vector<clickhouse::PlannedChange> changes;
  for (const TableSchema& table : tables) {
    clickhouse::PlannedChange& planned = changes.emplace_back();
    planned.change.schema = std::make_shared<const TableSchema>(table);
    planned.how_far = clickhouse::HowFar::kAdd;
  }
  const auto plans = clickhouse::Setup(**client).Plan(changes, options);
  std::vector<Result<clickhouse::TablePipeline>> pipelines;
  for (const auto& plan : plans ? *plans : std::vector<Result<clickhouse::Evolution>>()) {
    using Pipeline = Result<clickhouse::TablePipeline>;
    pipelines.push_back(plan ? Pipeline(plan->pipeline) : Pipeline(plan.error()));
  }
  return pipelines;
}

}  // namespace

bool Named(const TableId& id, const std::vector<std::string>& words) {
  if (words.empty()) {
    return true;
  }
  return std::ranges::any_of(words, [&id](const std::string& word) {
    const bool whole = word.find('.') != std::string::npos;
    return GlobMatches(word, whole ? id.ToString() : id.table);
  });
}

Result<std::vector<TableSchema>> ReadSourceTables(
    const config::Config& config, const std::vector<std::string>& words
) {
  const auto catalog = ROWHOUSE_TRY(mysql::Catalog::Open(SourceOptionsOf(config)));
  const auto wanted = WantedTables(config);
  auto tables = ROWHOUSE_TRY(catalog->Tables([&](const TableId& id) {
    return wanted(id) && Named(id, words);
  }));
  if (tables.empty()) {
    return Error(
               ErrorKind::kNotFound,
               fmt::format(
                   "no table of {} matches {}",
                   SourceOptionsOf(config).Where(),
                   words.empty()
                       ? fmt::format("source.tables [{}]", fmt::join(config.source.tables, ", "))
                       : fmt::format("{}", fmt::join(words, ", "))
               )
    )
        .WithCode("E-CLI-004")
        .WithHint("check the globs and that the account may SELECT from the tables");
  }
  return tables;
}

Result<std::vector<TableId>> SourceTableIds(
    const config::Config& config, const std::vector<std::string>& words
) {
  std::vector<TableId> ids;
  for (const TableSchema& table : ROWHOUSE_TRY(ReadSourceTables(config, words))) {
    ids.push_back(table.id);
  }
  return ids;
}

Result<PlannedTables> PlanTables(const config::Config& config, std::vector<TableSchema> tables) {
  clickhouse::PipelineOptions options = PipelineOptionsOf(config);
  PlannedTables planned;
  auto pipelines = FitToServer(config, options, tables);
  for (size_t i = 0; i < tables.size(); ++i) {
    TableSchema& table = tables[i];
    auto pipeline =
        pipelines.empty() ? clickhouse::BuildPipeline(table, options) : std::move(pipelines[i]);
    if (pipeline) {
      planned.pipelines.push_back(*std::move(pipeline));
      planned.schemas.push_back(std::move(table));
    } else if (pipeline.error().kind() == ErrorKind::kUnsupported) {
      planned.refused.push_back({table.id, std::move(pipeline).error()});
    } else {
      return std::move(pipeline).error();
    }
  }
  ROWHOUSE_TRY(clickhouse::CheckNames(planned.pipelines));
  return planned;
}

std::string MaskSecrets(std::string text, const config::Config& config) {
  for (const config::Secret* secret :
       {&config.kafka.security.password.value,
        &config.registry.password.value,
        &config.registry.auth_password.value,
        &config.sink.password.value,
        &config.source.password.value}) {
    // A secret that is also a plain word of SQL would mask half the text; it stands quoted there.
    for (const std::string& quoted :
         {"'" + secret->Reveal() + "'", ":" + http::PercentEncode(secret->Reveal()) + "@"}) {
      if (!secret->empty()) {
        ReplaceAll(text, quoted);
      }
    }
  }
  return text;
}

}  // namespace rowhouse::cli
