#include "clickhouse/setup.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace rowhouse::clickhouse {
namespace {

using Kind = PipelineObject::Kind;
using State = ObjectState::State;

constexpr seconds kStatementTime{120};

std::string WithoutSpaces(std::string text) {
  std::erase(text, ' ');
  return text;
}

// The word after "ENGINE = ".
std::string EngineOf(const PipelineObject& object) {
  constexpr std::string_view kEngine = "ENGINE = ";
  const size_t at = object.sql.find(kEngine) + kEngine.size();
  return object.sql.substr(at, object.sql.find_first_of("(\n", at) - at);
}

ObjectState CompareData(const PipelineObject& wanted, const CatalogTable& found) {
  ObjectState state{State::kReady, "", {}};
  // A Replicated or shared table of the same family does the same work.
  if (!found.engine.ends_with(EngineOf(wanted))) {
    return {State::kConflicts, fmt::format("its engine is {}", found.engine), {}};
  }
  std::string after;
  for (const auto& column : wanted.columns) {
    const CatalogColumn* there = found.Find(column.name);
    if (there == nullptr) {
      state.state = State::kGrows;
      state.detail +=
          fmt::format("{}{}", state.detail.empty() ? "new columns: " : ", ", column.name);
      state.additions.push_back(fmt::format(
          "ALTER TABLE {} ADD COLUMN IF NOT EXISTS {} {} {}{}",
          wanted.QuotedName(),
          QuoteName(column.name),
          column.type,
          column.rest,
          after.empty() ? " FIRST" : " AFTER " + QuoteName(after)
      ));
    } else if (WithoutSpaces(there->type) != WithoutSpaces(column.type)) {
      return {
          State::kConflicts,
          fmt::format("column {} is {}, wanted {}", column.name, there->type, column.type),
          {}};
    }
    after = column.name;
  }
  return state;
}

ObjectState CompareObject(const PipelineObject& wanted, const Catalog& catalog) {
  if (wanted.kind == Kind::kDatabase) {
    return {catalog.HasDatabase(wanted.database) ? State::kReady : State::kMissing, "", {}};
  }
  const CatalogTable* found = catalog.Find(wanted.database, wanted.name);
  if (found == nullptr) {
    return {State::kMissing, "", {}};
  }
  if (wanted.kind == Kind::kData) {
    return CompareData(wanted, *found);
  }
  if (wanted.sql.ends_with("COMMENT " + QuoteText(found->comment))) {
    return {State::kReady, "", {}};
  }
  // What holds rows is never dropped, whoever made it.
  if (found->engine.ends_with("MergeTree")) {
    return {State::kConflicts, fmt::format("a {} has its name", found->engine), {}};
  }
  return {State::kOutdated, "", {}};
}

bool NeedsWork(State state) {
  return state == State::kMissing || state == State::kOutdated;
}

bool IsRouting(Kind kind) {
  return kind == Kind::kRoute || kind == Kind::kQueue;
}

}  // namespace

bool PipelineState::complete() const {
  return std::none_of(objects.begin(), objects.end(), [](const ObjectState& o) {
    return NeedsWork(o.state) || o.state == State::kGrows;
  });
}

Result<std::vector<PipelineState>> Setup::Compare(const std::vector<TablePipeline>& pipelines) {
  std::set<std::string> databases;
  for (const auto& pipeline : pipelines) {
    for (const auto& object : pipeline.objects) {
      databases.insert(object.database);
    }
  }
  const Catalog catalog =
      ROWHOUSE_TRY(Catalog::Read(client_, {databases.begin(), databases.end()}));
  std::vector<PipelineState> states;
  for (const auto& pipeline : pipelines) {
    PipelineState& state = states.emplace_back();
    for (const auto& object : pipeline.objects) {
      state.objects.push_back(CompareObject(object, catalog));
    }
  }
  return states;
}

Result<std::vector<SetupAction>> Setup::Apply(const std::vector<TablePipeline>& pipelines) {
  ROWHOUSE_TRY(CheckNames(pipelines));
  const auto states = ROWHOUSE_TRY(Compare(pipelines));
  std::vector<SetupAction> done;
  for (size_t i = 0; i < pipelines.size(); ++i) {
    Status applied = ApplyOne(pipelines[i], states[i], done);
    if (!applied) {
      return std::move(applied).error().Context("setting up " + pipelines[i].table.ToString());
    }
  }
  return done;
}

Status Setup::Run(const std::string& sql) {
  StatementOptions options;
  options.deadline = Deadline::After(kStatementTime);
  return client_.Execute(sql, options);
}

Status Setup::ApplyOne(
    const TablePipeline& pipeline, const PipelineState& state, std::vector<SetupAction>& done
) {
  bool rewire = false;
  for (size_t i = 0; i < pipeline.objects.size(); ++i) {
    const auto& object = pipeline.objects[i];
    if (state.objects[i].state == State::kConflicts) {
      done.push_back({"conflict", object.QuotedName(), state.objects[i].detail});
      if (object.kind != Kind::kData) {
        return Error(
                   ErrorKind::kConfig,
                   fmt::format("{}: {}", object.QuotedName(), state.objects[i].detail)
        )
            .WithHint("rename that table, or give sink another database");
      }
    }
    rewire = rewire || (IsRouting(object.kind) && NeedsWork(state.objects[i].state));
  }
  const auto& queue = pipeline.objects.back();
  const bool queue_there = state.objects.back().state != State::kMissing;
  if (rewire && queue_there) {
    ROWHOUSE_TRY(Run(fmt::format("DROP TABLE IF EXISTS {} SYNC", queue.QuotedName())));
  }
  ROWHOUSE_TRY(ApplyData(pipeline, state, done));
  return rewire ? Rewire(pipeline, state, done) : Ok();
}

Status Setup::ApplyData(
    const TablePipeline& pipeline, const PipelineState& state, std::vector<SetupAction>& done
) {
  for (size_t i = 0; i < pipeline.objects.size(); ++i) {
    const auto& object = pipeline.objects[i];
    const ObjectState& is = state.objects[i];
    if (IsRouting(object.kind)) {
      continue;
    }
    for (const auto& addition : is.additions) {
      ROWHOUSE_TRY(Run(addition));
    }
    if (is.state == State::kGrows) {
      done.push_back({"altered", object.QuotedName(), is.detail});
    }
    if (is.state == State::kOutdated) {
      ROWHOUSE_TRY(Run(fmt::format("DROP VIEW IF EXISTS {} SYNC", object.QuotedName())));
    }
    if (NeedsWork(is.state)) {
      ROWHOUSE_TRY(Run(object.sql));
      const bool fresh = is.state == State::kMissing;
      done.push_back({fresh ? "created" : "replaced", object.QuotedName(), ""});
    }
  }
  return Ok();
}

Status Setup::Rewire(
    const TablePipeline& pipeline, const PipelineState& state, std::vector<SetupAction>& done
) {
  const auto& queue = pipeline.objects.back();
  ROWHOUSE_TRY(Run(StandInSql(queue)));
  for (size_t i = 0; i < pipeline.objects.size(); ++i) {
    const auto& object = pipeline.objects[i];
    const State is = state.objects[i].state;
    if (object.kind != Kind::kRoute || !NeedsWork(is)) {
      continue;
    }
    if (is == State::kOutdated) {
      ROWHOUSE_TRY(Run(fmt::format("DROP TABLE IF EXISTS {} SYNC", object.QuotedName())));
    }
    ROWHOUSE_TRY(Run(object.sql));
    const bool fresh = is == State::kMissing;
    done.push_back({fresh ? "created" : "replaced", object.QuotedName(), ""});
  }
  ROWHOUSE_TRY(Run(fmt::format("DROP TABLE {} SYNC", queue.QuotedName())));
  ROWHOUSE_TRY(Run(queue.sql));
  const State was = state.objects.back().state;
  done.push_back({was == State::kMissing ? "created" : "replaced", queue.QuotedName(), ""});
  return Ok();
}

Status AdaptTo(Client& client, PipelineOptions& options) {
  const Rows known = ROWHOUSE_TRY(client.Query(
      "SELECT count() FROM system.settings WHERE name = 'format_avro_schema_registry_max_retries'"
  ));
  options.registry_retries = !known.empty() && known[0][0] == "1";
  return Ok();
}

}  // namespace rowhouse::clickhouse
