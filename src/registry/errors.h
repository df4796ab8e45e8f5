#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

// The registry's errors, with the numbers and words that Confluent's clients know. The
// number is Error::native(); its first three digits are the HTTP status.
namespace rowhouse::registry {

inline constexpr int kSubjectNotFound = 40401;
inline constexpr int kVersionNotFound = 40402;
inline constexpr int kSchemaNotFound = 40403;
inline constexpr int kSubjectSoftDeleted = 40404;
inline constexpr int kSubjectNotSoftDeleted = 40405;
inline constexpr int kVersionSoftDeleted = 40406;
inline constexpr int kVersionNotSoftDeleted = 40407;
inline constexpr int kLevelNotSet = 40408;
inline constexpr int kModeNotSet = 40409;
inline constexpr int kIncompatible = 40901;
inline constexpr int kInvalidSchema = 42201;
inline constexpr int kInvalidVersion = 42202;
inline constexpr int kInvalidLevel = 42203;
inline constexpr int kInvalidMode = 42204;
inline constexpr int kNotPermitted = 42205;
inline constexpr int kReferenceExists = 42206;
inline constexpr int kIdDoesNotMatch = 42207;
inline constexpr int kInvalidSubject = 42208;
inline constexpr int kStoreFailed = 50001;
inline constexpr int kStoreTimedOut = 50002;
inline constexpr int kNoLeader = 50003;

// The HTTP status of an error number: 40401 -> 404, 404 -> 404.
int StatusOf(int code);

Error SubjectNotFound(const std::string& subject);
Error VersionNotFound(int32_t version);
Error SchemaNotFound(int32_t id);
Error SchemaNotFound();
Error SubjectSoftDeleted(const std::string& subject);
Error SubjectNotSoftDeleted(const std::string& subject);
Error VersionSoftDeleted(const std::string& subject, int32_t version);
Error VersionNotSoftDeleted(const std::string& subject, int32_t version);
Error LevelNotSet(const std::string& subject);
Error ModeNotSet(const std::string& subject);
Error Incompatible(const std::string& subject, std::string_view details);
Error InvalidSchema(std::string_view why);
Error InvalidVersion(std::string_view version);
Error InvalidLevel();
Error InvalidMode();
Error NotPermitted(std::string_view why);
Error ReferenceExists(const std::string& subject, int32_t version);
Error IdDoesNotMatch(int32_t id);

// What the topic's side gave, as the registry's own error: 50003 where Kafka is away.
Error StoreFailed(const Error& cause);

}  // namespace rowhouse::registry
