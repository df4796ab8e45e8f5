#pragma once

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "http/client.h"
#include "registry/server.h"
#include "testing/fake_compacted_log.h"

namespace rowhouse::registry {

// A registry on a free port over a topic in memory, and a client to ask it.
class RegistryTest : public ::testing::Test {
 protected:
  struct Answer {
    int status = 0;
    std::string body;
    std::string type;

    int code() const {
      const auto json = nlohmann::json::parse(body, nullptr, false);
      return json.is_object() ? json.value("error_code", 0) : 0;
    }

    std::string message() const {
      const auto json = nlohmann::json::parse(body, nullptr, false);
      return json.is_object() ? json.value("message", "") : "";
    }
  };

  void SetUp() override { Restart(); }

  // As after a kill: the topic is all that is left.
  void Restart(ServerOptions options = {}) {
    client_.reset();
    server_.reset();
    auto server = Server::Start(std::move(options), [topic = topic_] {
      return Result<std::unique_ptr<CompactedLog>>(
          std::make_unique<rowhouse::testing::FakeCompactedLog>(topic)
      );
    });
    ASSERT_TRUE(server.has_value()) << server.error().ToString();
    server_ = std::move(server).value();
    http::ClientOptions client;
    client.url = server_->url();
    client_ = http::Client::Open(client).value();
  }

  Answer Ask(std::string method, std::string target, std::string body = {}) {
    http::ClientRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.body = body;
    const auto response = client_->Send(request);
    if (!response.has_value()) {
      return {response.error().native(), response.error().ToString(), ""};
    }
    return {response->status, response->body, std::string(response->headers.Get("Content-Type"))};
  }

  static std::string Body(const std::string& schema) {
    return nlohmann::json({{"schema", schema}}).dump();
  }

  Answer Register(const std::string& subject, const std::string& schema) {
    return Ask("POST", "/subjects/" + subject + "/versions", Body(schema));
  }

  std::shared_ptr<rowhouse::testing::FakeTopic> topic_ =
      std::make_shared<rowhouse::testing::FakeTopic>();
  std::unique_ptr<Server> server_;
  std::unique_ptr<http::Client> client_;
};

// A record of so many int fields.
inline std::string Fields(int count, const std::string& more = {}) {
  std::string out = R"({"type":"record","name":"R","fields":[)";
  for (int i = 0; i < count; ++i) {
    out += (i == 0 ? "" : ",") + (R"({"name":"f)" + std::to_string(i) + R"(","type":"int"})");
  }
  return out + more + "]}";
}

inline const std::string kOptional = R"(,{"name":"o","type":["null","int"],"default":null})";

}  // namespace rowhouse::registry
