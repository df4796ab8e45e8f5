#include "console/routes.h"

#include <charconv>

#include <fmt/format.h>

#include "base/log.h"
#include "console/access.h"

namespace rowhouse::console {
namespace {

bool Reads(const std::string& method) {
  return method == "GET" || method == "HEAD";
}

Answer NotSignedIn(Access& access) {
  Answer answer = Answer::Problem(
      401, "E-CON-002", "not signed in, or signed in too long ago", "sign in again"
  );
  const auto empty = access.users().Empty();
  if (empty && *empty) {
    access.claim().Ensure();
    answer.body["claim"] = true;
  }
  return answer;
}

std::string JoinedPath(const http::Routes::Call& call, const std::string& pattern) {
  std::string joined;
  for (size_t at = pattern.find('{'); at != std::string::npos; at = pattern.find('{', at + 1)) {
    const std::string name = pattern.substr(at + 1, pattern.find('}', at) - at - 1);
    joined += (joined.empty() ? "" : "/") + call.path[name];
  }
  return joined;
}

}  // namespace

std::string Call::Text(std::string_view name) const {
  const auto found = body.find(name);
  return found != body.end() && found->is_string() ? found->get<std::string>() : "";
}

int64_t Call::QueryNumber(std::string_view name, int64_t otherwise) const {
  const std::string* text = request.query.Find(name);
  int64_t n = otherwise;
  if (text != nullptr) {
    std::from_chars(text->data(), text->data() + text->size(), n);
  }
  return n;
}

int64_t Call::PathNumber(std::string_view name) const {
  const std::string& text = path[name];
  int64_t n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

void Send(const Answer& answer, http::ResponseWriter& response) {
  response.SetStatus(answer.status);
  response.SetHeader("Cache-Control", "no-store");
  if (answer.body.is_null()) {
    // Nobody is there to be told that the client is gone.
    (void)response.Send({});
    return;
  }
  response.SetHeader("Content-Type", "application/json");
  (void)response.Send(TextOf(answer.body) + "\n");
}

ConsoleRoutes::ConsoleRoutes(Access* access, std::optional<Error> why, Otherwise otherwise)
    : access_(access),
      why_(std::move(why)),
      routes_([otherwise = std::move(otherwise
               )](int status, const http::Request& request, http::ResponseWriter& response) {
        if (status == 405) {
          Send(
              Answer::Problem(
                  405, "E-CON-009", fmt::format("{} is not for this path", request.method), ""
              ),
              response
          );
        } else if (request.path.starts_with("/api/")) {
          Send(
              Answer::Problem(
                  404,
                  "E-CON-009",
                  fmt::format("there is no {}", request.path),
                  "GET /api/v1/openapi.json lists what there is"
              ),
              response
          );
        } else {
          otherwise(request, response);
        }
      }) {}

void ConsoleRoutes::Add(
    Role role, std::string method, std::string pattern, RouteDoc doc, Handler handler
) {
  const auto route = std::make_shared<const Route>(Route{
      role, method, pattern, std::move(doc), std::move(handler)});
  documented_.push_back(route);
  routes_.Add(std::move(method), pattern, [this, route](const http::Routes::Call& call) {
    Run(*route, call);
  });
}

void ConsoleRoutes::AddOpen(
    std::string method, std::string_view pattern, http::Routes::CallHandler handler
) {
  routes_.Add(std::move(method), pattern, std::move(handler));
}

void ConsoleRoutes::Serve(
    const http::Request& request, http::BodyReader& body, http::ResponseWriter& response
) const {
  routes_.Serve(request, body, response);
}

// Whether the caller may; a status of 200 says so.
Answer ConsoleRoutes::Check(const Route& route, const http::Routes::Call& call, Caller& caller)
    const {
  if (access_ == nullptr) {
    return why_ ? Answer{503, Answer::Of(*why_).body, false}
                : Answer::Problem(503, "E-CON-001", "the console keeps no state", "");
  }
  auto found = access_->Identify(call.request);
  if (!found) {
    return Answer::Of(found.error());
  }
  caller = *std::move(found);
  if (route.role == Role::kNone) {
    return {};
  }
  if (caller.proof == Caller::Proof::kNone) {
    return NotSignedIn(*access_);
  }
  if (caller.role < route.role) {
    return Answer::Problem(
        403,
        "E-CON-004",
        fmt::format(
            "this needs the role {}; {} is {}",
            RoleName(route.role),
            caller.name,
            RoleName(caller.role)
        ),
        "ask an administrator for the role"
    );
  }
  if (!Reads(route.method) && caller.proof == Caller::Proof::kSession &&
      !http::SameSecret(call.request.headers.Get("X-CSRF-Token"), caller.csrf)) {
    return Answer::Problem(
        403,
        "E-CON-005",
        "the header X-CSRF-Token is missing or of another session",
        "give the csrf of GET /api/v1/session; load the page again"
    );
  }
  return {};
}

void ConsoleRoutes::Run(const Route& route, const http::Routes::Call& call) const {
  Caller caller;
  Answer answer = Check(route, call, caller);
  Json body = Json::object();
  if (answer.status == 200) {
    if (auto refusal = CheckPath(call.path, route.doc.path)) {
      answer = *std::move(refusal);
    } else if (auto other = CheckQuery(call.request, route.doc.query)) {
      answer = *std::move(other);
    }
  }
  if (answer.status == 200 && !Reads(route.method)) {
    ReadBody read = ReadJsonBody(call.request, call.body, route.doc.body);
    body = std::move(read.body);
    if (read.refusal) {
      answer = *std::move(read.refusal);
    }
  }
  if (answer.status == 200) {
    answer = Handle(route, {call.request, call.path, caller, body, call.response});
  }
  if (!Reads(route.method)) {
    Note(route, call, caller, body, answer);
  }
  if (!answer.sent) {
    Send(answer, call.response);
  }
}

Answer ConsoleRoutes::Handle(const Route& route, const Call& call) const {
  try {
    return route.handler(call);
  } catch (const std::exception& e) {
    LogError(
        "a request of the console failed",
        {{"method", route.method}, {"path", call.request.path}, {"err", e.what()}}
    );
  }
  return Answer::Problem(
      500,
      "E-CON-012",
      "the console could not do this: a fault in rowhouse",
      "its log has the reason; please report it with that line"
  );
}

void ConsoleRoutes::Note(
    const Route& route,
    const http::Routes::Call& call,
    const Caller& caller,
    const Json& body,
    const Answer& answer
) const {
  if (access_ == nullptr) {
    return;
  }
  AuditEntry entry;
  entry.who = caller.name.empty() ? "nobody" : caller.name;
  entry.role = RoleName(caller.role);
  entry.from = AddressOf(call.request);
  entry.action = route.method + " " + route.pattern.substr(std::string_view("/api/v1").size());
  entry.target = JoinedPath(call, route.pattern);
  const auto named = body.find(route.doc.target);
  if (named != body.end() && named->is_string()) {
    entry.target += (entry.target.empty() ? "" : " ") + named->get<std::string>();
  }
  entry.outcome = answer.status < 400 ? "ok" : (answer.status < 500 ? "refused" : "failed");
  if (answer.status >= 400 && answer.body.contains("error")) {
    entry.detail = answer.body["error"].value("message", "");
  }
  access_->audit().Note(std::move(entry));
}

}  // namespace rowhouse::console
