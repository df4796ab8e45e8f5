// Store's deletions and settings; registration is in store.cc.

#include <fmt/format.h>

#include "registry/errors.h"
#include "registry/store.h"

namespace rowhouse::registry {
namespace {

constexpr std::string_view kDefaultMode = "READWRITE";

// What stands in the way of deleting this version.
Status CheckDeletable(const SchemaSet& set, const std::string& subject, int32_t version) {
  return set.ReferencedBy(subject, version).empty() ? Ok()
                                                    : Status(ReferenceExists(subject, version));
}

// The version to delete, or why it can't be.
Result<SubjectVersion> FindDeletable(
    const SchemaSet& set, const std::string& subject, int32_t version, Store::How how
) {
  if (set.Versions(subject, Deleted::kInclude).empty()) {
    return SubjectNotFound(subject);
  }
  const bool permanent = how == Store::How::kPermanent;
  const SubjectVersion* found = set.Find(subject, version, Deleted::kHide);
  if (permanent && found != nullptr) {
    return VersionNotSoftDeleted(subject, found->version);
  }
  const SubjectVersion* gone = set.Find(subject, version, Deleted::kOnly);
  if (!permanent && found == nullptr && gone != nullptr) {
    return VersionSoftDeleted(subject, gone->version);
  }
  const SubjectVersion* target = permanent ? gone : found;
  if (target == nullptr) {
    return VersionNotFound(version);
  }
  ROWHOUSE_TRY(CheckDeletable(set, subject, target->version));
  return *target;
}

// The subject's versions to delete, or why they can't be.
Result<std::vector<int32_t>> FindDeletable(
    const SchemaSet& set, const std::string& subject, Store::How how
) {
  const auto all = set.Versions(subject, Deleted::kInclude);
  const auto live = set.Versions(subject, Deleted::kHide);
  if (all.empty()) {
    return SubjectNotFound(subject);
  }
  const bool permanent = how == Store::How::kPermanent;
  if (permanent && !live.empty()) {
    return SubjectNotSoftDeleted(subject);
  }
  if (!permanent && live.empty()) {
    return SubjectSoftDeleted(subject);
  }
  std::vector<int32_t> out;
  for (const SubjectVersion* version : permanent ? all : live) {
    ROWHOUSE_TRY(CheckDeletable(set, subject, version->version));
    out.push_back(version->version);
  }
  return out;
}

}  // namespace

Status Store::ForgetSettings(const std::string& subject) {
  const auto has = ROWHOUSE_TRY(Look([&](const SchemaSet& set) {
    return std::pair(set.Level(subject).has_value(), set.Mode(subject).has_value());
  }));
  if (has.first) {
    ROWHOUSE_TRY(Write(LevelKey(subject), std::nullopt));
  }
  if (has.second) {
    ROWHOUSE_TRY(Write(ModeKey(subject), std::nullopt));
  }
  return Ok();
}

Result<int32_t> Store::DeleteVersion(const std::string& subject, int32_t version, How how) {
  const MutexLock lock(write_mu_);
  ROWHOUSE_TRY(Sync());
  ROWHOUSE_TRY(CheckMayWrite(subject));
  auto found = ROWHOUSE_TRY(Look([&](const SchemaSet& set) {
    return FindDeletable(set, subject, version, how);
  }));
  SubjectVersion target = ROWHOUSE_TRY(std::move(found));
  if (how == How::kSoft) {
    target.deleted = true;
    ROWHOUSE_TRY(WriteVersion(target));
    return target.version;
  }
  ROWHOUSE_TRY(Write(SchemaKey(subject, target.version), std::nullopt));
  const bool empty = ROWHOUSE_TRY(Look([&](const SchemaSet& set) {
    return set.Versions(subject, Deleted::kInclude).empty();
  }));
  if (empty) {
    ROWHOUSE_TRY(ForgetSettings(subject));
  }
  return target.version;
}

Result<std::vector<int32_t>> Store::DeleteSubject(const std::string& subject, How how) {
  const MutexLock lock(write_mu_);
  ROWHOUSE_TRY(Sync());
  ROWHOUSE_TRY(CheckMayWrite(subject));
  auto found =
      ROWHOUSE_TRY(Look([&](const SchemaSet& set) { return FindDeletable(set, subject, how); }));
  const std::vector<int32_t> versions = ROWHOUSE_TRY(std::move(found));
  if (how == How::kSoft) {
    ROWHOUSE_TRY(Write(DeleteSubjectKey(subject), DeleteSubjectValue(subject, versions.back())));
    return versions;
  }
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    ROWHOUSE_TRY(Write(SchemaKey(subject, *version), std::nullopt));
  }
  ROWHOUSE_TRY(ForgetSettings(subject));
  return versions;
}

Result<std::string> Store::LevelInScope(const std::string& subject) {
  return Look([&](const SchemaSet& set) {
    const auto own = set.Level(subject);
    return own.has_value() ? *own : set.Level({}).value_or(default_level_);
  });
}

Result<std::string> Store::ModeInScope(const std::string& subject) {
  return Look([&](const SchemaSet& set) {
    const auto own = set.Mode(subject);
    return own.has_value() ? *own : set.Mode({}).value_or(std::string(kDefaultMode));
  });
}

Status Store::SetLevel(const std::string& subject, const std::string& level) {
  const auto parsed = avro::ParseCompatibility(level);
  if (!parsed.has_value()) {
    return InvalidLevel();
  }
  const MutexLock lock(write_mu_);
  ROWHOUSE_TRY(Sync());
  ROWHOUSE_TRY(CheckMayWrite(subject));
  return Write(
      LevelKey(subject), LevelValue(subject, std::string(avro::CompatibilityName(*parsed)))
  );
}

Status Store::SetMode(const std::string& subject, const std::string& mode, bool force) {
  if (mode != "READWRITE" && mode != "READONLY" && mode != "READONLY_OVERRIDE" &&
      mode != "IMPORT") {
    return InvalidMode();
  }
  const MutexLock lock(write_mu_);
  ROWHOUSE_TRY(Sync());
  const bool has_schemas = ROWHOUSE_TRY(Look([&](const SchemaSet& set) {
    return subject.empty() ? !set.Subjects({}, Deleted::kHide).empty()
                           : !set.Versions(subject, Deleted::kHide).empty();
  }));
  const std::string before = ROWHOUSE_TRY(ModeInScope(subject));
  if (mode == "IMPORT" && has_schemas && !force && before != "IMPORT") {
    return NotPermitted("Cannot import since found existing subjects");
  }
  return Write(ModeKey(subject), ModeValue(subject, mode));
}

Result<std::string> Store::DeleteLevel(const std::string& subject) {
  const MutexLock lock(write_mu_);
  ROWHOUSE_TRY(Sync());
  ROWHOUSE_TRY(CheckMayWrite(subject));
  const auto own = ROWHOUSE_TRY(Look([&](const SchemaSet& set) { return set.Level(subject); }));
  if (!own.has_value() && !subject.empty()) {
    return SubjectNotFound(subject);
  }
  if (own.has_value()) {
    ROWHOUSE_TRY(Write(LevelKey(subject), std::nullopt));
  }
  return own.value_or(default_level_);
}

Result<std::string> Store::DeleteMode(const std::string& subject) {
  const MutexLock lock(write_mu_);
  ROWHOUSE_TRY(Sync());
  const auto own = ROWHOUSE_TRY(Look([&](const SchemaSet& set) { return set.Mode(subject); }));
  if (!own.has_value() && !subject.empty()) {
    return SubjectNotFound(subject);
  }
  if (own.has_value()) {
    ROWHOUSE_TRY(Write(ModeKey(subject), std::nullopt));
  }
  return own.value_or(std::string(kDefaultMode));
}

}  // namespace rowhouse::registry
