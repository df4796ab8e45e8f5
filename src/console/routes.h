#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "console/answer.h"
#include "console/role.h"
#include "console/sessions.h"
#include "http/routes.h"
#include "http/server.h"

namespace rowhouse::console {

class Access;

// One field of a request's body or one parameter of its query.
struct Field {
  enum class Type { kText, kInteger, kNumber, kBoolean, kObject, kList };

  std::string name;
  Type type = Type::kText;
  std::string doc = {};
  bool required = false;
  std::vector<std::string> choices = {};
  int64_t min = INT64_MIN;
  int64_t max = INT64_MAX;
};

// What is told of a route, and checked before its handler runs: fields that are not here are
// refused, so a typing mistake is never ignored.
struct RouteDoc {
  std::string summary;
  std::vector<Field> query = {};
  std::vector<Field> body = {};
  std::vector<Field> path = {};  // the `{name}`s of the pattern that are no text: whole numbers
  int success = 200;
  std::string target = {};  // the field of the body that names what is changed, for the audit
  enum class Gives { kJson, kEvents, kText } gives = Gives::kJson;
  std::string also = {};  // another type that an answer can have
};

// One request on its way to its handler, checked by the route's RouteDoc.
struct Call {
  const http::Request& request;
  const http::PathParameters& path;
  const Caller& caller;
  const Json& body;
  http::ResponseWriter& response;

  // Of the body; empty where it is not there.
  std::string Text(std::string_view name) const;

  // Of the query.
  std::string Query(std::string_view name) const { return std::string(request.query.Get(name)); }

  int64_t QueryNumber(std::string_view name, int64_t otherwise) const;

  // Of the path, of a field in the route's RouteDoc::path; 0 where the pattern has not that name.
  int64_t PathNumber(std::string_view name) const;
};

using Handler = std::function<Answer(const Call&)>;

// The routes of the console, each with the role it needs and what it takes: what is checked, what
// is audited and what the OpenAPI document says all come from here. A feature adds its own:
//
//   void AddThings(ConsoleRoutes& routes, Things& things) {
//     routes.Add(Role::kViewer, "GET", "/api/v1/things", {.summary = "All things"},
//                [&](const Call&) { return Answer::Of(...); });
//   }
//
// Every request but GET and HEAD goes into the audit log, also when it is refused. What a handler
// throws is logged and answered with 500.
//
// Threads: Add before serving; handlers run on the server's workers.
class ConsoleRoutes {
 public:
  // Answers what has no route: the front end's files.
  using Otherwise = std::function<void(const http::Request&, http::ResponseWriter&)>;

  // Null access: the state can't be had (`why`), and all but Role::kNone is answered with 503.
  ConsoleRoutes(Access* access, std::optional<Error> why, Otherwise otherwise);

  // `pattern` as http::Routes has it. Role::kNone: for everybody.
  void Add(Role role, std::string method, std::string pattern, RouteDoc doc, Handler handler);

  // One outside the API: no account, no audit, no document.
  void AddOpen(std::string method, std::string_view pattern, http::Routes::CallHandler handler);

  void Serve(const http::Request& request, http::BodyReader& body, http::ResponseWriter& response)
      const;

  // OpenAPI 3.1 of all that Add has seen.
  Json OpenApi(std::string_view version) const;

 private:
  struct Route {
    Role role;
    std::string method;
    std::string pattern;
    RouteDoc doc;
    Handler handler;
  };

  void Run(const Route& route, const http::Routes::Call& call) const;
  Answer Handle(const Route& route, const Call& call) const;
  Answer Check(const Route& route, const http::Routes::Call& call, Caller& caller) const;
  void Note(
      const Route& route,
      const http::Routes::Call& call,
      const Caller& caller,
      const Json& body,
      const Answer& answer
  ) const;

  Access* const access_;
  const std::optional<Error> why_;
  http::Routes routes_;
  std::vector<std::shared_ptr<const Route>> documented_;
};

// Reads a body by its fields; the answer is the refusal. A null is as good as leaving it out, and
// is left out; a whole number may be written 5.0.
struct ReadBody {
  Json body;
  std::optional<Answer> refusal;
};

ReadBody ReadJsonBody(
    const http::Request& request, http::BodyReader& body, const std::vector<Field>& fields
);

// The refusal of a query that its fields do not allow.
std::optional<Answer> CheckQuery(const http::Request& request, const std::vector<Field>& fields);

// The refusal of a path whose numbers are none.
std::optional<Answer> CheckPath(const http::PathParameters& path, const std::vector<Field>& fields);

// The refusal (409 E-CON-011) of what is dangerous, unless the body's "confirm" is `name`.
std::optional<Answer> Unconfirmed(
    const Call& call, const std::string& name, const std::string& effect
);

// Sends an answer as JSON.
void Send(const Answer& answer, http::ResponseWriter& response);

}  // namespace rowhouse::console
