#include "registry/errors.h"

#include <fmt/format.h>

namespace rowhouse::registry {
namespace {

Error Missing(int code, std::string message) {
  return Error(ErrorKind::kNotFound, std::move(message)).WithNative(code);
}

Error Refused(int code, std::string message) {
  return Error(ErrorKind::kBadRecord, std::move(message)).WithNative(code);
}

}  // namespace

int StatusOf(int code) {
  return code >= 10'000 ? code / 100 : code;
}

Error SubjectNotFound(const std::string& subject) {
  return Missing(kSubjectNotFound, fmt::format("Subject '{}' not found.", subject));
}

Error VersionNotFound(int32_t version) {
  return Missing(kVersionNotFound, fmt::format("Version {} not found.", version));
}

Error SchemaNotFound(int32_t id) {
  return Missing(kSchemaNotFound, fmt::format("Schema {} not found", id));
}

Error SchemaNotFound() {
  return Missing(kSchemaNotFound, "Schema not found");
}

Error SubjectSoftDeleted(const std::string& subject) {
  return Missing(
      kSubjectSoftDeleted,
      fmt::format(
          "Subject '{}' was soft deleted. Set permanent=true to delete permanently", subject
      )
  );
}

Error SubjectNotSoftDeleted(const std::string& subject) {
  return Missing(
      kSubjectNotSoftDeleted,
      fmt::format("Subject '{}' was not deleted first before being permanently deleted", subject)
  );
}

Error VersionSoftDeleted(const std::string& subject, int32_t version) {
  return Missing(
      kVersionSoftDeleted,
      fmt::format(
          "Subject '{}' Version {} was soft deleted. Set permanent=true to delete permanently",
          subject,
          version
      )
  );
}

Error VersionNotSoftDeleted(const std::string& subject, int32_t version) {
  return Missing(
      kVersionNotSoftDeleted,
      fmt::format(
          "Subject '{}' Version {} was not deleted first before being permanently deleted",
          subject,
          version
      )
  );
}

Error LevelNotSet(const std::string& subject) {
  return Missing(
      kLevelNotSet,
      fmt::format("Subject '{}' does not have subject-level compatibility configured", subject)
  );
}

Error ModeNotSet(const std::string& subject) {
  return Missing(
      kModeNotSet, fmt::format("Subject '{}' does not have subject-level mode configured", subject)
  );
}

Error Incompatible(const std::string& subject, std::string_view details) {
  return Refused(
      kIncompatible,
      fmt::format(
          "Schema being registered is incompatible with an earlier schema for subject \"{}\", "
          "details: {}",
          subject,
          details
      )
  );
}

Error InvalidSchema(std::string_view why) {
  return Refused(kInvalidSchema, fmt::format("Invalid schema: {}", why));
}

Error InvalidVersion(std::string_view version) {
  return Refused(
      kInvalidVersion,
      fmt::format(
          "The specified version '{}' is not a valid version id. Allowed values are between "
          "[1, 2^31-1] and the string \"latest\"",
          version
      )
  );
}

Error InvalidLevel() {
  return Refused(
      kInvalidLevel,
      "Invalid compatibility level. Valid values are none, backward, forward, full, "
      "backward_transitive, forward_transitive, and full_transitive"
  );
}

Error InvalidMode() {
  return Refused(kInvalidMode, "Invalid mode. Valid values are READWRITE, READONLY and IMPORT.");
}

Error NotPermitted(std::string_view why) {
  return Refused(kNotPermitted, std::string(why));
}

Error ReferenceExists(const std::string& subject, int32_t version) {
  return Refused(
      kReferenceExists,
      fmt::format("One or more references exist to the schema {} version {}.", subject, version)
  );
}

Error IdDoesNotMatch(int32_t id) {
  return Refused(
      kIdDoesNotMatch, fmt::format("Schema already registered with an id other than {}", id)
  );
}

Error StoreFailed(const Error& cause) {
  const bool away = cause.kind() == ErrorKind::kUnavailable;
  const std::string_view what = away ? "the registry's topic in Kafka can't be reached"
                                     : "the registry's topic in Kafka refused the request";
  return Error(cause.kind(), fmt::format("{}: {}", what, cause.message()))
      .WithNative(away ? kNoLeader : kStoreFailed)
      .WithHint(cause.hint());
}

}  // namespace rowhouse::registry
