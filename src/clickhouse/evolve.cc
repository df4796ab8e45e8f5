#include "clickhouse/evolve.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "clickhouse/client.h"
#include "clickhouse/old_rows.h"
#include "clickhouse/rewritten.h"
#include "clickhouse/type_join.h"

namespace rowhouse::clickhouse {
namespace {

constexpr std::string_view kAfter = "after_";
constexpr std::string_view kMoving = "__moving";

// A sorting key as system.tables has it, without quotes and spaces.
std::string PlainKey(std::string key) {
  std::erase_if(key, [](char c) { return c == ' ' || c == '`' || c == '(' || c == ')'; });
  return key;
}

std::string KeyOf(const TablePipeline& pipeline) {
  std::string key;
  for (const std::string& name : pipeline.key) {
    key += (key.empty() ? "" : ",") + name;
  }
  return PlainKey(key.empty() ? "_version,_sign" : key);
}

// Follows one table from the columns there are to those a schema asks for.
class Fitting {
 public:
  Fitting(
      const SchemaChange& change,
      const PipelineOptions& options,
      const CatalogTable& history,
      const CatalogTable* current,
      HowFar how_far,
      Evolution& out
  )
      : change_(change),
        options_(options),
        history_(history),
        current_(current),
        how_far_(how_far),
        out_(out),
        statement_(change.statements.empty() ? "" : change.statements.back().at.ToHex()) {}

  void Run() {
    std::vector<DataColumn> wanted = std::move(out_.pipeline.data);
    const std::vector<std::string> wanted_key = out_.pipeline.key;
    ReadKnown(wanted);
    if (how_far_ == HowFar::kKeep && noted_) {
      KeepKey(wanted_key);
      out_.pipeline.data = std::move(known_);
      return;
    }
    if (how_far_ == HowFar::kAll) {
      Rename();
      Retire();
    }
    for (DataColumn& column : wanted) {
      Fit(std::move(column));
    }
    DropTheRest();
    NameKey(wanted_key);
    out_.pipeline.data = std::move(known_);
    CompareKey();
  }

 private:
  // The columns there are, in the history's order.
  void ReadKnown(const std::vector<DataColumn>& wanted) {
    for (const CatalogColumn& c : history_.columns) {
      if (!c.name.starts_with(kAfter)) {
        continue;
      }
      DataColumn column;
      column.name = c.name.substr(kAfter.size());
      column.null_type = c.type;
      const CatalogColumn* now = current_ == nullptr ? nullptr : current_->Find(column.name);
      column.in_current = now != nullptr || current_ == nullptr;
      column.type = now != nullptr        ? now->type
                    : current_ == nullptr ? TypeInNewTable(wanted, c)
                                          : c.type;
      const bool noted = ReadNote(c.comment, column);
      noted_ = noted_ || noted;
      if (!noted) {
        Adopt(wanted, column);
      }
      known_.push_back(std::move(column));
    }
  }

  // A crash came between the history and the current table, which is made now as ever.
  static std::string TypeInNewTable(
      const std::vector<DataColumn>& wanted, const CatalogColumn& history
  ) {
    const auto same = std::find_if(wanted.begin(), wanted.end(), [&](const DataColumn& w) {
      return kAfter.size() + w.name.size() == history.name.size() &&
             history.name.ends_with(w.name) && SameType(w.null_type, history.type);
    });
    return same == wanted.end() ? history.type : same->type;
  }

  // A column of before there were notes: read as MySQL's of that name, if its type says so.
  static void Adopt(const std::vector<DataColumn>& wanted, DataColumn& column) {
    const auto same = std::find_if(wanted.begin(), wanted.end(), [&](const DataColumn& w) {
      return w.name == column.name;
    });
    if (same == wanted.end()) {
      return;
    }
    column.shown_as = column.name;
    column.source = same->source;
    column.field = same->field;
    if (!SameType(same->null_type, column.null_type)) {
      column.field.queue_type.clear();  // unknown, so like none
    }
  }

  DataColumn* FindShown(const std::string& mysql_name) {
    const auto at = std::find_if(known_.begin(), known_.end(), [&](const DataColumn& c) {
      return c.live() && c.shown_as == mysql_name;
    });
    return at == known_.end() ? nullptr : &*at;
  }

  DataColumn* FindNamed(const std::string& name) {
    const auto at = std::find_if(known_.begin(), known_.end(), [&](const DataColumn& c) {
      return c.name == name;
    });
    return at == known_.end() ? nullptr : &*at;
  }

  std::string FreeName(const std::string& base) {
    for (int n = 1;; ++n) {
      std::string name = fmt::format("{}__v{}", base, n);
      if (FindNamed(name) == nullptr) {
        return name;
      }
    }
  }

  void Step(std::string what) { out_.steps.push_back(std::move(what)); }

  void RenameColumn(DataColumn& column, const std::string& name) {
    out_.renames.emplace_back(column.name, name);
    // A crash came after the current table's half of this.
    const CatalogColumn* there = current_ == nullptr ? nullptr : current_->Find(name);
    if (!column.in_current && there != nullptr) {
      column.in_current = true;
      column.type = there->type;
    }
    for (std::string& key : out_.pipeline.key) {
      key = key == column.name ? name : key;
    }
    column.name = name;
    out_.needs_drain = true;
  }

  // A column that MySQL no longer has makes room for one that takes its name.
  void FreeTheName(const std::string& name) {
    DataColumn* taken = FindNamed(name);
    if (taken != nullptr && !taken->live()) {
      RenameColumn(*taken, FreeName(name));
      taken->field = {};
    }
  }

  // Names that this change has given already: it was followed in an earlier life, and its place in
  // the log not saved. Two columns that swapped their names must not do so again.
  bool Given(const std::string& name) {
    const DataColumn* column = FindShown(name);
    return column != nullptr && !statement_.empty() && column->since >= statement_;
  }

  void Rename() {
    std::vector<std::pair<DataColumn*, std::string>> moves;
    for (const auto& [was, now] : change_.renames) {
      if (Given(now)) {
        continue;
      }
      for (const std::string_view part : {"", "_srid"}) {
        DataColumn* column = FindShown(was + std::string(part));
        const bool shape = part.empty() || (column != nullptr && column->name == was + "_srid");
        if (column != nullptr && shape) {
          moves.emplace_back(column, now + std::string(part));
        }
      }
    }
    for (const auto& [column, now] : moves) {
      FreeTheName(now);
      Step(fmt::format("column {} is {} now", QuoteName(column->shown_as), QuoteName(now)));
      column->shown_as.clear();  // so that of two that change names neither is taken for the other
    }
    for (const auto& [column, now] : moves) {
      column->shown_as = now;
      column->source.name = now;
      column->since = statement_;
      if (FindNamed(now) == nullptr) {
        RenameColumn(*column, now);
      } else if (FindNamed(now) != column) {
        RenameColumn(*column, now + std::string(kMoving));
      }
    }
    for (const auto& [column, now] : moves) {
      if (column->name != now && FindNamed(now) == nullptr) {
        RenameColumn(*column, now);
      }
    }
  }

  void Retire() {
    for (const std::string& name : change_.made_anew) {
      if (Given(name)) {
        continue;
      }
      for (const std::string_view part : {"", "_srid"}) {
        if (DataColumn* column = FindShown(name + std::string(part))) {
          column->shown_as.clear();
          out_.needs_drain = true;
        }
      }
    }
  }

  void Fit(DataColumn wanted) {
    DataColumn* known = FindShown(wanted.shown_as);
    if (known == nullptr) {
      Add(std::move(wanted));
      return;
    }
    after_ = known->name;
    matched_.insert(known->name);
    if (how_far_ != HowFar::kAll && !known->field.ReadsLike(wanted.field)) {
      return;  // waits for its place among the messages
    }
    if (NeedsOwnColumn(*known, wanted)) {
      matched_.erase(known->name);
      known->shown_as.clear();
      known->field = {};
      out_.needs_drain = true;
      out_.rechecks.push_back({fmt::format("{} has another type", QuoteName(wanted.shown_as)), ""});
      Add(std::move(wanted));
      return;
    }
    Widen(*known, wanted);
  }

  bool NeedsOwnColumn(const DataColumn& known, const DataColumn& wanted) const {
    if (options_.on_type_change != TypePolicy::kNewColumn || how_far_ != HowFar::kAll) {
      return false;
    }
    return IsText(JoinTypes(known.type, wanted.type)) && !IsText(wanted.type);
  }

  void Widen(DataColumn& known, const DataColumn& wanted) {
    if (!known.field.ReadsLike(wanted.field)) {
      out_.needs_drain = true;
    }
    Recheck(known, wanted.source);
    const std::string type = JoinTypes(known.type, wanted.type);
    const std::string null_type = WithNull(JoinTypes(known.null_type, wanted.null_type));
    if (!SameType(type, known.type)) {
      Step(fmt::format("column {}: {} becomes {}", QuoteName(known.name), known.type, type));
      retyped_.insert(known.name);
      known.type = type;
    }
    known.null_type = null_type;
    known.field = wanted.field;
    known.source = wanted.source;
  }

  void Recheck(const DataColumn& known, const Column& now) {
    if (how_far_ != HowFar::kAll || known.source.type == ColumnType::kUnknown) {
      return;
    }
    const Rewritten rewritten = RewrittenRows(known.source, now, QuoteName(OldName(known.name)));
    if (rewritten.rows == Rewritten::Rows::kNone) {
      return;
    }
    // Rows may be consumed in any order: those of before have to be there to be counted.
    out_.needs_drain = true;
    out_.rechecks.push_back(
        {fmt::format("MySQL has converted values of {}", QuoteName(known.name)),
         rewritten.rows == Rewritten::Rows::kSome ? rewritten.condition : ""}
    );
  }

  void Add(DataColumn column) {
    if (how_far_ == HowFar::kKeep) {
      return;
    }
    for (const DataColumn& other : known_) {
      if (other.field.there() && other.field.path == column.field.path) {
        if (how_far_ != HowFar::kAll) {
          return;  // of a column that was dropped: waits for its place among the messages
        }
        out_.needs_drain = true;
      }
    }
    for (DataColumn& other : known_) {
      if (other.field.path == column.field.path) {
        other.field = {};
      }
    }
    column.since = how_far_ == HowFar::kAll ? statement_ : "";
    FreeTheName(column.name);
    if (FindNamed(column.name) != nullptr) {
      column.name = FreeName(column.name);  // another's, by a rename
    }
    const auto old_rows = OldRowsDefault(column.source, column.type);
    column.old_rows = old_rows.value_or("");
    if (!old_rows) {
      out_.rechecks.push_back(
          {fmt::format("only MySQL knows what older rows have in {}", QuoteName(column.name)), ""}
      );
    }
    Step(fmt::format("new column {} {}", QuoteName(column.name), column.type));
    const auto before = std::find_if(known_.begin(), known_.end(), [&](const DataColumn& c) {
      return c.name == after_;
    });
    after_ = column.name;
    matched_.insert(column.name);
    known_.insert(before == known_.end() ? known_.begin() : before + 1, std::move(column));
  }

  void DropTheRest() {
    if (how_far_ == HowFar::kKeep) {
      return;
    }
    for (DataColumn& column : known_) {
      if (matched_.contains(column.name) || (!column.live() && !column.in_current)) {
        continue;
      }
      if (column.live()) {
        Step(fmt::format("column {} is gone in MySQL", QuoteName(column.name)));
      }
      column.shown_as.clear();
      if (how_far_ == HowFar::kAll && options_.on_drop_column == DropPolicy::kDrop &&
          column.in_current) {
        column.in_current = false;
        out_.drops.push_back(column.name);
      } else if (how_far_ == HowFar::kAll) {
        column.type = WithNull(column.type);  // rows from now on have none
      }
    }
  }

  // The key by its names in ClickHouse.
  void NameKey(const std::vector<std::string>& wanted_key) {
    out_.pipeline.key.clear();
    for (const std::string& name : wanted_key) {
      const DataColumn* column = FindShown(name);
      out_.pipeline.key.push_back(column == nullptr ? name : column->name);
    }
  }

  // What the current table has, whatever MySQL's key is meanwhile.
  void KeepKey(const std::vector<std::string>& wanted_key) {
    if (current_ == nullptr) {
      NameKey(wanted_key);
      return;
    }
    out_.pipeline.key.clear();
    if (current_->Find("_sign") != nullptr) {
      return;
    }
    std::string key = PlainKey(current_->sorting_key) + ",";
    for (size_t at = 0, end = 0; (end = key.find(',', at)) != std::string::npos; at = end + 1) {
      out_.pipeline.key.push_back(key.substr(at, end - at));
    }
  }

  void CompareKey() {
    if (current_ == nullptr) {
      return;
    }
    if (how_far_ != HowFar::kAll) {
      KeepKey(out_.pipeline.key);
      return;
    }
    const auto in_key = [&](const std::string& name) {
      return std::find(out_.pipeline.key.begin(), out_.pipeline.key.end(), name) !=
             out_.pipeline.key.end();
    };
    const bool same = PlainKey(current_->sorting_key) == KeyOf(out_.pipeline);
    const bool retyped = std::any_of(retyped_.begin(), retyped_.end(), in_key);
    if (same && !retyped) {
      return;
    }
    Step(fmt::format("key: {} becomes {}", current_->sorting_key, KeyOf(out_.pipeline)));
    out_.rebuild_current = true;
    out_.needs_drain = true;
    for (DataColumn& column : out_.pipeline.data) {
      // A key column's value that only MySQL knows is no key to carry rows over by.
      const bool is_new = current_->Find(OldName(column.name)) == nullptr;
      if (in_key(column.name)) {
        column.type = WithoutNull(column.type);  // as MySQL's key columns are
      }
      if (in_key(column.name) && is_new) {
        out_.refill = false;
        out_.rechecks.push_back({fmt::format("{} is new in the key", QuoteName(column.name)), ""});
      }
    }
  }

  std::string OldName(const std::string& name) const {
    std::string old = name;
    for (auto at = out_.renames.rbegin(); at != out_.renames.rend(); ++at) {
      old = at->second == old ? at->first : old;
    }
    return old;
  }

  const SchemaChange& change_;
  const PipelineOptions& options_;
  const CatalogTable& history_;
  const CatalogTable* current_;
  const HowFar how_far_;
  Evolution& out_;
  const std::string statement_;  // the version of the last that led here, in hex; empty: none known
  std::vector<DataColumn> known_;
  bool noted_ = false;
  std::set<std::string> matched_;  // names among known_
  std::set<std::string> retyped_;
  std::string after_;  // the column fitted last
};

}  // namespace

Result<Evolution> Evolve(
    const SchemaChange& change,
    const PipelineOptions& options,
    const Catalog& catalog,
    HowFar how_far
) {
  Evolution out;
  out.pipeline = ROWHOUSE_TRY(StartPipeline(*change.schema, options));
  const std::string name = TableName(options, change.schema->id);
  const CatalogTable* history = catalog.Find(options.history_database, name);
  const CatalogTable* current = catalog.Find(options.current_database, name);
  if (history != nullptr) {
    Fitting(change, options, *history, current, how_far, out).Run();
  }
  FinishPipeline(options, out.pipeline);
  return out;
}

}  // namespace rowhouse::clickhouse
