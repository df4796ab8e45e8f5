#include "browse/schemas.h"

#include <fmt/format.h>

namespace rowhouse::browse {

Schemas::Schemas(std::unique_ptr<SchemaSource> source, const Clock& clock)
    : source_(std::move(source)), clock_(clock) {}

Result<LayoutPtr> Schemas::ById(int32_t id) {
  {
    const MutexLock lock(mu_);
    const auto at = known_.find(id);
    const bool usable =
        at != known_.end() &&
        (at->second.layout || at->second.layout.error().kind() != ErrorKind::kUnavailable ||
         clock_.Now() < at->second.at + kRetryAfter);
    if (usable) {
      return at->second.layout;
    }
  }
  Result<LayoutPtr> layout = Ask(id);
  const MutexLock lock(mu_);
  known_.insert_or_assign(id, Known{layout, clock_.Now()});
  return layout;
}

Result<LayoutPtr> Schemas::Ask(int32_t id) {
  if (source_ == nullptr) {
    return Error(ErrorKind::kNotFound, fmt::format("Avro of schema {}; no registry is given", id));
  }
  const registry::SchemaText text = ROWHOUSE_TRY(source_->ById(id));
  auto schema = Parse(text, 0);
  if (!schema) {
    return std::move(schema).error().Context(fmt::format("schema {}", id));
  }
  return Layout::Of(*std::move(schema));
}

Result<avro::SchemaPtr> Schemas::Parse(const registry::SchemaText& text, int depth) {
  constexpr int kDepthMax = 20;
  if (!text.type.empty() && text.type != "AVRO") {
    return Error(
        ErrorKind::kUnsupported, fmt::format("of type {}; only Avro is decoded", text.type)
    );
  }
  if (depth > kDepthMax) {
    return Error(ErrorKind::kBadRecord, "references nested too deep");
  }
  std::vector<avro::SchemaPtr> references;
  for (const registry::Reference& reference : text.references) {
    const auto used = ROWHOUSE_TRY(source_->Version(reference.subject, reference.version));
    references.push_back(ROWHOUSE_TRY(Parse(used, depth + 1)));
  }
  return avro::Schema::Parse(text.text, references);
}

Result<std::vector<std::pair<std::string, int32_t>>> Schemas::UsesOf(int32_t id) {
  if (source_ == nullptr) {
    return Error(ErrorKind::kNotFound, "no registry is given");
  }
  return source_->UsesOf(id);
}

}  // namespace rowhouse::browse
