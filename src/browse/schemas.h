#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "browse/layout.h"
#include "registry/catalog.h"
#include "registry/schema_set.h"

namespace rowhouse::browse {

// Where schemas come from: a registry, or a test.
class SchemaSource {
 public:
  SchemaSource() = default;
  virtual ~SchemaSource() = default;
  SchemaSource(const SchemaSource&) = delete;
  SchemaSource& operator=(const SchemaSource&) = delete;

  virtual Result<registry::SchemaText> ById(int32_t id) = 0;
  virtual Result<registry::SchemaText> Version(const std::string& subject, int32_t version) = 0;

  // Subjects and versions that have this id.
  virtual Result<std::vector<std::pair<std::string, int32_t>>> UsesOf(int32_t id) = 0;
};

// A registry as a source.
class RegistrySource : public SchemaSource {
 public:
  explicit RegistrySource(std::shared_ptr<registry::Client> client) : catalog_(std::move(client)) {}

  Result<registry::SchemaText> ById(int32_t id) override { return catalog_.ById(id); }

  Result<registry::SchemaText> Version(const std::string& subject, int32_t version) override {
    return ROWHOUSE_TRY(catalog_.Version(subject, version)).schema;
  }

  Result<std::vector<std::pair<std::string, int32_t>>> UsesOf(int32_t id) override {
    return catalog_.UsesOf(id);
  }

 private:
  registry::Catalog catalog_;
};

// The schemas of a registry by id, as layouts to decode with, each asked for once.
//
// Threads:  any. The lock is not held while the registry is asked.
// Blocking: ById of a new id: requests to the registry.
// Errors:   kNotFound: no such schema. kUnsupported: not Avro. kBadRecord: no valid schema.
//           kUnavailable: remembered for kRetryAfter, so that a scan over many messages does not
//           wait for a registry that is away with each of them.
class Schemas {
 public:
  static constexpr seconds kRetryAfter{5};

  // null: there is no registry.
  explicit Schemas(std::unique_ptr<SchemaSource> source, const Clock& clock = Clock::Real());

  Result<LayoutPtr> ById(int32_t id);

  Result<std::vector<std::pair<std::string, int32_t>>> UsesOf(int32_t id);

 private:
  struct Known {
    Result<LayoutPtr> layout;
    Clock::TimePoint at;
  };

  Result<LayoutPtr> Ask(int32_t id);
  Result<avro::SchemaPtr> Parse(const registry::SchemaText& text, int depth);

  const std::unique_ptr<SchemaSource> source_;
  const Clock& clock_;

  Mutex mu_;
  // Bounded by the schemas there are.
  std::map<int32_t, Known> known_ GUARDED_BY(mu_);
};

}  // namespace rowhouse::browse
