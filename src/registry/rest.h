#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "http/routes.h"
#include "registry/store.h"

namespace rowhouse::registry {

// The endpoints of the REST API, each a function of a call to the JSON text of its answer.
//
// An error becomes {"error_code": …, "message": …} with the status of its number.
class Rest {
 public:
  using Endpoint = std::function<Result<std::string>(const http::Routes::Call& call)>;

  explicit Rest(Store& store);

  const http::Routes& routes() const { return routes_; }

 private:
  void Add(std::string method, std::string_view pattern, Endpoint endpoint);
  void AddSubjects();
  void AddVersions();
  void AddSchemas();
  void AddCompatibility();
  void AddConfig();
  void AddMode();

  Store& store_;
  http::Routes routes_;
};

// What the parts of a call say, or the registry's error for it.
Result<int32_t> ReadVersion(const std::string& text);             // "latest", "-1" and 1..
Result<int32_t> ReadId(const std::string& text);                  // no number: 404
Result<std::string> ReadSubject(const http::Routes::Call& call);  // {subject}
Result<SchemaRequest> ReadSchemaRequest(const http::Routes::Call& call);

// One text attribute of the call's body; nullopt where it is not there. Attributes other
// than this one and those named in `passed_over` are refused.
Result<std::optional<std::string>> ReadAttribute(
    const http::Routes::Call& call, const char* name, const std::vector<std::string>& passed_over
);

// ?deleted and ?deletedOnly.
Deleted ReadDeleted(const http::Routes::Call& call);

// JSON texts.
std::string ErrorText(int code, std::string_view message);
std::string VersionText(const SubjectVersion& version);
std::string SchemaTextOf(const SchemaText& schema, std::optional<int32_t> max_id);
std::string ListText(const std::vector<std::string>& texts);
std::string ListText(const std::vector<int32_t>& numbers);
std::string AttributeText(const char* name, const std::string& value);
std::string CompatibleText(const std::vector<std::string>& problems, bool verbose);
std::string UsesText(const std::vector<SubjectVersion>& uses);

}  // namespace rowhouse::registry
