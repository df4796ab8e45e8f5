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

bool Named(const TableId& id, const std::vector<std::string>& words) {
  if (words.empty()) {
    return true;
  }
  return std::ranges::any_of(words, [&id](const std::string& word) {
    const bool whole = word.find('.') != std::string::npos;
    return GlobMatches(word, whole ? id.ToString() : id.table);
  });
}

void ReplaceAll(std::string& text, const std::string& what) {
  for (size_t at = text.find(what); !what.empty() && at != std::string::npos;
       at = text.find(what, at + 3)) {
    text.replace(at, what.size(), "***");
  }
}

}  // namespace

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

Result<PlannedTables> PlanTables(const config::Config& config, std::vector<TableSchema> tables) {
  clickhouse::PipelineOptions options = PipelineOptionsOf(config);
  // While ClickHouse is away the plan is made for a current server.
  if (const auto client = clickhouse::Client::Open(ClickHouseOptionsOf(config))) {
    [[maybe_unused]] const Status adapted = clickhouse::AdaptTo(**client, options);
  }
  PlannedTables planned;
  for (TableSchema& table : tables) {
    auto pipeline = clickhouse::BuildPipeline(table, options);
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
