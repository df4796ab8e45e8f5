#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "avro/compatibility.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "model/ports.h"
#include "registry/schema_set.h"

namespace rowhouse::registry {

// What a client asks to have registered or looked up.
struct SchemaRequest {
  std::string schema;
  std::vector<Reference> references;
  std::optional<int32_t> id;       // mode IMPORT only
  std::optional<int32_t> version;  // mode IMPORT, or exactly the next one
};

// What keeps the registry's schemas: the `_schemas` topic, and the set it says in memory.
//
// A write is checked against the set as of the topic's end, put into the topic, read back
// and only then acknowledged; so a write that was acknowledged is in Kafka, and
// the set holds nothing that is not there. Reads are answered from memory, also
// while Kafka is away. The rule is one registry a topic: another one that writes to the same
// topic is noticed at the next write, and of two that write at the same moment
// one gets an error.
//
// Place:    one a registry; the server's handlers call it.
// Owns:     the log, opened at first need and again until that works: the registry may
//           start before Kafka.
// Threads:  any method from any thread.
// Blocking: reads wait for the first load only; writes wait for one another and for Kafka.
//           The writers' lock is held over Kafka's answers on purpose: they must be in order.
// Errors:   as errors.h, the number in native(). While Kafka is away: kUnavailable, 50003.
class Store {
 public:
  using OpenLog = std::function<Result<std::unique_ptr<CompactedLog>>()>;

  explicit Store(
      OpenLog open_log, avro::Compatibility default_level = avro::Compatibility::kBackward
  );

  // Reads the topic to its end as of now.
  Status Refresh();

  // The same, at most once a second: for an id that is not known but may be in the topic.
  // Gives the last failure until the next try.
  Status RefreshAfterMiss();

  // Runs `read` on the set; loads it first where that has not been done.
  template <typename Read>
  auto Look(Read read) -> Result<decltype(read(std::declval<const SchemaSet&>()))> {
    ROWHOUSE_TRY(EnsureLoaded());
    const MutexLock lock(set_mu_);
    return read(set_);
  }

  // The schema's text as Avro's Java library prints it, its references resolved.
  Result<SchemaText> Canonical(const SchemaRequest& request);

  // The id, new or of the same schema registered before.
  Result<int32_t> Register(const std::string& subject, const SchemaRequest& request);

  // Why the schema may not follow `earlier` at the subject's level; empty: it may.
  Result<std::vector<std::string>> CheckCompatible(
      const std::string& subject,
      const SchemaRequest& request,
      const std::vector<SubjectVersion>& earlier
  );

  // Soft, or for good where it is already softly deleted. Give the versions deleted.
  enum class How { kSoft, kPermanent };
  Result<int32_t> DeleteVersion(const std::string& subject, int32_t version, How how);
  Result<std::vector<int32_t>> DeleteSubject(const std::string& subject, How how);

  // An empty subject means all subjects without their own.
  Result<std::string> LevelInScope(const std::string& subject);
  Result<std::string> ModeInScope(const std::string& subject);
  Status SetLevel(const std::string& subject, const std::string& level);
  Status SetMode(const std::string& subject, const std::string& mode, bool force);
  Result<std::string> DeleteLevel(const std::string& subject);
  Result<std::string> DeleteMode(const std::string& subject);

 private:
  Status EnsureLoaded();
  Status Sync() REQUIRES(write_mu_);
  Status RefreshLocked() REQUIRES(write_mu_);
  Status ReadLog() REQUIRES(write_mu_);
  Status Write(const std::string& key, std::optional<std::string> value) REQUIRES(write_mu_);
  Status WriteVersion(const SubjectVersion& version) REQUIRES(write_mu_);
  Status ForgetSettings(const std::string& subject) REQUIRES(write_mu_);
  Status CheckMayRegister(const std::string& subject, const SchemaRequest& request);
  Status CheckMayWrite(const std::string& subject);
  Result<SubjectVersion> Next(
      const std::string& subject, const SchemaRequest& request, const SchemaText& schema
  );
  Result<avro::SchemaPtr> Parse(const SchemaText& schema, int depth);

  const OpenLog open_log_;
  const std::string default_level_;

  Mutex write_mu_;  // taken before set_mu_
  std::unique_ptr<CompactedLog> log_ GUARDED_BY(write_mu_);
  int64_t last_offset_ GUARDED_BY(write_mu_) = -1;

  Mutex set_mu_;
  SchemaSet set_ GUARDED_BY(set_mu_);
  bool loaded_ GUARDED_BY(set_mu_) = false;
  Clock::TimePoint refreshed_at_ GUARDED_BY(set_mu_);
  std::optional<Error> failure_ GUARDED_BY(set_mu_);  // of the last refresh
};

}  // namespace rowhouse::registry
