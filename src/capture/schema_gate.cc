#include "capture/schema_gate.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"

namespace rowhouse::capture {

namespace {

class Hash {
 public:
  void Add(std::string_view text) {
    for (const char c : text) {
      Byte(static_cast<uint8_t>(c));
    }
    Byte(0xFF);  // no UTF-8, so texts side by side stay apart
  }

  void Add(uint64_t number) {
    for (int i = 0; i < 8; ++i) {
      Byte(static_cast<uint8_t>(number >> (8 * i)));
    }
  }

  std::string Text() const { return fmt::format("{:016x}", value_); }

 private:
  void Byte(uint8_t b) { value_ = (value_ ^ b) * 0x100000001b3; }

  uint64_t value_ = 0xcbf29ce484222325;  // FNV-1a
};

// Names of columns while statements are gone through: of before, and now.
class Names {
 public:
  void Edit(const ColumnEdit& edit) {
    switch (edit.kind) {
      case ColumnEdit::Kind::kAdd:
        added_.insert(edit.column);
        break;
      case ColumnEdit::Kind::kDrop:
        Drop(edit.column);
        break;
      case ColumnEdit::Kind::kRename:
        Rename(edit.column, edit.to);
        break;
    }
  }

  // Whether a column that is called `name` now is there since these statements only.
  bool IsAdded(const std::string& name) const { return added_.contains(name); }

  bool WasDropped(const std::string& name) const { return dropped_.contains(name); }

  const std::map<std::string, std::string>& first_names() const { return first_name_; }

 private:
  void Drop(const std::string& name) {
    if (added_.erase(name) == 0) {
      const auto renamed = first_name_.find(name);
      dropped_.insert(renamed == first_name_.end() ? name : renamed->second);
      first_name_.erase(name);
    }
  }

  void Rename(const std::string& from, const std::string& to) {
    if (added_.erase(from) != 0) {
      added_.insert(to);
      return;
    }
    const auto renamed = first_name_.find(from);
    std::string first = renamed == first_name_.end() ? from : renamed->second;
    first_name_.erase(from);
    first_name_[to] = std::move(first);
  }

  std::map<std::string, std::string> first_name_;  // by the name now
  std::set<std::string> added_;
  std::set<std::string> dropped_;  // by the first name
};

// RENAME a TO b, b TO a of one statement means both at once.
void EditAll(Names& names, const std::vector<ColumnEdit>& edits) {
  std::vector<ColumnEdit> second;
  for (const ColumnEdit& edit : edits) {
    const bool taken = edit.kind == ColumnEdit::Kind::kRename &&
                       std::any_of(edits.begin(), edits.end(), [&edit](const ColumnEdit& other) {
                         return other.kind == ColumnEdit::Kind::kRename && other.column == edit.to;
                       });
    if (taken) {
      const std::string between = edit.to + '\x01';
      names.Edit({ColumnEdit::Kind::kRename, edit.column, between});
      second.push_back({ColumnEdit::Kind::kRename, between, edit.to});
    } else {
      names.Edit(edit);
    }
  }
  for (const ColumnEdit& edit : second) {
    names.Edit(edit);
  }
}

RowVersion Before(const Change& first) {
  // No event starts one byte before another, so no row has a version there.
  constexpr uint64_t kByte = uint64_t{1} << 32;
  RowVersion version = first.Version();
  version.high -= version.low < kByte ? 1 : 0;
  version.low = ((version.low - kByte) & ~(kByte - 1)) | 1;
  return version;
}

}  // namespace

std::string Fingerprint(const TableSchema& table) {
  Hash hash;
  for (const Column& c : table.columns) {
    hash.Add(c.name);
    hash.Add(static_cast<uint64_t>(c.type));
    hash.Add(uint64_t{c.is_unsigned} | uint64_t{c.nullable} << 1);
    hash.Add(uint64_t{c.length} << 32 | uint64_t{c.collation} << 8);
    hash.Add(uint64_t{c.precision} << 16 | uint64_t{c.scale} << 8 | c.fsp);
    for (const std::string& label : c.labels) {
      hash.Add(label);
    }
    hash.Add(c.labels.size());
  }
  for (const uint32_t index : table.primary_key) {
    hash.Add(index);
  }
  return hash.Text();
}

SchemaChange Summarize(const TableSchemaPtr& schema, const std::vector<TableAltered>& statements) {
  Names names;
  for (const TableAltered& statement : statements) {
    EditAll(names, statement.edits);
  }
  SchemaChange change;
  change.schema = schema;
  change.statements = statements;
  for (const auto& [now, was] : names.first_names()) {
    if (now != was && schema->Find(now)) {
      change.renames.emplace_back(was, now);
    }
  }
  for (const Column& column : schema->columns) {
    if (names.IsAdded(column.name) && names.WasDropped(column.name)) {
      change.made_anew.insert(column.name);
    }
  }
  return change;
}

SchemaGate::SchemaGate(
    SchemaFollower* follower,
    std::map<TableId, FollowedSchema> known,
    AckTracker& tracker,
    Settle settle,
    Reload reload
)
    : follower_(follower),
      tracker_(tracker),
      settle_(std::move(settle)),
      reload_(std::move(reload)),
      tables_(std::move(known)) {}

void SchemaGate::Want(const TableSchemaPtr& table) {
  if (follower_ == nullptr) {
    return;
  }
  bool first = false;
  {
    MutexLock lock(mu_);
    first = tables_[table->id].fingerprint.empty();
  }
  follower_->Want(table, first ? SchemaFollower::Told::kFirst : SchemaFollower::Told::kAgain);
}

void SchemaGate::Altered(const TableId& table, TableAltered statement) {
  if (follower_ == nullptr) {
    return;
  }
  MutexLock lock(mu_);
  FollowedSchema& followed = tables_[table];
  const bool told = std::any_of(
      followed.statements.begin(),
      followed.statements.end(),
      [&statement](const TableAltered& s) { return s.at == statement.at; }
  );
  if (followed.fingerprint.empty() || told) {
    return;
  }
  followed.statements.push_back(std::move(statement));
  tracker_.NoteSchema(table, followed);
}

Status SchemaGate::Pass(
    const TableSchemaPtr& schema, const Change& first, AckToken token, const std::stop_token& stop
) {
  if (follower_ == nullptr) {
    return Ok();
  }
  const std::string fingerprint = Fingerprint(*schema);
  SchemaChange change;
  bool is_first = false;
  {
    MutexLock lock(mu_);
    FollowedSchema& followed = tables_[schema->id];
    std::vector<TableAltered> statements;
    std::copy_if(
        followed.statements.begin(),
        followed.statements.end(),
        std::back_inserter(statements),
        [&first](const TableAltered& s) { return s.at < first.Version(); }
    );
    change = Summarize(schema, statements);
    // A column dropped and made anew may leave the schema as it was.
    const bool same =
        followed.fingerprint == fingerprint && change.renames.empty() && change.made_anew.empty();
    if (same && statements.empty()) {
      return Ok();
    }
    if (same) {
      Passed(followed, fingerprint, *schema, first);
      return Ok();
    }
    is_first = followed.fingerprint.empty();
  }
  if (is_first) {
    // No message was ever made: those to come wait in Kafka for the queue.
    follower_->Want(schema, SchemaFollower::Told::kFirst);
  } else {
    change.before = Before(first);
    const std::string why = ROWHOUSE_TRY(follower_->Follow(
        change, [&] { return settle_(token, stop); }, stop
    ));
    if (!why.empty()) {
      tracker_.NoteReload(schema->id);
      reload_(schema, why);
    }
  }
  MutexLock lock(mu_);
  Passed(tables_[schema->id], fingerprint, *schema, first);
  return Ok();
}

void SchemaGate::Passed(
    FollowedSchema& followed,
    const std::string& fingerprint,
    const TableSchema& schema,
    const Change& first
) {
  followed.fingerprint = fingerprint;
  std::erase_if(followed.statements, [&first](const TableAltered& s) {
    return s.at < first.Version();
  });
  tracker_.NoteSchema(schema.id, followed);
}

}  // namespace rowhouse::capture
