#include "registry/schema_set.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace rowhouse::registry {
namespace {

using Json = nlohmann::ordered_json;

std::string Text(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

int32_t Number(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_number_integer() ? found->get<int32_t>() : 0;
}

bool Flag(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_boolean() && found->get<bool>();
}

std::vector<Reference> References(const Json& json) {
  std::vector<Reference> out;
  const auto found = json.find("references");
  if (found != json.end() && found->is_array()) {
    for (const Json& one : *found) {
      out.push_back({Text(one, "name"), Text(one, "subject"), Number(one, "version")});
    }
  }
  return out;
}

Error Unknown(std::string_view key, std::string_view why) {
  return Error(ErrorKind::kBadRecord, fmt::format("the registry's record {}: {}", key, why));
}

std::string SubjectKey(std::string_view type, const std::string& subject) {
  Json key;
  key["keytype"] = type;
  if (!subject.empty()) {
    key["subject"] = subject;
  }
  key["magic"] = 0;
  return key.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string SubjectValue(const std::string& subject, const char* name, const std::string& value) {
  Json json;
  if (!subject.empty()) {
    json["subject"] = subject;
  }
  json[name] = value;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool Sees(Deleted deleted, bool is_deleted) {
  return deleted == Deleted::kInclude || is_deleted == (deleted == Deleted::kOnly);
}

}  // namespace

Status SchemaSet::Apply(std::string_view key, std::optional<std::string_view> value) {
  const Json k = Json::parse(key, nullptr, false);
  if (!k.is_object()) {
    return Unknown(key, "its key is no JSON object");
  }
  const std::string type = Text(k, "keytype");
  const std::string subject = Text(k, "subject");
  if (!value.has_value()) {
    if (type == "SCHEMA") {
      EraseVersion(subject, Number(k, "version"));
    } else if (type == "CONFIG") {
      levels_.erase(subject);
    } else if (type == "MODE") {
      modes_.erase(subject);
    }
    return Ok();
  }
  const Json v = Json::parse(*value, nullptr, false);
  if (!v.is_object() && type != "NOOP") {
    return Unknown(key, "its value is no JSON object");
  }
  if (type == "SCHEMA") {
    const std::string kind = Text(v, "schemaType");
    SchemaText schema{Text(v, "schema"), References(v), kind == "AVRO" ? "" : kind};
    return ApplySchema(
        {Text(v, "subject"),
         Number(v, "version"),
         Number(v, "id"),
         std::move(schema),
         Flag(v, "deleted")}
    );
  }
  if (type == "CONFIG") {
    levels_[subject] = Text(v, "compatibilityLevel");
  } else if (type == "MODE") {
    modes_[subject] = Text(v, "mode");
  } else if (type == "DELETE_SUBJECT") {
    DeleteUpTo(subject, Number(v, "version"));
  } else if (type == "CLEAR_SUBJECT") {
    ClearDeleted(subject);
  } else if (type != "NOOP" && type != "CONTEXT") {
    return Unknown(key, "its type is not known");
  }
  return Ok();
}

Status SchemaSet::ApplySchema(SubjectVersion version) {
  const std::string name = fmt::format("{} version {}", version.subject, version.version);
  if (version.subject.empty() || version.version < 1 || version.id < 0 ||
      version.schema.text.empty()) {
    return Unknown(name, "it lacks a subject, version, id or schema");
  }
  max_id_ = std::max(max_id_, version.id);
  const auto known = by_id_.find(version.id);
  if (known != by_id_.end() && known->second != version.schema) {
    return Unknown(name, fmt::format("its id {} already stands for another schema", version.id));
  }
  const SubjectVersion* before = Find(version.subject, version.version, Deleted::kInclude);
  if (before != nullptr && before->id != version.id) {
    EraseVersion(version.subject, version.version);
  }
  by_id_[version.id] = version.schema;
  ids_.emplace(version.schema, version.id);
  uses_[version.id].emplace(version.subject, version.version);
  VersionMap& versions = subjects_[version.subject];
  versions[version.version] = std::move(version);
  return Ok();
}

void SchemaSet::EraseVersion(const std::string& subject, int32_t version) {
  const auto versions = subjects_.find(subject);
  if (versions == subjects_.end()) {
    return;
  }
  const auto found = versions->second.find(version);
  if (found == versions->second.end()) {
    return;
  }
  const int32_t id = found->second.id;
  uses_[id].erase({subject, version});
  if (uses_[id].empty()) {
    uses_.erase(id);
    const auto first = ids_.find(found->second.schema);
    if (first != ids_.end() && first->second == id) {
      ids_.erase(first);
    }
    by_id_.erase(id);
  }
  versions->second.erase(found);
  if (versions->second.empty()) {
    subjects_.erase(versions);
  }
}

void SchemaSet::DeleteUpTo(const std::string& subject, int32_t last) {
  const auto versions = subjects_.find(subject);
  if (versions == subjects_.end()) {
    return;
  }
  for (auto& [number, version] : versions->second) {
    version.deleted = version.deleted || number <= last;
  }
}

void SchemaSet::ClearDeleted(const std::string& subject) {
  std::vector<std::pair<std::string, int32_t>> gone;
  for (const auto& [name, versions] : subjects_) {
    for (const auto& [number, version] : versions) {
      if (version.deleted && (subject.empty() || subject == name)) {
        gone.emplace_back(name, number);
      }
    }
  }
  for (const auto& [name, number] : gone) {
    EraseVersion(name, number);
  }
}

const SubjectVersion* SchemaSet::Find(const std::string& subject, int32_t version, Deleted deleted)
    const {
  if (version == -1) {
    const auto all = Versions(subject, deleted);
    return all.empty() ? nullptr : all.back();
  }
  const auto versions = subjects_.find(subject);
  if (versions == subjects_.end()) {
    return nullptr;
  }
  const auto found = versions->second.find(version);
  const bool seen = found != versions->second.end() && Sees(deleted, found->second.deleted);
  return seen ? &found->second : nullptr;
}

std::vector<const SubjectVersion*> SchemaSet::Versions(const std::string& subject, Deleted deleted)
    const {
  std::vector<const SubjectVersion*> out;
  const auto versions = subjects_.find(subject);
  if (versions != subjects_.end()) {
    for (const auto& [number, version] : versions->second) {
      if (Sees(deleted, version.deleted)) {
        out.push_back(&version);
      }
    }
  }
  return out;
}

std::vector<std::string> SchemaSet::Subjects(std::string_view prefix, Deleted deleted) const {
  std::vector<std::string> out;
  for (auto at = subjects_.lower_bound(std::string(prefix)); at != subjects_.end(); ++at) {
    if (!at->first.starts_with(prefix)) {
      break;
    }
    const bool live = !Versions(at->first, Deleted::kHide).empty();
    if (!at->second.empty() && Sees(deleted, !live)) {
      out.push_back(at->first);
    }
  }
  return out;
}

const SchemaText* SchemaSet::ById(int32_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second;
}

std::optional<int32_t> SchemaSet::IdOf(const SchemaText& schema) const {
  const auto found = ids_.find(schema);
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<const SubjectVersion*> SchemaSet::UsesOf(int32_t id, Deleted deleted) const {
  std::vector<const SubjectVersion*> out;
  const auto uses = uses_.find(id);
  if (uses != uses_.end()) {
    for (const auto& [subject, version] : uses->second) {
      const SubjectVersion* found = Find(subject, version, deleted);
      if (found != nullptr) {
        out.push_back(found);
      }
    }
  }
  return out;
}

std::vector<int32_t> SchemaSet::ReferencedBy(const std::string& subject, int32_t version) const {
  std::vector<int32_t> out;
  for (const auto& [id, schema] : by_id_) {
    for (const Reference& reference : schema.references) {
      if (reference.subject == subject && reference.version == version) {
        out.push_back(id);
        break;
      }
    }
  }
  return out;
}

std::optional<std::string> SchemaSet::Level(const std::string& subject) const {
  const auto found = levels_.find(subject);
  return found == levels_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> SchemaSet::Mode(const std::string& subject) const {
  const auto found = modes_.find(subject);
  return found == modes_.end() ? std::nullopt : std::optional(found->second);
}

std::string SchemaKey(const std::string& subject, int32_t version) {
  const Json key = {
      {"keytype", "SCHEMA"}, {"subject", subject}, {"version", version}, {"magic", 1}};
  return key.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string SchemaValue(const SubjectVersion& version) {
  Json value = {{"subject", version.subject}, {"version", version.version}, {"id", version.id}};
  if (!version.schema.type.empty()) {
    value["schemaType"] = version.schema.type;
  }
  if (!version.schema.references.empty()) {
    for (const Reference& one : version.schema.references) {
      value["references"].push_back(
          {{"name", one.name}, {"subject", one.subject}, {"version", one.version}}
      );
    }
  }
  value["schema"] = version.schema.text;
  value["deleted"] = version.deleted;
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string LevelKey(const std::string& subject) {
  return SubjectKey("CONFIG", subject);
}

std::string LevelValue(const std::string& subject, const std::string& level) {
  return SubjectValue(subject, "compatibilityLevel", level);
}

std::string ModeKey(const std::string& subject) {
  return SubjectKey("MODE", subject);
}

std::string ModeValue(const std::string& subject, const std::string& mode) {
  return SubjectValue(subject, "mode", mode);
}

std::string DeleteSubjectKey(const std::string& subject) {
  return SubjectKey("DELETE_SUBJECT", subject);
}

std::string DeleteSubjectValue(const std::string& subject, int32_t up_to_version) {
  const Json value = {{"subject", subject}, {"version", up_to_version}};
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace rowhouse::registry
