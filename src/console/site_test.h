#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "console/console.h"
#include "console/health.h"
#include "console/test_directory_test.h"
#include "http/client.h"
#include "http/wire_client_test.h"

namespace rowhouse::console {

inline constexpr const char* kAdmin = "admin@test.com";
inline constexpr const char* kPassword = "correct horse";

inline uint16_t FreePort() {
  http::ServerOptions options;
  return http::Server::Start(options, [](const auto&, auto&, auto&) {}).value()->port();
}

inline http::Response Parse(const std::string& text) {
  http::Response response;
  const size_t head = text.find("\r\n\r\n");
  CHECK(text.size() > 12 && head != std::string::npos);
  response.status = std::stoi(text.substr(9, 3));
  for (size_t at = text.find("\r\n") + 2; at < head; at = text.find("\r\n", at) + 2) {
    const std::string line = text.substr(at, text.find("\r\n", at) - at);
    response.headers.Add(line.substr(0, line.find(": ")), line.substr(line.find(": ") + 2));
  }
  response.body = text.substr(head + 4);
  return response;
}

// A running console and one browser's session with it.
class Site {
 public:
  // `more` adds routes of a feature.
  explicit Site(
      ConsoleOptions options = {},
      const char* admin = kAdmin,
      const std::function<void(Console&)>& more = [](Console&) {}
  ) {
    options.host = "127.0.0.1";
    options.port = port_ = FreePort();
    if (options.directory.empty()) {
      options.directory = directory_.path() + "/state";
    }
    options.access.admin_email = admin;
    options.access.admin_password = kPassword;
    options.facts = {"1.2.3", "demo", true, true};
    console_ = Console::Open(std::move(options)).value();
    console_->routes().Add(
        Role::kOperator,
        "POST",
        "/api/v1/things/{name}/do",
        {.summary = "Do it",
         .body =
             {{.name = "how", .required = true, .choices = {"well", "badly"}},
              {.name = "times", .type = Field::Type::kInteger, .min = 1, .max = 9}}},
        [](const Call& call) {
          return Answer::Of(
              {{"name", call.path["name"]},
               {"how", call.Text("how")},
               {"times", call.body.value("times", 1)}}
          );
        }
    );
    console_->routes().Add(
        Role::kViewer,
        "GET",
        "/api/v1/things/{name}/parts/{part}",
        {.summary = "One part",
         .path = {{.name = "part", .type = Field::Type::kInteger, .min = 1, .max = 3}}},
        [](const Call& call) {
          return Answer::Of({{"part", call.PathNumber("part")}});
        }
    );
    console_->routes().Add(
        Role::kViewer,
        "GET",
        "/api/v1/faults",
        {.summary = "Throws"},
        [](const Call&) -> Answer { throw std::runtime_error("by the test"); }
    );
    console_->routes().Add(
        Role::kViewer,
        "GET",
        "/api/v1/things",
        {.summary = "Things",
         .query = {{.name = "limit", .type = Field::Type::kInteger, .max = 10}}},
        [](const Call&) { return Answer::Of(Json::array()); }
    );
    if (console_->live() != nullptr) {
      console_->live()->Add(
          console_->routes(),
          Role::kViewer,
          "/api/v1/things/live",
          "Things as they change",
          "things",
          milliseconds(10),
          [] {
            return Json{{"a", 1}};
          }
      );
    }
    AddHealth(console_->routes(), metrics_, [] {
      return std::vector<PartState>{{"capture", true}};
    });
    more(*console_);
    EXPECT_TRUE(console_->Serve().has_value());
  }

  http::Response Ask(
      const std::string& method, const std::string& target, const std::string& body = ""
  ) {
    std::string text = fmt::format("{} {} HTTP/1.1\r\nConnection: close\r\n", method, target);
    const auto header = [&text](std::string_view name, const std::string& value) {
      text += value.empty() ? "" : fmt::format("{}: {}\r\n", name, value);
    };
    header("Content-Type", body.empty() ? "" : content_type);
    header("Content-Length", std::to_string(body.size()));
    header("Cookie", cookie);
    header("X-CSRF-Token", csrf);
    header("Authorization", bearer.empty() ? "" : "Bearer " + bearer);
    http::WireClient client(port_);
    client.Send(text + "\r\n" + body);
    return Parse(client.ReadToEnd());
  }

  http::Response SignIn(const std::string& email, const std::string& password) {
    cookie.clear();
    csrf.clear();
    http::Response answer =
        Ask("POST", "/api/v1/session", Json({{"email", email}, {"password", password}}).dump());
    if (answer.status == 200) {
      const std::string set(answer.headers.Get("Set-Cookie"));
      cookie = set.substr(0, set.find(';'));
      csrf = Json::parse(answer.body)["csrf"];
    }
    return answer;
  }

  Access& access() { return *console_->access(); }

  Console& console() { return *console_; }

  uint16_t port() const { return port_; }

  std::string cookie;
  std::string csrf;
  std::string bearer;
  std::string content_type = "application/json";

 private:
  const TestDirectory directory_;
  metrics::Registry metrics_{{}};
  std::unique_ptr<Console> console_;
  uint16_t port_ = 0;
};

inline std::string CodeOf(const http::Response& answer) {
  const Json json = Json::parse(answer.body, nullptr, false);
  return json.is_object() && json.contains("error") ? json["error"].value("code", "") : "";
}

}  // namespace rowhouse::console
