#include "registry/store.h"

#include <algorithm>

#include <fmt/format.h>

#include "avro/schema.h"
#include "base/log.h"
#include "registry/errors.h"

namespace rowhouse::registry {
namespace {

constexpr int kReferenceDepthMax = 50;
constexpr milliseconds kRefreshEvery{1000};

std::optional<SubjectVersion> Copy(const SubjectVersion* version) {
  return version == nullptr ? std::nullopt : std::optional(*version);
}

std::vector<SubjectVersion> Copies(const std::vector<const SubjectVersion*>& versions) {
  std::vector<SubjectVersion> out;
  out.reserve(versions.size());
  for (const SubjectVersion* version : versions) {
    out.push_back(*version);
  }
  return out;
}

// The version of the subject that has this schema and is not deleted.
const SubjectVersion* FindSame(
    const SchemaSet& set, const std::string& subject, const SchemaText& schema
) {
  for (const SubjectVersion* version : set.Versions(subject, Deleted::kHide)) {
    if (version->schema == schema) {
      return version;
    }
  }
  return nullptr;
}

}  // namespace

Store::Store(OpenLog open_log, avro::Compatibility default_level)
    : open_log_(std::move(open_log)), default_level_(avro::CompatibilityName(default_level)) {}

Status Store::Refresh() {
  const MutexLock lock(write_mu_);
  return RefreshLocked();
}

Status Store::EnsureLoaded() {
  {
    const MutexLock lock(set_mu_);
    if (loaded_) {
      return Ok();
    }
  }
  const MutexLock lock(write_mu_);
  return Sync();
}

// Requests that queued up behind one that waited for a dead broker do not wait as long again.
Status Store::Sync() {
  {
    const MutexLock lock(set_mu_);
    if (failure_.has_value() && Clock::Real().Now() < refreshed_at_ + kRefreshEvery) {
      return *failure_;
    }
  }
  return RefreshLocked();
}

Status Store::RefreshAfterMiss() {
  {
    const MutexLock lock(set_mu_);
    if (Clock::Real().Now() < refreshed_at_ + kRefreshEvery) {
      return failure_.has_value() ? Status(*failure_) : Ok();
    }
  }
  return Refresh();
}

Status Store::RefreshLocked() {
  Status status = ReadLog();
  const MutexLock lock(set_mu_);
  loaded_ = loaded_ || status.has_value();
  refreshed_at_ = Clock::Real().Now();
  failure_ = status.has_value() ? std::nullopt : std::optional(status.error());
  return status;
}

Status Store::ReadLog() {
  if (log_ == nullptr) {
    auto opened = open_log_();
    if (!opened.has_value()) {
      return StoreFailed(opened.error());
    }
    log_ = std::move(opened).value();
  }
  const Status read = log_->ReadToEnd([this](const Record& record) NO_THREAD_SAFETY_ANALYSIS {
    last_offset_ = record.offset;
    if (!record.key.has_value()) {
      return;
    }
    const MutexLock lock(set_mu_);
    const Status applied = set_.Apply(*record.key, record.value);
    if (!applied.has_value()) {
      LogWarn(
          "a record of the registry's topic is passed over",
          applied.error(),
          {{"offset", record.offset}}
      );
    }
  });
  return read.has_value() ? Ok() : Status(StoreFailed(read.error()));
}

Status Store::Write(const std::string& key, std::optional<std::string> value) {
  const auto offset = log_->Put(key, value);
  if (!offset.has_value()) {
    return StoreFailed(offset.error());
  }
  ROWHOUSE_TRY(RefreshLocked());
  if (last_offset_ < *offset) {
    return StoreFailed(Error(
        ErrorKind::kInternal,
        fmt::format("the record written at offset {} was not there when read back", *offset)
    ));
  }
  return Ok();
}

Status Store::WriteVersion(const SubjectVersion& version) {
  ROWHOUSE_TRY(Write(SchemaKey(version.subject, version.version), SchemaValue(version)));
  const auto kept = ROWHOUSE_TRY(Look([&](const SchemaSet& set) {
    return Copy(set.Find(version.subject, version.version, Deleted::kInclude));
  }));
  if (!kept.has_value() || kept->schema != version.schema || kept->id != version.id) {
    return StoreFailed(
        Error(ErrorKind::kInternal, "another registry wrote to the same topic at the same moment")
            .WithHint("let one registry write to a topic; register again")
    );
  }
  return Ok();
}

Result<avro::SchemaPtr> Store::Parse(const SchemaText& schema, int depth) {
  if (depth > kReferenceDepthMax) {
    return InvalidSchema(fmt::format("references nest deeper than {}", kReferenceDepthMax));
  }
  if (!schema.type.empty()) {
    return InvalidSchema("a schema of type " + schema.type + " can't be used by an Avro schema");
  }
  std::vector<avro::SchemaPtr> referenced;
  for (const Reference& one : schema.references) {
    const auto found = ROWHOUSE_TRY(Look([&](const SchemaSet& set) {
      return Copy(set.Find(one.subject, one.version, Deleted::kInclude));
    }));
    if (!found.has_value()) {
      return InvalidSchema(fmt::format(
          "no schema reference found for subject \"{}\" and version {}", one.subject, one.version
      ));
    }
    referenced.push_back(ROWHOUSE_TRY(Parse(found->schema, depth + 1)));
  }
  auto parsed = avro::Schema::Parse(schema.text, referenced);
  if (!parsed.has_value()) {
    return InvalidSchema(parsed.error().message());
  }
  return parsed;
}

Result<SchemaText> Store::Canonical(const SchemaRequest& request) {
  if (request.schema.empty()) {
    return InvalidSchema("it is empty");
  }
  const avro::SchemaPtr parsed = ROWHOUSE_TRY(Parse({request.schema, request.references}, 0));
  return SchemaText{parsed->Text(), request.references};
}

Status Store::CheckMayWrite(const std::string& subject) {
  const std::string mode = ROWHOUSE_TRY(ModeInScope(subject));
  if (mode.starts_with("READONLY")) {
    return NotPermitted(fmt::format("Subject {} is in read-only mode", subject));
  }
  return Ok();
}

Status Store::CheckMayRegister(const std::string& subject, const SchemaRequest& request) {
  ROWHOUSE_TRY(CheckMayWrite(subject));
  const bool importing = ROWHOUSE_TRY(ModeInScope(subject)) == "IMPORT";
  if (request.id.has_value() && !importing) {
    return NotPermitted(fmt::format("Subject {} is not in import mode", subject));
  }
  if (!request.id.has_value() && importing) {
    return NotPermitted(fmt::format("Subject {} is not in read-write mode", subject));
  }
  return Ok();
}

// The record that registers the schema, from the set as of the topic's end.
Result<SubjectVersion> Store::Next(
    const std::string& subject, const SchemaRequest& request, const SchemaText& schema
) {
  const MutexLock lock(set_mu_);
  const auto all = set_.Versions(subject, Deleted::kInclude);
  const int32_t next = all.empty() ? 1 : all.back()->version + 1;
  SubjectVersion out{subject, request.version.value_or(next), 0, schema, false};
  if (!request.id.has_value() && out.version != next) {
    return InvalidSchema("Version is not one more than previous version");
  }
  const std::optional<int32_t> known = set_.IdOf(schema);
  if (request.id.has_value()) {
    const SchemaText* taken = set_.ById(*request.id);
    if (taken != nullptr && *taken != schema) {
      return NotPermitted(
          fmt::format("Overwrite new schema with id {} is not permitted.", *request.id)
      );
    }
    out.id = *request.id;
  } else {
    out.id = known.value_or(set_.max_id() + 1);
  }
  return out;
}

Result<int32_t> Store::Register(const std::string& subject, const SchemaRequest& request) {
  const SchemaText schema = ROWHOUSE_TRY(Canonical(request));
  const auto same = [&](const SchemaSet& set) { return Copy(FindSame(set, subject, schema)); };
  const bool may_be_known = !request.version.has_value();
  if (may_be_known && !request.id.has_value()) {
    if (const auto known = ROWHOUSE_TRY(Look(same)); known.has_value()) {
      return known->id;
    }
  }
  const MutexLock lock(write_mu_);
  ROWHOUSE_TRY(Sync());
  ROWHOUSE_TRY(CheckMayRegister(subject, request));
  if (const auto known = ROWHOUSE_TRY(Look(same)); may_be_known && known.has_value()) {
    if (request.id.has_value() && *request.id != known->id) {
      return IdDoesNotMatch(*request.id);
    }
    return known->id;
  }
  const SubjectVersion next = ROWHOUSE_TRY(Next(subject, request, schema));
  if (!request.id.has_value()) {
    const auto earlier = ROWHOUSE_TRY(Look([&](const SchemaSet& set) {
      return Copies(set.Versions(subject, Deleted::kHide));
    }));
    const auto problems = ROWHOUSE_TRY(CheckCompatible(subject, request, earlier));
    if (!problems.empty()) {
      return Incompatible(subject, fmt::format("[{}]", fmt::join(problems, ", ")));
    }
  }
  ROWHOUSE_TRY(WriteVersion(next));
  // An older, softly deleted version with the same schema has no more use.
  const auto deleted = ROWHOUSE_TRY(Look([&](const SchemaSet& set) {
    return Copies(set.Versions(subject, Deleted::kOnly));
  }));
  for (const SubjectVersion& old : deleted) {
    if (old.id == next.id && old.version < next.version) {
      ROWHOUSE_TRY(Write(SchemaKey(subject, old.version), std::nullopt));
    }
  }
  return next.id;
}

Result<std::vector<std::string>> Store::CheckCompatible(
    const std::string& subject,
    const SchemaRequest& request,
    const std::vector<SubjectVersion>& earlier
) {
  const std::string name = ROWHOUSE_TRY(LevelInScope(subject));
  const auto level = avro::ParseCompatibility(name);
  if (!level.has_value() || *level == avro::Compatibility::kNone || earlier.empty()) {
    // The text is parsed all the same: an unreadable one is an error at every level.
    ROWHOUSE_TRY(Canonical(request));
    return std::vector<std::string>();
  }
  const avro::SchemaPtr candidate = ROWHOUSE_TRY(Parse({request.schema, request.references}, 0));
  std::vector<avro::SchemaPtr> parsed;
  for (const SubjectVersion& version : earlier) {
    if (!version.schema.type.empty()) {
      return std::vector<std::string>{
          fmt::format("{{oldSchemaVersion: {}}}", version.version),
          fmt::format("{{oldSchemaType: '{}'}}", version.schema.type)};
    }
    parsed.push_back(ROWHOUSE_TRY(Parse(version.schema, 0)));
  }
  const auto report = avro::CheckCompatibility(*level, *candidate, parsed);
  std::vector<std::string> out;
  for (const avro::Incompatibility& problem : report.problems) {
    out.push_back(problem.ToString());
  }
  if (!out.empty()) {
    const SubjectVersion& against = earlier.at(report.against);
    out.push_back(fmt::format("{{oldSchemaVersion: {}}}", against.version));
    out.push_back(fmt::format("{{oldSchema: '{}'}}", against.schema.text));
    out.push_back(fmt::format("{{compatibility: '{}'}}", name));
  }
  return out;
}

}  // namespace rowhouse::registry
