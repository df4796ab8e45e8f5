
#include <fmt/format.h>

#include "console/session_api.h"

namespace rowhouse::console {
namespace {

const std::vector<std::string> kRoles = {"viewer", "operator", "admin"};

Json JsonOf(const User& user) {
  return {
      {"email", user.email},
      {"role", RoleName(user.role)},
      {"created_at", TimeOf(user.created_us)},
      {"last_sign_in_at", TimeOf(user.last_sign_in_us)}};
}

Json JsonOf(const ApiToken& token) {
  return {
      {"id", token.id},
      {"name", token.name},
      {"role", RoleName(token.role)},
      {"created_at", TimeOf(token.created_us)},
      {"last_used_at", TimeOf(token.last_used_us)},
      {"expires_at", TimeOf(token.expires_us)}};
}

Json JsonOf(const AuditEntry& entry) {
  return {
      {"at", TimeOf(entry.at_us)},
      {"who", entry.who},
      {"role", entry.role},
      {"from", entry.from},
      {"action", entry.action},
      {"target", entry.target},
      {"outcome", entry.outcome},
      {"detail", entry.detail}};
}

template <typename T>
Answer ListOf(const Result<std::vector<T>>& list) {
  if (!list) {
    return Answer::Of(list.error());
  }
  Json items = Json::array();
  for (const T& one : *list) {
    items.push_back(JsonOf(one));
  }
  const size_t total = items.size();
  return Answer::Of({{"items", std::move(items)}, {"next", nullptr}, {"total", total}});
}

Answer Change(Access& access, const Call& call) {
  const std::string& email = call.path["email"];
  const std::string role = call.Text("role");
  const std::string password = call.Text("password");
  if (!role.empty()) {
    const Status set = access.users().SetRole(email, *RoleOf(role));
    if (!set) {
      return Answer::Of(set.error());
    }
  }
  if (!password.empty()) {
    const Status set = access.users().SetPassword(email, password);
    if (!set) {
      return Answer::Of(set.error());
    }
  }
  const auto user = access.users().Find(email);
  return user ? Answer::Of(JsonOf(*user)) : Answer::Of(user.error());
}

Answer MakeToken(Access& access, const Call& call) {
  const Role role = *RoleOf(call.Text("role"));
  const std::string expires = call.Text("expires_at");
  const std::optional<int64_t> expires_us = MicrosOf(expires);
  if (!expires.empty() && !expires_us) {
    return Answer::Problem(400, "E-CON-007", "expires_at: a time such as 2027-01-31T00:00:00Z", "");
  }
  auto made = access.tokens().Make(call.Text("name"), role, call.caller.name, expires_us);
  if (!made) {
    return Answer::Of(made.error());
  }
  Json json = JsonOf(made->token);
  json["token"] = made->secret;
  return Answer::Of(std::move(json), 201);
}

Answer RemoveToken(Access& access, const Call& call) {
  const Status removed = access.tokens().Remove(call.PathNumber("id"));
  return removed ? Answer::Nothing() : Answer::Of(removed.error());
}

Answer ListAudit(Access& access, const Call& call) {
  const int64_t limit = call.QueryNumber("limit", 100);
  const auto entries =
      access.audit().List(call.QueryNumber("cursor", INT64_MAX), limit, call.Query("search"));
  Answer answer = ListOf(entries);
  if (entries && static_cast<int64_t>(entries->size()) == limit) {
    answer.body["next"] = std::to_string(entries->back().id);
  }
  answer.body.erase("total");
  return answer;
}

void AddUsers(ConsoleRoutes& routes, Access& access) {
  routes.Add(
      Role::kAdmin,
      "GET",
      "/api/v1/users",
      {.summary = "All accounts"},
      [&access](const Call&) { return ListOf(access.users().List()); }
  );
  routes.Add(
      Role::kAdmin,
      "POST",
      "/api/v1/users",
      {.summary = "Make an account",
       .body =
           {{.name = "email", .required = true},
            {.name = "password", .required = true},
            {.name = "role", .required = true, .choices = kRoles}},
       .success = 201,
       .target = "email"},
      [&access](const Call& call) {
        const auto user = access.users().Add(
            call.Text("email"), call.Text("password"), *RoleOf(call.Text("role"))
        );
        return user ? Answer::Of(JsonOf(*user), 201) : Answer::Of(user.error());
      }
  );
  routes.Add(
      Role::kAdmin,
      "PATCH",
      "/api/v1/users/{email}",
      {.summary = "Change an account's role or password",
       .body = {{.name = "role", .choices = kRoles}, {.name = "password"}}},
      [&access](const Call& call) { return Change(access, call); }
  );
  routes.Add(
      Role::kAdmin,
      "DELETE",
      "/api/v1/users/{email}",
      {.summary = "Remove an account and its sessions", .success = 204},
      [&access](const Call& call) {
        const Status removed = access.users().Remove(call.path["email"]);
        return removed ? Answer::Nothing() : Answer::Of(removed.error());
      }
  );
}

}  // namespace

void AddPeopleApi(ConsoleRoutes& routes, Access& access) {
  AddUsers(routes, access);
  routes.Add(
      Role::kAdmin,
      "GET",
      "/api/v1/tokens",
      {.summary = "All API tokens"},
      [&access](const Call&) { return ListOf(access.tokens().List()); }
  );
  routes.Add(
      Role::kAdmin,
      "POST",
      "/api/v1/tokens",
      {.summary = "Make an API token; its secret is in this answer only",
       .body =
           {{.name = "name", .required = true},
            {.name = "role", .required = true, .choices = kRoles},
            {.name = "expires_at", .doc = "RFC 3339 in UTC; none: it does not expire"}},
       .success = 201,
       .target = "name"},
      [&access](const Call& call) { return MakeToken(access, call); }
  );
  routes.Add(
      Role::kAdmin,
      "DELETE",
      "/api/v1/tokens/{id}",
      {.summary = "Remove an API token",
       .path = {{.name = "id", .type = Field::Type::kInteger, .min = 1}},
       .success = 204},
      [&access](const Call& call) { return RemoveToken(access, call); }
  );
  routes.Add(
      Role::kAdmin,
      "GET",
      "/api/v1/audit",
      {.summary = "What was changed through the console, newest first",
       .query =
           {{.name = "search"},
            {.name = "limit", .type = Field::Type::kInteger, .min = 1, .max = 1000},
            {.name = "cursor", .type = Field::Type::kInteger}}},
      [&access](const Call& call) { return ListAudit(access, call); }
  );
}

void AddViewsApi(ConsoleRoutes& routes, Access& access) {
  Database& database = access.database();
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/views",
      {.summary = "My saved views"},
      [&](const Call& call) {
        const auto found = database.Run(
            "SELECT name, path, query FROM views WHERE email = ? ORDER BY name", {call.caller.name}
        );
        if (!found) {
          return Answer::Of(found.error());
        }
        Json items = Json::array();
        for (size_t i = 0; i < found->rows.size(); ++i) {
          items.push_back(
              {{"name", found->Text(i, 0)},
               {"path", found->Text(i, 1)},
               {"query", found->Text(i, 2)}}
          );
        }
        return Answer::Of({{"items", std::move(items)}, {"next", nullptr}});
      }
  );
  routes.Add(
      Role::kViewer,
      "PUT",
      "/api/v1/views/{name}",
      {.summary = "Save a view",
       .body = {{.name = "path", .required = true}, {.name = "query"}},
       .success = 204},
      [&database](const Call& call) {
        constexpr int64_t kViewsMax = 200;
        const auto done = database.Run(
            "INSERT INTO views (email, name, path, query) SELECT ?, ?, ?, ? WHERE "
            "(SELECT count(*) FROM views WHERE email = ?) < ? "
            "ON CONFLICT DO UPDATE SET path = excluded.path, query = excluded.query",
            {call.caller.name,
             call.path["name"],
             call.Text("path"),
             call.Text("query"),
             call.caller.name,
             kViewsMax}
        );
        if (done && done->changed == 0) {
          return Answer::Problem(
              409, "E-CON-006", fmt::format("there are {} views already", kViewsMax), "remove one"
          );
        }
        return done ? Answer::Nothing() : Answer::Of(done.error());
      }
  );
  routes.Add(
      Role::kViewer,
      "DELETE",
      "/api/v1/views/{name}",
      {.summary = "Remove a saved view", .success = 204},
      [&database](const Call& call) {
        const auto done = database.Run(
            "DELETE FROM views WHERE email = ? AND name = ?", {call.caller.name, call.path["name"]}
        );
        return done ? Answer::Nothing() : Answer::Of(done.error());
      }
  );
}

}  // namespace rowhouse::console
