#include "ddl/diff.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace rowhouse::ddl {

namespace {

using Kind = SchemaStep::Kind;

// Names of columns are the same in any case of ASCII letters.
std::string Folded(std::string_view name) {
  std::string out(name);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

// Where each column name comes from: a column's index before, or nothing (made on the way).
using Origins = std::map<std::string, std::optional<uint32_t>>;

// The parts of one statement all speak of the table as it was before the statement.
Origins After(const TableEffect& statement, const Origins& origins) {
  Origins next = origins;
  for (const ColumnHint& hint : statement.columns) {
    if (hint.kind == ColumnHint::Kind::kDrop || hint.kind == ColumnHint::Kind::kRename) {
      next.erase(Folded(hint.column));
    }
  }
  for (const ColumnHint& hint : statement.columns) {
    const auto was = origins.find(Folded(hint.column));
    if (hint.kind == ColumnHint::Kind::kRename && was != origins.end()) {
      next[Folded(hint.to)] = was->second;
    } else if (hint.kind == ColumnHint::Kind::kAdd && !next.contains(Folded(hint.column))) {
      next[Folded(hint.column)] = std::nullopt;
    }
  }
  return next;
}

bool SameType(const Column& a, const Column& b) {
  return a.type == b.type && a.is_unsigned == b.is_unsigned && a.length == b.length &&
         a.precision == b.precision && a.scale == b.scale && a.fsp == b.fsp &&
         a.collation == b.collation;
}

bool SameDefault(const Column& a, const Column& b) {
  if (a.default_value.has_value() != b.default_value.has_value()) {
    return false;
  }
  return !a.default_value || (a.default_value->text == b.default_value->text &&
                              a.default_value->is_expression == b.default_value->is_expression);
}

bool IsInteger(ColumnType type) {
  return type <= ColumnType::kBigInt;
}

bool IsText(ColumnType type) {
  return type == ColumnType::kChar || type == ColumnType::kVarchar || type == ColumnType::kText;
}

// From shortest to longest form of the same values.
int TextRank(ColumnType type) {
  return type == ColumnType::kText ? 2 : (type == ColumnType::kVarchar ? 1 : 0);
}

bool KeepsIntegers(const Column& a, const Column& b, bool strict) {
  if (a.is_unsigned == b.is_unsigned) {
    return strict || a.type <= b.type;
  }
  // Unsigned values fit a wider signed type; negative ones fit no unsigned one.
  return strict || (a.is_unsigned && a.type < b.type);
}

bool KeepsDecimals(const Column& a, const Column& b, bool strict) {
  const int digits_a = a.precision - a.scale;
  const int digits_b = b.precision - b.scale;
  // Digits after the point are rounded away in any mode.
  return a.scale <= b.scale && (strict || (digits_a <= digits_b && a.is_unsigned == b.is_unsigned));
}

// Whether each value of a column of before is the same in the column now. `strict`: the ALTER
// would have failed where one does not fit.
bool KeepsValues(const Column& a, const Column& b, bool strict) {
  if (IsInteger(a.type) && IsInteger(b.type)) {
    return KeepsIntegers(a, b, strict);
  }
  if (IsText(a.type) && IsText(b.type)) {
    const bool roomier = TextRank(a.type) <= TextRank(b.type) && a.length <= b.length;
    return strict || roomier || (a.type != ColumnType::kText && b.type == ColumnType::kText);
  }
  if (a.type == ColumnType::kFloat && b.type == ColumnType::kDouble) {
    return true;
  }
  if (a.type != b.type) {
    return false;
  }
  switch (a.type) {
    case ColumnType::kDecimal:
      return KeepsDecimals(a, b, strict);
    case ColumnType::kVarbinary:
    case ColumnType::kBlob:
    case ColumnType::kBit:
      return strict || a.length <= b.length;
    case ColumnType::kTime:
    case ColumnType::kDateTime:
    case ColumnType::kTimestamp:
      return a.fsp <= b.fsp;
    case ColumnType::kBinary:  // padded to its length
      return a.length == b.length;
    default:
      return a.is_unsigned == b.is_unsigned || strict;
  }
}

// What an added column holds in rows of before is told by its default, unless each row has its own.
std::string WhyOwnValues(const Column& added) {
  if (added.is_generated) {
    return fmt::format("column {} is computed from others", added.name);
  }
  if (added.default_value && added.default_value->is_expression) {
    return fmt::format("column {} has an expression as its default", added.name);
  }
  return {};
}

std::string WhyStepChangesValues(
    const SchemaStep& step, const TableSchema& before, const TableSchema& after, bool strict
) {
  if (step.kind == Kind::kKey) {
    return "the key is another";
  }
  if (step.kind == Kind::kAdd) {
    return WhyOwnValues(after.columns[step.index]);
  }
  if (step.kind != Kind::kType && step.kind != Kind::kLabels && step.kind != Kind::kNullable) {
    return {};
  }
  const std::string& was = step.was.empty() ? step.column : step.was;
  const auto index = before.Find(was);
  if (!index) {
    return {};
  }
  const Column& a = before.columns[*index];
  const Column& b = after.columns[step.index];
  bool kept = true;
  if (step.kind == Kind::kType) {
    kept = KeepsValues(a, b, strict);
  } else if (step.kind == Kind::kLabels) {
    // Appended ones leave the others what they were.
    kept = b.labels.size() >= a.labels.size() &&
           std::equal(a.labels.begin(), a.labels.end(), b.labels.begin());
  } else if (step.kind == Kind::kNullable) {
    kept = strict || b.nullable;
  }
  return kept ? "" : fmt::format("values of column {} are converted", step.column);
}

// By the text alone.
std::string WhyTextChangesValues(const TableSchema& after, const TableEffect& statement) {
  if (statement.key) {
    return "the key may be another";
  }
  for (const ColumnHint& hint : statement.columns) {
    const auto index = after.Find(hint.column);
    if (hint.kind == ColumnHint::Kind::kModify || hint.kind == ColumnHint::Kind::kRename) {
      return fmt::format("values of column {} may be converted", hint.column);
    }
    if (hint.kind == ColumnHint::Kind::kAdd && index) {
      if (std::string why = WhyOwnValues(after.columns[*index]); !why.empty()) {
        return why;
      }
    }
  }
  return {};
}

// Finds the steps of one pair of schemas.
class Differ {
 public:
  Differ(const TableSchema& before, const TableSchema& after) : before_(before), after_(after) {}

  std::vector<SchemaStep> Find(std::span<const TableEffect> statements) {
    Match(statements);
    std::vector<bool> kept(before_.columns.size());
    for (const auto& from : from_) {
      if (from) {
        kept[*from] = true;
      }
    }
    for (uint32_t i = 0; i < kept.size(); ++i) {
      if (!kept[i]) {
        steps_.push_back({Kind::kDrop, before_.columns[i].name, "", i});
      }
    }
    for (uint32_t i = 0; i < from_.size(); ++i) {
      Compare(i);
    }
    CompareOrder();
    return std::move(steps_);
  }

 private:
  // Sets from_: for each column after, the one before that it was.
  void Match(std::span<const TableEffect> statements) {
    Origins plain;
    for (uint32_t i = 0; i < before_.columns.size(); ++i) {
      plain[Folded(before_.columns[i].name)] = i;
    }
    Origins told = plain;
    for (const TableEffect& statement : statements) {
      told = After(statement, told);
    }
    std::vector<bool> taken(before_.columns.size());
    std::vector<bool> made(after_.columns.size());
    from_.resize(after_.columns.size());
    for (uint32_t i = 0; i < from_.size(); ++i) {
      const auto origin = told.find(Folded(after_.columns[i].name));
      made[i] = origin != told.end() && !origin->second;
      if (origin != told.end() && origin->second && !taken[*origin->second]) {
        from_[i] = origin->second;
        taken[*origin->second] = true;
      }
    }
    // What the statements do not speak of, or speak of wrongly, goes by its name.
    for (uint32_t i = 0; i < from_.size(); ++i) {
      const auto same = plain.find(Folded(after_.columns[i].name));
      if (!from_[i] && !made[i] && same != plain.end() && !taken[*same->second]) {
        from_[i] = same->second;
        taken[*same->second] = true;
      }
    }
  }

  void Compare(uint32_t i) {
    const Column& now = after_.columns[i];
    if (!from_[i]) {
      steps_.push_back({Kind::kAdd, now.name, "", i});
      return;
    }
    const Column& was = before_.columns[*from_[i]];
    const auto step = [&](bool same, Kind kind) {
      if (!same) {
        steps_.push_back({kind, now.name, was.name == now.name ? "" : was.name, i});
      }
    };
    step(was.name == now.name, Kind::kRename);
    step(SameType(was, now), Kind::kType);
    step(was.labels == now.labels, Kind::kLabels);
    step(was.nullable == now.nullable, Kind::kNullable);
    step(SameDefault(was, now), Kind::kDefault);
    step(was.comment == now.comment, Kind::kComment);
  }

  void CompareOrder() {
    std::vector<uint32_t> order;
    for (const auto& from : from_) {
      if (from) {
        order.push_back(*from);
      }
    }
    if (!std::ranges::is_sorted(order)) {
      steps_.push_back({Kind::kMove, "", "", 0});
    }
    std::vector<std::optional<uint32_t>> key;
    for (const uint32_t column : after_.primary_key) {
      key.push_back(from_[column]);
    }
    const std::vector<std::optional<uint32_t>> old_key(
        before_.primary_key.begin(), before_.primary_key.end()
    );
    if (key != old_key) {
      steps_.push_back({Kind::kKey, "", "", 0});
    }
  }

  const TableSchema& before_;
  const TableSchema& after_;
  std::vector<std::optional<uint32_t>> from_;
  std::vector<SchemaStep> steps_;
};

}  // namespace

std::vector<SchemaStep> Diff(
    const TableSchema& before, const TableSchema& after, std::span<const TableEffect> statements
) {
  return Differ(before, after).Find(statements);
}

bool AlterContext::IsStrict(uint64_t sql_mode) {
  constexpr uint64_t kStrictTransTables = 0x200000;
  constexpr uint64_t kStrictAllTables = 0x400000;
  return (sql_mode & (kStrictTransTables | kStrictAllTables)) != 0;
}

std::string WhyValuesChange(
    const TableSchema& after, const TableEffect& statement, const AlterContext& context
) {
  if (statement.numbers) {
    return "a column numbers the rows";
  }
  if (context.before == nullptr) {
    return WhyTextChangesValues(after, statement);
  }
  for (const SchemaStep& step : Diff(*context.before, after, {&statement, 1})) {
    std::string why = WhyStepChangesValues(step, *context.before, after, context.strict);
    if (!why.empty()) {
      return why;
    }
  }
  return {};
}

std::string Describe(const SchemaStep& step) {
  switch (step.kind) {
    case Kind::kDrop:
      return "drop " + step.column;
    case Kind::kAdd:
      return "add " + step.column;
    case Kind::kRename:
      return fmt::format("rename {} to {}", step.was, step.column);
    case Kind::kType:
      return fmt::format("type of {}", step.column);
    case Kind::kLabels:
      return fmt::format("labels of {}", step.column);
    case Kind::kNullable:
      return fmt::format("NULL of {}", step.column);
    case Kind::kDefault:
      return fmt::format("default of {}", step.column);
    case Kind::kComment:
      return fmt::format("comment of {}", step.column);
    case Kind::kMove:
      return "order of columns";
    case Kind::kKey:
      return "key";
  }
  return {};
}

}  // namespace rowhouse::ddl
