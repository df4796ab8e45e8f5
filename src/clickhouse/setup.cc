#include "clickhouse/setup.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "clickhouse/rebuild.h"
#include "clickhouse/type_join.h"

namespace rowhouse::clickhouse {
namespace {

using Kind = PipelineObject::Kind;
using State = ObjectState::State;

// Long enough for an ALTER that rewrites a column of a large table.
constexpr seconds kStatementTime{6 * 3600};

// The word after "ENGINE = ".
std::string EngineOf(const PipelineObject& object) {
  constexpr std::string_view kEngine = "ENGINE = ";
  const size_t at = object.sql.find(kEngine) + kEngine.size();
  return object.sql.substr(at, object.sql.find_first_of("(\n", at) - at);
}

// Whether a column is named in a sorting key: "a, `b c`".
bool IsIn(const std::string& sorting_key, const std::string& column) {
  const bool in_parentheses = sorting_key.starts_with("(") && sorting_key.ends_with(")");
  const std::string list =
      ", " + (in_parentheses ? sorting_key.substr(1, sorting_key.size() - 2) : sorting_key) + ", ";
  return list.find(", " + column + ", ") != std::string::npos ||
         list.find(", " + QuoteName(column) + ", ") != std::string::npos;
}

ObjectState CompareData(const PipelineObject& wanted, const CatalogTable& found) {
  ObjectState state{State::kReady, "", {}};
  // A Replicated or shared table of the same family does the same work.
  if (!found.engine.ends_with(EngineOf(wanted))) {
    return {State::kConflicts, fmt::format("its engine is {}", found.engine), {}};
  }
  std::string after;
  const auto change = [&state](std::string sql, const std::string& what) {
    state.state = State::kGrows;
    state.detail += fmt::format("{}{}", state.detail.empty() ? "" : ", ", what);
    state.changes.push_back(std::move(sql));
  };
  for (const auto& column : wanted.columns) {
    const CatalogColumn* there = found.Find(column.name);
    const std::string name = QuoteName(column.name);
    const std::string comment =
        column.comment.empty() ? "" : " COMMENT " + QuoteText(column.comment);
    if (there == nullptr) {
      const std::string rest = column.rest.empty() ? "" : " " + column.rest;
      const std::string place = after.empty() ? " FIRST" : " AFTER " + QuoteName(after);
      change(
          fmt::format(
              "ADD COLUMN IF NOT EXISTS {} {}{}{}{}", name, column.type, rest, comment, place
          ),
          "new column " + column.name
      );
    } else if (!SameType(there->type, column.type)) {
      const bool squeezes = !SameType(JoinTypes(there->type, column.type), column.type);
      if (squeezes || IsIn(found.sorting_key, column.name)) {
        return {
            State::kConflicts,
            fmt::format("column {} is {}, wanted {}", column.name, there->type, column.type),
            {}};
      }
      change(
          fmt::format("MODIFY COLUMN {} {}{}", name, column.type, comment),
          fmt::format("{} from {} to {}", column.name, there->type, column.type)
      );
    } else if (!column.comment.empty() && there->comment != column.comment) {
      change(fmt::format("MODIFY COLUMN {}{}", name, comment), "note of " + column.name);
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

Result<Catalog> Setup::ReadCatalog(const std::vector<TablePipeline>& pipelines) {
  std::set<std::string> databases;
  std::set<std::string> names;
  for (const auto& pipeline : pipelines) {
    for (const auto& object : pipeline.objects) {
      databases.insert(object.database);
      names.insert(object.name);
    }
  }
  return Catalog::Read(client_, {databases.begin(), databases.end()}, names);
}

Result<std::vector<PipelineState>> Setup::Compare(const std::vector<TablePipeline>& pipelines) {
  const Catalog catalog = ROWHOUSE_TRY(ReadCatalog(pipelines));
  std::vector<PipelineState> states;
  for (const auto& pipeline : pipelines) {
    PipelineState& state = states.emplace_back();
    for (const auto& object : pipeline.objects) {
      state.objects.push_back(CompareObject(object, catalog));
    }
    ObjectState& queue = state.objects.back();
    if (pipeline.halted && queue.state != State::kConflicts) {
      queue.state = queue.state == State::kMissing ? State::kReady : State::kOutdated;
      queue.detail = "paused";
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
  options.stop = stop_;
  return client_.Execute(sql, options);
}

Status Setup::Rewrite(const std::string& sql) {
  rewrites_.push_back(sql);
  return Run(sql);
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
  const bool queue_there = pipeline.halted ? state.objects.back().state == State::kOutdated
                                           : state.objects.back().state != State::kMissing;
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
    if (is.state == State::kGrows) {
      ROWHOUSE_TRY(Rewrite(
          fmt::format("ALTER TABLE {} {}", object.QuotedName(), fmt::join(is.changes, ", "))
      ));
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
  const State was = state.objects.back().state;
  if (pipeline.halted) {
    if (was == State::kOutdated) {
      done.push_back({"halted", queue.QuotedName(), "paused"});
    }
    return Ok();
  }
  ROWHOUSE_TRY(Run(queue.sql));
  done.push_back({was == State::kMissing ? "created" : "replaced", queue.QuotedName(), ""});
  return Ok();
}

Result<std::vector<Result<Evolution>>> Setup::Plan(
    const std::vector<PlannedChange>& changes, const PipelineOptions& options
) {
  std::set<std::string> names;
  for (const PlannedChange& planned : changes) {
    names.insert(TableName(options, planned.change.schema->id));
  }
  const Catalog catalog = ROWHOUSE_TRY(
      Catalog::Read(client_, {options.history_database, options.current_database}, names)
  );
  std::vector<Result<Evolution>> plans;
  plans.reserve(changes.size());
  for (const PlannedChange& planned : changes) {
    plans.push_back(Evolve(planned.change, options, catalog, planned.how_far));
  }
  return plans;
}

Result<std::string> Setup::WhyReload(const Evolution& evolution) {
  const PipelineObject& current = evolution.pipeline.objects[evolution.pipeline.current_at];
  for (const Recheck& recheck : evolution.rechecks) {
    const auto rows = client_.Query(fmt::format(
        "SELECT count() FROM (SELECT 1 FROM {} FINAL WHERE {} LIMIT 1)",
        current.QuotedName(),
        recheck.condition.empty() ? "1" : recheck.condition
    ));
    if (!rows && rows.error().kind() == ErrorKind::kUnavailable) {
      return rows.error();
    }
    // A condition that can't be answered is not answered with no.
    if (!rows || rows->empty() || (*rows)[0][0] != "0") {
      return recheck.reason;
    }
  }
  return std::string();
}

Status Setup::Log(const PipelineOptions& options, const std::vector<DdlLogRow>& rows) {
  ROWHOUSE_TRY(Run("CREATE DATABASE IF NOT EXISTS " + QuoteName(options.history_database)));
  ROWHOUSE_TRY(Run(DdlLogSql(options)));
  return Run(InsertDdlSql(options, rows));
}

Status Setup::Drop(const TablePipeline& pipeline) {
  ROWHOUSE_TRY(DropQueue(pipeline.objects.back()));
  for (const PipelineObject& object : pipeline.objects) {
    const bool current = &object == &pipeline.objects[pipeline.current_at];
    if (current || object.kind == Kind::kRoute || object.kind == Kind::kView) {
      ROWHOUSE_TRY(Run(fmt::format("DROP TABLE IF EXISTS {} SYNC", object.QuotedName())));
    }
  }
  return Ok();
}

Status Setup::DropQueue(const PipelineOptions& options, const TableId& table) {
  PipelineObject queue;
  queue.database = options.history_database;
  queue.name = TableName(options, table) + "_queue";
  return DropQueue(queue);
}

Status Setup::DropQueue(const PipelineObject& queue) {
  return Run(fmt::format("DROP TABLE IF EXISTS {} SYNC", queue.QuotedName()));
}

Result<std::vector<SetupAction>> Setup::Follow(const Evolution& evolution, RowVersion at) {
  std::vector<SetupAction> done;
  rewrites_.clear();
  if (evolution.changes_rows()) {
    ROWHOUSE_TRY(DropQueue(evolution.pipeline.objects.back()));
    ROWHOUSE_TRY(RewriteRows(evolution, at, done));
  }
  auto applied = ROWHOUSE_TRY(Apply({evolution.pipeline}));
  done.insert(done.end(), applied.begin(), applied.end());
  return done;
}

// What the comparison of columns can't tell: renames, drops, another key.
Status Setup::RewriteRows(
    const Evolution& evolution, RowVersion at, std::vector<SetupAction>& done
) {
  const TablePipeline& pipeline = evolution.pipeline;
  const PipelineObject& history = pipeline.objects[pipeline.history_at];
  const PipelineObject& current = pipeline.objects[pipeline.current_at];
  // Routes name columns: gone before these are; Apply makes them again.
  for (const PipelineObject& object : pipeline.objects) {
    if (object.kind == Kind::kRoute) {
      ROWHOUSE_TRY(Run(fmt::format("DROP TABLE IF EXISTS {} SYNC", object.QuotedName())));
    }
  }
  if (evolution.rebuild_current) {
    const Catalog catalog = ROWHOUSE_TRY(ReadCatalog({pipeline}));
    const CatalogTable* there = catalog.Find(current.database, current.name);
    for (const auto& sql :
         there == nullptr ? std::vector<std::string>() : RebuildStatements(evolution, *there, at)) {
      ROWHOUSE_TRY(Rewrite(sql));
    }
    done.push_back({"made anew", current.QuotedName(), "another key"});
  }
  for (const auto& [was, now] : evolution.renames) {
    // The current table first: what a crash leaves in between is seen by the history's name.
    if (!evolution.rebuild_current) {
      ROWHOUSE_TRY(Rewrite(fmt::format(
          "ALTER TABLE {} RENAME COLUMN IF EXISTS {} TO {}",
          current.QuotedName(),
          QuoteName(was),
          QuoteName(now)
      )));
    }
    ROWHOUSE_TRY(Rewrite(fmt::format(
        "ALTER TABLE {} RENAME COLUMN IF EXISTS {} TO {}, RENAME COLUMN IF EXISTS {} TO {}",
        history.QuotedName(),
        QuoteName("before_" + was),
        QuoteName("before_" + now),
        QuoteName("after_" + was),
        QuoteName("after_" + now)
    )));
    done.push_back({"renamed", QuoteName(was), "to " + QuoteName(now)});
  }
  for (const std::string& name : evolution.drops) {
    if (!evolution.rebuild_current) {
      ROWHOUSE_TRY(Rewrite(fmt::format(
          "ALTER TABLE {} DROP COLUMN IF EXISTS {}", current.QuotedName(), QuoteName(name)
      )));
    }
    done.push_back({"dropped", QuoteName(name), "of " + current.QuotedName()});
  }
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
