#include "ddl/hint.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include <fmt/format.h>

namespace rowhouse::ddl {

namespace {

using Effect = TableEffect::Kind;

// Reads one statement, looking one token ahead.
class Parser {
 public:
  Parser(std::string_view sql, std::string_view default_db, Dialect dialect, bool fold_names)
      : lexer_(sql, dialect), default_db_(default_db), fold_names_(fold_names) {
    Step();
  }

  Hint Parse() {
    SkipSetStatement();
    if (Take("CREATE")) {
      Create();
    } else if (Take("ALTER")) {
      Alter();
    } else if (Take("DROP")) {
      Drop();
    } else if (Take("RENAME")) {
      Rename();
    } else if (Take("TRUNCATE")) {
      Take("TABLE");
      Add(Effect::kTruncate, Name());
    } else if (Take("GRANT") || Take("REVOKE")) {
      hint_.rights = true;
    }
    return std::move(hint_);
  }

 private:
  bool AtEnd() const { return next_.kind == Token::Kind::kEnd || next_.Is(';'); }

  void Step() { next_ = lexer_.Next(); }

  bool Take(std::string_view word) {
    const bool is = next_.Is(word);
    if (is) {
      Step();
    }
    return is;
  }

  bool TakeAny(std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words, [this](std::string_view word) { return Take(word); });
  }

  bool Take(char symbol) {
    const bool is = next_.Is(symbol);
    if (is) {
      Step();
    }
    return is;
  }

  bool IfExists() {
    const bool is = Take("IF");
    if (is) {
      Take("NOT");
      Take("EXISTS");
    }
    return is;
  }

  // MariaDB: SET STATEMENT variable = value, ... FOR statement. And SET DEFAULT ROLE, which
  // gives rights.
  void SkipSetStatement() {
    while (Take("SET")) {
      if (!Take("STATEMENT")) {
        hint_.rights = Take("DEFAULT") && Take("ROLE");
        return;
      }
      while (!AtEnd() && !Take("FOR")) {
        Step();
      }
    }
  }

  // One name; empty where none stands.
  std::string Word() {
    if (!next_.names()) {
      return {};
    }
    std::string name = std::move(next_.text);
    Step();
    return name;
  }

  std::string DbOrTable() {
    std::string name = Word();
    if (fold_names_) {
      std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      });
    }
    return name;
  }

  // [db .] table
  TableId Name() {
    TableId id;
    id.table = DbOrTable();
    if (Take('.')) {
      id.db = std::exchange(id.table, DbOrTable());
    }
    if (id.db.empty()) {
      id.db = default_db_;
    }
    return id;
  }

  TableEffect* Add(Effect kind, TableId table) {
    if (table.table.empty() && kind != Effect::kDropDatabase) {
      return nullptr;
    }
    TableEffect& effect = hint_.effects.emplace_back();
    effect.kind = kind;
    effect.table = std::move(table);
    return &effect;
  }

  void Create() {
    const bool or_replace = Take("OR") && Take("REPLACE");
    if (Take("TEMPORARY")) {
      return;  // never captured
    }
    if (Take("TABLE")) {
      const bool if_not_exists = IfExists();
      if (TableEffect* effect = Add(Effect::kCreate, Name())) {
        effect->or_replace = or_replace;
        effect->if_not_exists = if_not_exists;
      }
      return;
    }
    if (TakeAny({"USER", "ROLE"})) {
      hint_.rights = true;
      return;
    }
    CreateIndex();
  }

  // [ONLINE] [UNIQUE|FULLTEXT|SPATIAL|VECTOR] INDEX [IF NOT EXISTS] name [USING ..] ON table
  void CreateIndex() {
    TakeAny({"ONLINE", "OFFLINE"});
    TakeAny({"UNIQUE", "FULLTEXT", "SPATIAL", "VECTOR"});
    if (Take("INDEX")) {
      IndexOn();
    }
  }

  void IndexOn() {
    IfExists();
    Word();
    if (Take("USING")) {
      Word();
    }
    if (Take("ON")) {
      Add(Effect::kAlter, Name());
    }
  }

  void Drop() {
    if (Take("TEMPORARY")) {
      return;
    }
    if (TakeAny({"DATABASE", "SCHEMA"})) {
      IfExists();
      std::string db = DbOrTable();
      if (!db.empty()) {
        Add(Effect::kDropDatabase, {std::move(db), ""});
      }
      return;
    }
    if (TakeAny({"TABLE", "TABLES"})) {
      IfExists();
      do {
        Add(Effect::kDrop, Name());
      } while (Take(','));
      return;
    }
    if (TakeAny({"USER", "ROLE"})) {
      hint_.rights = true;
      return;
    }
    TakeAny({"ONLINE", "OFFLINE"});
    if (Take("INDEX")) {
      IndexOn();
    }
  }

  // RENAME TABLE a TO b, c TO d
  void Rename() {
    if (!TakeAny({"TABLE", "TABLES"})) {
      return;
    }
    do {
      IfExists();
      TableId from = Name();
      SkipWait();
      if (!Take("TO")) {
        return;
      }
      RenameTo(std::move(from));
    } while (Take(','));
  }

  void RenameTo(TableId from) {
    TableId to = Name();
    if (to.table.empty()) {
      return;
    }
    if (TableEffect* effect = Add(Effect::kRename, std::move(from))) {
      effect->other = std::move(to);
    }
  }

  // MariaDB: WAIT n, NOWAIT.
  void SkipWait() {
    if (Take("WAIT")) {
      Word();
    } else {
      Take("NOWAIT");
    }
  }

  void Alter() {
    bool ignores = false;
    while (TakeAny({"ONLINE", "OFFLINE"}) || next_.Is("IGNORE")) {
      ignores = Take("IGNORE") || ignores;
    }
    if (!Take("TABLE")) {
      return;
    }
    IfExists();
    const TableId table = Name();
    SkipWait();
    if (Add(Effect::kAlter, table) == nullptr) {
      return;
    }
    if (ignores) {
      Add(Effect::kRowsMoved, table);  // a new unique key drops the rows that clash
    }
    do {
      in_add_ = next_.Is("ADD");
      AlterPart(table);
      SkipPart();
    } while (Take(','));
  }

  // What is left of a part of ALTER TABLE, up to its comma.
  void SkipPart() {
    size_t depth = 0;
    while (!AtEnd() && (depth > 0 || !next_.Is(','))) {
      if (next_.Is('(')) {
        ++depth;
      } else if (next_.Is(')') && depth > 0) {
        --depth;
      }
      NoteKeyWord();
      Step();
    }
  }

  // Words that say what an added column or index is.
  void NoteKeyWord() {
    if (in_add_) {
      TableEffect& alter = hint_.effects[0];
      alter.key = alter.key || next_.Is("PRIMARY") || next_.Is("UNIQUE");
      alter.numbers = alter.numbers || next_.Is("AUTO_INCREMENT") || next_.Is("SERIAL");
    }
  }

  // Of the ALTER at hand, which is the first effect of its statement.
  void Column(ColumnHint::Kind kind, std::string name, std::string to = {}) {
    if (!name.empty()) {
      hint_.effects[0].columns.push_back({kind, std::move(name), std::move(to)});
    }
  }

  void AlterPart(const TableId& table) {
    if (Take("ADD")) {
      AddPart();
    } else if (Take("DROP")) {
      DropPart(table);
    } else if (Take("CHANGE")) {
      Take("COLUMN");
      IfExists();
      std::string from = Word();
      std::string to = Word();
      if (from == to) {
        Column(ColumnHint::Kind::kModify, std::move(from));
      } else if (!to.empty()) {
        Column(ColumnHint::Kind::kRename, std::move(from), std::move(to));
      }
    } else if (Take("MODIFY")) {
      Take("COLUMN");
      IfExists();
      Column(ColumnHint::Kind::kModify, Word());
    } else if (Take("ALTER")) {
      if (!TakeAny({"INDEX", "KEY", "CHECK", "CONSTRAINT"})) {
        Take("COLUMN");
        IfExists();
        Column(ColumnHint::Kind::kModify, Word());
      }
    } else if (Take("RENAME")) {
      RenamePart(table);
    } else {
      PartitionPart(table);
    }
  }

  // [COLUMN] name ... | [COLUMN] (name ..., name ...) | an index, a constraint, a partition
  void AddPart() {
    NoteKeyWord();
    const bool said = Take("COLUMN");
    IfExists();
    if (Take('(')) {
      AddList();
      return;
    }
    if (!said && TakeAny(
                     {"INDEX",
                      "KEY",
                      "FULLTEXT",
                      "SPATIAL",
                      "VECTOR",
                      "UNIQUE",
                      "PRIMARY",
                      "CONSTRAINT",
                      "FOREIGN",
                      "CHECK",
                      "PARTITION",
                      "PERIOD",
                      "SYSTEM"}
                 )) {
      return;
    }
    Column(ColumnHint::Kind::kAdd, Word());
  }

  void AddList() {
    size_t depth = 1;
    bool at_start = true;
    while (!AtEnd() && depth > 0) {
      if (at_start && !IsIndexWord()) {
        Column(ColumnHint::Kind::kAdd, Word());
      }
      at_start = next_.Is(',') && depth == 1;
      NoteKeyWord();
      if (next_.Is('(')) {
        ++depth;
      } else if (next_.Is(')')) {
        --depth;
      }
      Step();
    }
  }

  bool IsIndexWord() const {
    static constexpr std::string_view kWords[] = {
        "INDEX",
        "KEY",
        "FULLTEXT",
        "SPATIAL",
        "UNIQUE",
        "PRIMARY",
        "CONSTRAINT",
        "FOREIGN",
        "CHECK"};
    return std::ranges::any_of(kWords, [this](std::string_view w) { return next_.Is(w); });
  }

  void DropPart(const TableId& table) {
    if (Take("PARTITION")) {
      Add(Effect::kRowsMoved, table);
      return;
    }
    hint_.effects[0].key = hint_.effects[0].key || next_.Is("PRIMARY");
    const bool said = Take("COLUMN");
    if (!said &&
        TakeAny({"INDEX", "KEY", "PRIMARY", "FOREIGN", "CONSTRAINT", "CHECK", "PERIOD", "SYSTEM"}
        )) {
      return;
    }
    IfExists();
    Column(ColumnHint::Kind::kDrop, Word());
  }

  void RenamePart(const TableId& table) {
    if (Take("COLUMN")) {
      IfExists();
      std::string from = Word();
      if (Take("TO")) {
        Column(ColumnHint::Kind::kRename, std::move(from), Word());
      }
      return;
    }
    if (TakeAny({"INDEX", "KEY"})) {
      return;
    }
    if (!TakeAny({"TO", "AS"})) {
      Take('=');
    }
    RenameTo(table);
  }

  // Partitions and tablespaces: the rows they bring or take are not in the log.
  void PartitionPart(const TableId& table) {
    if (TakeAny({"TRUNCATE", "DISCARD", "IMPORT"})) {
      if (next_.Is("PARTITION") || next_.Is("TABLESPACE")) {
        Add(Effect::kRowsMoved, table);
      }
    } else if (Take("EXCHANGE")) {
      MovedWith(table, "WITH");
    } else if (Take("CONVERT")) {
      if (next_.Is("PARTITION")) {  // CONVERT PARTITION p TO TABLE t
        MovedWith(table, "TO");
      } else if (Take("TABLE")) {  // CONVERT TABLE t TO PARTITION p ...
        TableId gone = Name();
        Add(Effect::kRowsMoved, table);
        Add(Effect::kDrop, std::move(gone));
      }
    }
  }

  // ... PARTITION p `before` TABLE t
  void MovedWith(const TableId& table, std::string_view before) {
    if (!Take("PARTITION")) {
      return;
    }
    Word();
    if (Take(before) && Take("TABLE")) {
      TableId other = Name();
      if (TableEffect* effect = Add(Effect::kRowsMoved, table)) {
        effect->other = std::move(other);
      }
    }
  }

  Lexer lexer_;
  const std::string_view default_db_;
  const bool fold_names_;
  Token next_;
  bool in_add_ = false;  // inside a part of ALTER TABLE that begins with ADD
  Hint hint_;
};

std::string DescribeColumn(const ColumnHint& column) {
  switch (column.kind) {
    case ColumnHint::Kind::kAdd:
      return "add " + column.column;
    case ColumnHint::Kind::kDrop:
      return "drop " + column.column;
    case ColumnHint::Kind::kRename:
      return fmt::format("rename {} to {}", column.column, column.to);
    case ColumnHint::Kind::kModify:
      return "modify " + column.column;
  }
  return {};
}

}  // namespace

Hint ParseHint(
    std::string_view sql, std::string_view default_db, Dialect dialect, bool fold_names
) {
  return Parser(sql, default_db, dialect, fold_names).Parse();
}

std::string Describe(const TableEffect& effect) {
  const std::string table = effect.table.ToString();
  switch (effect.kind) {
    case Effect::kCreate:
      return (effect.or_replace ? "CREATE OR REPLACE " : "CREATE ") + table;
    case Effect::kRename:
      return fmt::format("RENAME {} TO {}", table, effect.other.ToString());
    case Effect::kTruncate:
      return "TRUNCATE " + table;
    case Effect::kDrop:
      return "DROP " + table;
    case Effect::kDropDatabase:
      return "DROP DATABASE " + effect.table.db;
    case Effect::kRowsMoved:
      return fmt::format("ROWS MOVED IN {}", table);
    case Effect::kAlter:
      break;
  }
  std::string text = "ALTER " + table;
  for (size_t i = 0; i < effect.columns.size(); ++i) {
    text += (i == 0 ? ": " : ", ") + DescribeColumn(effect.columns[i]);
  }
  return text;
}

}  // namespace rowhouse::ddl
