#include "registry/rest.h"

#include <algorithm>

#include <fmt/format.h>

#include "registry/errors.h"

namespace rowhouse::registry {
namespace {

using Call = http::Routes::Call;

constexpr std::string_view kContentType = "application/vnd.schemaregistry.v1+json";

void Refuse(int code, std::string_view message, http::ResponseWriter& response) {
  // A client that does not take the answer needs none.
  (void)response.Reply(StatusOf(code), kContentType, ErrorText(code, message));
}

std::vector<SubjectVersion> Copies(const std::vector<const SubjectVersion*>& versions) {
  std::vector<SubjectVersion> out;
  out.reserve(versions.size());
  for (const SubjectVersion* version : versions) {
    out.push_back(*version);
  }
  return out;
}

// The part of a list that ?offset and ?limit ask for.
template <typename T>
std::vector<T> Page(const Call& call, std::vector<T> all) {
  const auto number = [&](const char* name) {
    const auto id = ReadId(std::string(call.request.query.Get(name)));
    return id.has_value() && *id >= 0 ? static_cast<size_t>(*id) : std::string::npos;
  };
  const size_t offset = number("offset");
  if (offset != std::string::npos) {
    all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(offset, all.size())));
  }
  all.resize(std::min(number("limit"), all.size()));
  return all;
}

Store::How ReadHow(const Call& call) {
  return call.request.query.Flag("permanent") ? Store::How::kPermanent : Store::How::kSoft;
}

// The version that the path names, or why there is none.
Result<SubjectVersion> FindVersion(Store& store, const Call& call, Deleted deleted) {
  const std::string subject = ROWHOUSE_TRY(ReadSubject(call));
  const int32_t number = ROWHOUSE_TRY(ReadVersion(call.path["version"]));
  auto found = ROWHOUSE_TRY(store.Look([&](const SchemaSet& set) -> Result<SubjectVersion> {
    if (set.Versions(subject, deleted).empty()) {
      return SubjectNotFound(subject);
    }
    const SubjectVersion* version = set.Find(subject, number, deleted);
    return version == nullptr ? Result<SubjectVersion>(VersionNotFound(number)) : *version;
  }));
  return found;
}

}  // namespace

Rest::Rest(Store& store)
    : store_(store), routes_([](int status, const http::Request&, http::ResponseWriter& response) {
        Refuse(status, fmt::format("HTTP {} {}", status, http::ReasonPhrase(status)), response);
      }) {
  Add("GET", "/", [](const Call&) { return std::string("{}"); });
  AddSubjects();
  AddVersions();
  AddSchemas();
  AddCompatibility();
  AddConfig();
  AddMode();
}

void Rest::Add(std::string method, std::string_view pattern, Endpoint endpoint) {
  routes_.Add(std::move(method), pattern, [endpoint = std::move(endpoint)](const Call& call) {
    const Result<std::string> text = endpoint(call);
    if (text.has_value()) {
      (void)call.response.Reply(200, kContentType, *text);
      return;
    }
    const Error& error = text.error();
    const std::string hint = error.hint().empty() ? "" : fmt::format(" (fix: {})", error.hint());
    Refuse(error.native() >= 400 ? error.native() : 500, error.message() + hint, call.response);
  });
}

void Rest::AddSubjects() {
  Add("GET", "/subjects", [this](const Call& call) -> Result<std::string> {
    std::string_view prefix = call.request.query.Get("subjectPrefix");
    if (prefix.starts_with(":*:")) {  // "in any context": there is one here
      prefix.remove_prefix(3);
    }
    auto names = ROWHOUSE_TRY(store_.Look([&](const SchemaSet& set) {
      return set.Subjects(prefix, ReadDeleted(call));
    }));
    return ListText(Page(call, std::move(names)));
  });
  Add("POST", "/subjects/{subject}", [this](const Call& call) -> Result<std::string> {
    const std::string subject = ROWHOUSE_TRY(ReadSubject(call));
    const SchemaRequest request = ROWHOUSE_TRY(ReadSchemaRequest(call));
    const Deleted deleted = ReadDeleted(call);
    const bool any = ROWHOUSE_TRY(store_.Look([&](const SchemaSet& set) {
      return !set.Versions(subject, deleted).empty();
    }));
    if (!any) {
      return SubjectNotFound(subject);
    }
    const SchemaText schema = ROWHOUSE_TRY(store_.Canonical(request));
    const auto versions = ROWHOUSE_TRY(store_.Look([&](const SchemaSet& set) {
      return Copies(set.Versions(subject, deleted));
    }));
    for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
      if (version->schema == schema) {
        return VersionText(*version);
      }
    }
    return SchemaNotFound();
  });
  Add("DELETE", "/subjects/{subject}", [this](const Call& call) -> Result<std::string> {
    const std::string subject = ROWHOUSE_TRY(ReadSubject(call));
    return ListText(ROWHOUSE_TRY(store_.DeleteSubject(subject, ReadHow(call))));
  });
}

void Rest::AddVersions() {
  Add("GET", "/subjects/{subject}/versions", [this](const Call& call) -> Result<std::string> {
    const std::string subject = ROWHOUSE_TRY(ReadSubject(call));
    std::vector<int32_t> numbers;
    const auto versions = ROWHOUSE_TRY(store_.Look([&](const SchemaSet& set) {
      return Copies(set.Versions(subject, ReadDeleted(call)));
    }));
    if (versions.empty()) {
      return SubjectNotFound(subject);
    }
    for (const SubjectVersion& version : versions) {
      numbers.push_back(version.version);
    }
    return ListText(Page(call, std::move(numbers)));
  });
  Add("POST", "/subjects/{subject}/versions", [this](const Call& call) -> Result<std::string> {
    const std::string subject = ROWHOUSE_TRY(ReadSubject(call));
    const SchemaRequest request = ROWHOUSE_TRY(ReadSchemaRequest(call));
    return fmt::format("{{\"id\":{}}}", ROWHOUSE_TRY(store_.Register(subject, request)));
  });
  const std::string one = "/subjects/{subject}/versions/{version}";
  Add("GET", one, [this](const Call& call) -> Result<std::string> {
    return VersionText(ROWHOUSE_TRY(FindVersion(store_, call, ReadDeleted(call))));
  });
  Add("GET", one + "/schema", [this](const Call& call) -> Result<std::string> {
    return ROWHOUSE_TRY(FindVersion(store_, call, ReadDeleted(call))).schema.text;
  });
  Add("GET", one + "/referencedby", [this](const Call& call) -> Result<std::string> {
    const SubjectVersion version = ROWHOUSE_TRY(FindVersion(store_, call, Deleted::kInclude));
    return ListText(ROWHOUSE_TRY(store_.Look([&](const SchemaSet& set) {
      return set.ReferencedBy(version.subject, version.version);
    })));
  });
  Add("DELETE", one, [this](const Call& call) -> Result<std::string> {
    const std::string subject = ROWHOUSE_TRY(ReadSubject(call));
    const int32_t number = ROWHOUSE_TRY(ReadVersion(call.path["version"]));
    return fmt::format("{}", ROWHOUSE_TRY(store_.DeleteVersion(subject, number, ReadHow(call))));
  });
}

void Rest::AddSchemas() {
  // Another registry on the same topic may just have given the id.
  const auto find = [this](const Call& call) -> Result<SchemaText> {
    const int32_t id = ROWHOUSE_TRY(ReadId(call.path["id"]));
    const auto look = [&](const SchemaSet& set) {
      const SchemaText* found = set.ById(id);
      return found == nullptr ? std::nullopt : std::optional(*found);
    };
    auto schema = ROWHOUSE_TRY(store_.Look(look));
    if (!schema.has_value()) {
      ROWHOUSE_TRY(store_.RefreshAfterMiss());
      schema = ROWHOUSE_TRY(store_.Look(look));
    }
    return schema.has_value() ? Result<SchemaText>(*schema) : SchemaNotFound(id);
  };
  const auto uses = [this, find](const Call& call) -> Result<std::vector<SubjectVersion>> {
    ROWHOUSE_TRY(find(call));
    const int32_t id = ROWHOUSE_TRY(ReadId(call.path["id"]));
    return store_.Look([&](const SchemaSet& set) {
      return Copies(set.UsesOf(id, ReadDeleted(call)));
    });
  };
  Add("GET", "/schemas/types", [](const Call&) { return std::string("[\"AVRO\"]"); });
  Add("GET", "/schemas/ids/{id}", [this, find](const Call& call) -> Result<std::string> {
    const SchemaText schema = ROWHOUSE_TRY(find(call));
    std::optional<int32_t> max_id;
    if (call.request.query.Flag("fetchMaxId")) {
      max_id = ROWHOUSE_TRY(store_.Look([](const SchemaSet& set) { return set.max_id(); }));
    }
    return SchemaTextOf(schema, max_id);
  });
  Add("GET", "/schemas/ids/{id}/schema", [find](const Call& call) -> Result<std::string> {
    return ROWHOUSE_TRY(find(call)).text;
  });
  Add("GET", "/schemas/ids/{id}/versions", [uses](const Call& call) -> Result<std::string> {
    return UsesText(Page(call, ROWHOUSE_TRY(uses(call))));
  });
  Add("GET", "/schemas/ids/{id}/subjects", [uses](const Call& call) -> Result<std::string> {
    std::vector<std::string> names;
    for (const SubjectVersion& use : ROWHOUSE_TRY(uses(call))) {
      if (names.empty() || names.back() != use.subject) {
        names.push_back(use.subject);
      }
    }
    return ListText(Page(call, std::move(names)));
  });
}

void Rest::AddCompatibility() {
  const auto check = [this](const Call& call, const std::vector<SubjectVersion>& earlier) {
    const bool verbose = call.request.query.Flag("verbose");
    const auto run = [&]() -> Result<std::vector<std::string>> {
      const SchemaRequest request = ROWHOUSE_TRY(ReadSchemaRequest(call));
      return store_.CheckCompatible(call.path["subject"], request, earlier);
    };
    const auto problems = run();
    if (!problems.has_value() && verbose && problems.error().native() == kInvalidSchema) {
      return Result<std::string>(CompatibleText({problems.error().message()}, verbose));
    }
    return problems.has_value() ? Result<std::string>(CompatibleText(*problems, verbose))
                                : Result<std::string>(problems.error());
  };
  const std::string all = "/compatibility/subjects/{subject}/versions";
  Add("POST", all, [this, check](const Call& call) -> Result<std::string> {
    const std::string subject = ROWHOUSE_TRY(ReadSubject(call));
    return check(call, ROWHOUSE_TRY(store_.Look([&](const SchemaSet& set) {
                   return Copies(set.Versions(subject, Deleted::kHide));
                 })));
  });
  Add("POST", all + "/{version}", [this, check](const Call& call) -> Result<std::string> {
    const std::string subject = ROWHOUSE_TRY(ReadSubject(call));
    const int32_t number = ROWHOUSE_TRY(ReadVersion(call.path["version"]));
    std::vector<SubjectVersion> earlier;
    auto found = FindVersion(store_, call, Deleted::kHide);
    if (found.has_value()) {
      earlier.push_back(std::move(found).value());
    } else if (found.error().native() >= kStoreFailed) {
      return found.error();
    } else if (number != -1) {
      return VersionNotFound(number);
    }
    return check(call, earlier);
  });
}

}  // namespace rowhouse::registry
