#include "console/console.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "console/site_test.h"
#include "http/wire_client_test.h"

namespace rowhouse::console {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Console, SignsInWithACookieThatScriptsCannotRead) {
  Site site;
  const http::Response answer = site.SignIn(kAdmin, kPassword);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const std::string set(answer.headers.Get("Set-Cookie"));
  EXPECT_THAT(set, HasSubstr("HttpOnly"));
  EXPECT_THAT(set, HasSubstr("SameSite=Strict"));
  EXPECT_THAT(set, Not(HasSubstr("Secure")));  // there is no TLS here
  const Json session = Json::parse(site.Ask("GET", "/api/v1/session").body);
  EXPECT_EQ(session["user"]["email"], kAdmin);
  EXPECT_EQ(session["user"]["role"], "admin");
  EXPECT_EQ(session["csrf"], site.csrf);
  EXPECT_EQ(session["server"]["version"], "1.2.3");
}

TEST(Console, WrongPasswordAndUnknownAccountAreToldAlike) {
  Site site;
  const http::Response wrong = site.SignIn(kAdmin, "wrong password");
  const http::Response unknown = site.SignIn("nobody@test.com", "wrong password");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.status, unknown.status);
  EXPECT_EQ(wrong.body, unknown.body);
}

TEST(Console, FiveWrongTriesMakeEverybodyWait) {
  Site site;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(site.SignIn(kAdmin, "wrong password").status, 401) << i;
  }
  const http::Response answer = site.SignIn(kAdmin, kPassword);
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(CodeOf(answer), "E-CON-008");
  EXPECT_FALSE(answer.headers.Get("Retry-After").empty());
}

TEST(Console, AnswersNobodyWhoIsNotSignedIn) {
  Site site;
  const http::Response answer = site.Ask("GET", "/api/v1/things");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(CodeOf(answer), "E-CON-002");
  EXPECT_FALSE(Json::parse(answer.body).contains("claim"));
  site.cookie = "rowhouse_session=made-up";
  EXPECT_EQ(site.Ask("GET", "/api/v1/things").status, 401);
  site.bearer = "rh_made-up";
  EXPECT_EQ(site.Ask("GET", "/api/v1/things").status, 401);
}

TEST(Console, SignOutEndsTheSessionOnTheServer) {
  Site site;
  site.SignIn(kAdmin, kPassword);
  const std::string cookie = site.cookie;
  EXPECT_EQ(site.Ask("DELETE", "/api/v1/session").status, 204);
  site.cookie = cookie;
  EXPECT_EQ(site.Ask("GET", "/api/v1/session").status, 401);
}

TEST(Console, RolesAreHeld) {
  Site site;
  ASSERT_TRUE(site.access().users().Add("v@test.com", kPassword, Role::kViewer).has_value());
  ASSERT_TRUE(site.access().users().Add("o@test.com", kPassword, Role::kOperator).has_value());
  const std::string body = R"({"how":"well"})";
  site.SignIn("v@test.com", kPassword);
  EXPECT_EQ(site.Ask("GET", "/api/v1/things").status, 200);
  const http::Response refused = site.Ask("POST", "/api/v1/things/x/do", body);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(CodeOf(refused), "E-CON-004");
  EXPECT_THAT(refused.body, HasSubstr("operator"));
  site.SignIn("o@test.com", kPassword);
  EXPECT_EQ(site.Ask("POST", "/api/v1/things/x/do", body).status, 200);
  EXPECT_EQ(site.Ask("GET", "/api/v1/users").status, 403);
}

TEST(Console, AChangeNeedsTheSessionsToken) {
  Site site;
  site.SignIn(kAdmin, kPassword);
  const std::string body = R"({"how":"well"})";
  const std::string good = site.csrf;
  for (const std::string& bad : {std::string(), std::string("made-up"), good + "x"}) {
    site.csrf = bad;
    const http::Response answer = site.Ask("POST", "/api/v1/things/x/do", body);
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(CodeOf(answer), "E-CON-005");
  }
  site.csrf = good;
  EXPECT_EQ(site.Ask("POST", "/api/v1/things/x/do", body).status, 200);
  site.content_type = "text/plain";  // what a form of another site may send
  EXPECT_EQ(site.Ask("POST", "/api/v1/things/x/do", body).status, 415);
}

TEST(Console, ATokenNeedsNoCsrfAndIsShownOnce) {
  Site site;
  site.SignIn(kAdmin, kPassword);
  const http::Response made =
      site.Ask("POST", "/api/v1/tokens", R"({"name":"ci","role":"operator"})");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string secret = Json::parse(made.body)["token"];
  EXPECT_THAT(site.Ask("GET", "/api/v1/tokens").body, Not(HasSubstr(secret)));
  site.cookie.clear();
  site.csrf.clear();
  site.bearer = secret;
  EXPECT_EQ(site.Ask("POST", "/api/v1/things/x/do", R"({"how":"well"})").status, 200);
  EXPECT_EQ(site.Ask("GET", "/api/v1/users").status, 403);
}

TEST(Console, WhatARouteDoesNotTakeIsRefusedByName) {
  Site site;
  site.SignIn(kAdmin, kPassword);
  const std::pair<const char*, const char*> cases[] = {
      {R"({"how":"well","tims":2})", "tims"},
      {R"({})", "how: missing"},
      {R"({"how":"so-so"})", "well, badly"},
      {R"({"how":7})", "how: it is a text"},
      {R"({"how":"well","times":10})", "times: 1 to 9"},
      {R"({"how":"well","times":99999999999999999999})", "times"},
      {R"({"how":"well","times":2.5})", "times"},
      {R"({"how":null})", "how: missing"},
      {R"([1])", "object"},
      {R"({"how":)", "no JSON"}};
  for (const auto& [body, said] : cases) {
    const http::Response answer = site.Ask("POST", "/api/v1/things/x/do", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_THAT(answer.body, HasSubstr(said)) << body;
  }
  const std::string deep = R"({"how":)" + std::string(100'000, '[');
  EXPECT_THAT(site.Ask("POST", "/api/v1/things/x/do", deep).body, HasSubstr("deeper than 64"));
  const std::string text =
      R"({"how":"[[[[[[[[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["})";
  EXPECT_THAT(site.Ask("POST", "/api/v1/things/x/do", text).body, HasSubstr("well, badly"));
  EXPECT_EQ(site.Ask("GET", "/api/v1/things/x/parts/4").status, 400);
  EXPECT_THAT(
      site.Ask("GET", "/api/v1/things/x/parts/a").body, HasSubstr("'a' is no whole number")
  );
  EXPECT_EQ(Json::parse(site.Ask("GET", "/api/v1/things/x/parts/3").body)["part"], 3);
  EXPECT_EQ(site.Ask("GET", "/api/v1/things?limit=11").status, 400);
  EXPECT_EQ(site.Ask("GET", "/api/v1/things?limit=x").status, 400);
  EXPECT_EQ(site.Ask("GET", "/api/v1/things?limt=1").status, 400);
  EXPECT_EQ(site.Ask("GET", "/api/v1/things?limit=10").status, 200);
}

TEST(Console, NullIsAsGoodAsNothingAndAWholeNumberMayHaveAPoint) {
  Site site;
  site.SignIn(kAdmin, kPassword);
  const auto times = [&](const char* value) {
    const std::string body = std::string(R"({"how":"well","times":)") + value + "}";
    return Json::parse(site.Ask("POST", "/api/v1/things/x/do", body).body)["times"];
  };
  EXPECT_EQ(times("null"), 1);
  EXPECT_EQ(times("5.0"), 5);
  EXPECT_EQ(times("5"), 5);
}

TEST(Console, WhatAHandlerThrowsIsAnAnswerOfTheApi) {
  Site site;
  site.SignIn(kAdmin, kPassword);
  const http::Response answer = site.Ask("GET", "/api/v1/faults");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(Json::parse(answer.body)["error"]["code"], "E-CON-012");
}

TEST(Console, EveryChangeIsAuditedRefusedOnesToo) {
  Site site;
  site.SignIn(kAdmin, "wrong password");
  site.SignIn(kAdmin, kPassword);
  site.Ask("POST", "/api/v1/things/lamp/do", R"({"how":"well"})");
  site.Ask("POST", "/api/v1/things/lamp/do", R"({"how":"so-so"})");
  const Json audit = Json::parse(site.Ask("GET", "/api/v1/audit").body);
  const auto find = [&](const std::string& action, const std::string& outcome) {
    for (const Json& item : audit["items"]) {
      if (item["action"] == action && item["outcome"] == outcome) {
        return item;
      }
    }
    return Json();
  };
  EXPECT_EQ(find("sign in", "refused")["who"], kAdmin);
  EXPECT_EQ(find("sign in", "ok")["from"], "127.0.0.1");
  EXPECT_EQ(find("POST /things/{name}/do", "ok")["target"], "lamp");
  EXPECT_THAT(find("POST /things/{name}/do", "refused").dump(), HasSubstr("how"));
  EXPECT_THAT(audit.dump(), Not(HasSubstr("password:")));
  EXPECT_THAT(audit.dump(), Not(HasSubstr(kPassword)));
}

TEST(Console, TheLinkOfTheTerminalMakesTheFirstAdministratorOnce) {
  Site site({}, "");
  const http::Response before = site.Ask("GET", "/api/v1/session");
  EXPECT_EQ(before.status, 401);
  EXPECT_EQ(Json::parse(before.body)["claim"], true);
  const std::string link = site.access().claim().link();
  const auto claim = [&](const std::string& token, const std::string& email) {
    return site.Ask(
        "POST",
        "/api/v1/claim",
        Json({{"token", token}, {"email", email}, {"password", kPassword}}).dump()
    );
  };
  EXPECT_EQ(claim("made-up", "a@b.c").status, 403);
  const std::string token = link.substr(link.rfind('/') + 1);
  EXPECT_EQ(claim(token, "a@b.c").status, 200);
  EXPECT_EQ(claim(token, "d@e.f").status, 403);
  EXPECT_EQ(site.SignIn("a@b.c", kPassword).status, 200);
}

TEST(Console, UsersAreMadeChangedAndRemoved) {
  Site site;
  site.SignIn(kAdmin, kPassword);
  EXPECT_EQ(
      site.Ask(
              "POST", "/api/v1/users", R"({"email":"n@t.c","password":"12345678","role":"viewer"})"
      )
          .status,
      201
  );
  EXPECT_EQ(site.Ask("PATCH", "/api/v1/users/n%40t.c", R"({"role":"operator"})").status, 200);
  EXPECT_THAT(site.Ask("GET", "/api/v1/users").body, HasSubstr("operator"));
  EXPECT_EQ(site.Ask("DELETE", "/api/v1/users/n%40t.c").status, 204);
  EXPECT_EQ(site.Ask("DELETE", "/api/v1/users/n%40t.c").status, 404);
  EXPECT_EQ(site.Ask("DELETE", "/api/v1/users/admin%40test.com").status, 409);
}

TEST(Console, APasswordChangeEndsOtherSessions) {
  Site site;
  site.SignIn(kAdmin, kPassword);
  const std::string other = site.cookie;
  site.SignIn(kAdmin, kPassword);
  EXPECT_EQ(
      site.Ask("PUT", "/api/v1/session/password", R"({"old":"no","new":"12345678"})").status, 422
  );
  EXPECT_EQ(
      site.Ask("PUT", "/api/v1/session/password", R"({"old":"correct horse","new":"12345678"})")
          .status,
      204
  );
  site.cookie = other;
  EXPECT_EQ(site.Ask("GET", "/api/v1/session").status, 401);
  EXPECT_EQ(site.SignIn(kAdmin, "12345678").status, 200);
}

TEST(Console, ViewsBelongToTheirUser) {
  Site site;
  ASSERT_TRUE(site.access().users().Add("v@test.com", kPassword, Role::kViewer).has_value());
  site.SignIn(kAdmin, kPassword);
  const std::string view = R"({"path":"/topics/x","query":"filter=op"})";
  EXPECT_EQ(site.Ask("PUT", "/api/v1/views/mine", view).status, 204);
  EXPECT_EQ(site.Ask("PUT", "/api/v1/views/mine", view).status, 204);
  EXPECT_THAT(site.Ask("GET", "/api/v1/views").body, HasSubstr("filter=op"));
  site.SignIn("v@test.com", kPassword);
  EXPECT_THAT(site.Ask("GET", "/api/v1/views").body, Not(HasSubstr("mine")));
}

TEST(Console, EveryAnswerForbidsWhatPagesDoNotNeed) {
  Site site;
  for (const char* target : {"/", "/healthz", "/api/v1/session", "/api/v1/none", "/assets/x.js"}) {
    const http::Response answer = site.Ask("GET", target);
    EXPECT_THAT(
        std::string(answer.headers.Get("Content-Security-Policy")),
        HasSubstr("frame-ancestors 'none'")
    ) << target;
    EXPECT_EQ(answer.headers.Get("X-Content-Type-Options"), "nosniff") << target;
    EXPECT_EQ(answer.headers.Get("Referrer-Policy"), "no-referrer") << target;
    EXPECT_THAT(answer.body, Not(HasSubstr("style="))) << target;
  }
}

TEST(Console, HealthNeedsNoAccount) {
  Site site;
  EXPECT_EQ(site.Ask("GET", "/healthz").body, "ok\n");
  EXPECT_EQ(site.Ask("GET", "/readyz").body, "ready\n");
  EXPECT_EQ(site.Ask("GET", "/metrics").status, 200);
}

TEST(Console, WithoutItsStateHealthIsServedAndTheRestSaysWhy) {
  ConsoleOptions options;
  options.directory = "/proc/nothing";
  Site site(std::move(options));
  EXPECT_EQ(site.Ask("GET", "/healthz").status, 200);
  const http::Response answer = site.Ask("GET", "/api/v1/things");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(CodeOf(answer), "E-CON-001");
}

TEST(Console, AViewerIsToldWhatChangesAndStopsWithTheConsole) {
  Site site;
  site.SignIn(kAdmin, kPassword);
  http::WireClient viewer(site.port());
  viewer.Send(fmt::format("GET /api/v1/things/live HTTP/1.1\r\nCookie: {}\r\n\r\n", site.cookie));
  viewer.ReadTo("\r\n\r\n");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(viewer.ReadTo("\n\n"), "event: things\ndata: {\"a\":1}\n\n");
  }
  site.console().Stop();
  viewer.ReadToEnd();
  EXPECT_TRUE(viewer.AtEnd());
}

TEST(Console, TheDocumentNamesEveryRoute) {
  Site site;
  const Json document = Json::parse(site.Ask("GET", "/api/v1/openapi.json").body);
  EXPECT_EQ(document["openapi"], "3.1.0");
  const Json& what = document["paths"]["/api/v1/things/{name}/do"]["post"];
  EXPECT_EQ(what["x-role"], "operator");
  EXPECT_EQ(what["parameters"][0]["name"], "name");
  const Json& schema = what["requestBody"]["content"]["application/json"]["schema"];
  EXPECT_EQ(schema["required"], Json({"how"}));
  EXPECT_EQ(schema["properties"]["times"]["maximum"], 9);
  EXPECT_TRUE(document["paths"].contains("/api/v1/session"));
}

TEST(FrontEnd, PagesAreIndexAndNothingLeavesTheDirectory) {
  EXPECT_EQ(AssetPathOf("/"), "/index.html");
  EXPECT_EQ(AssetPathOf("/topics/shop.orders"), "/index.html");
  EXPECT_EQ(AssetPathOf("/assets/a-1.js"), "/assets/a-1.js");
  EXPECT_EQ(AssetPathOf("/favicon.svg"), "/favicon.svg");
  for (const char* bad :
       {"/../x",
        "/assets/../../x",
        "/assets/%2e%2e/x",
        "/assets/..%2fx",
        "/assets/%5c..",
        "x",
        "/a%00"}) {
    EXPECT_EQ(AssetPathOf(bad), "") << bad;
  }
}

TEST(FrontEnd, ServesADirectoryWhileItIsBeingDeveloped) {
  const TestDirectory directory;
  ASSERT_TRUE(WriteFileAtomically(directory.path() + "/index.html", "<p>page").has_value());
  ConsoleOptions options;
  options.files = directory.path();
  Site site(std::move(options));
  const http::Response page = site.Ask("GET", "/tables/shop.orders");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body, "<p>page");
  EXPECT_EQ(page.headers.Get("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(site.Ask("GET", "/assets/none.js").status, 404);
  EXPECT_EQ(site.Ask("POST", "/tables").status, 404);
}

}  // namespace
}  // namespace rowhouse::console
