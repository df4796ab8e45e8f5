#include "http/routes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace rowhouse::http {
namespace {

class NoBody : public BodyReader {
 public:
  Result<size_t> Read(char*, size_t) override { return size_t{0}; }
};

class Recorder : public ResponseWriter {
 public:
  int status = 200;
  Headers headers;
  std::string body;

  void SetStatus(int s) override { status = s; }

  void SetHeader(std::string name, std::string value) override {
    headers.Set(std::move(name), std::move(value));
  }

  Status Send(std::string_view bytes) override {
    body = bytes;
    return Ok();
  }

  Status Write(std::string_view bytes) override {
    body += bytes;
    return Ok();
  }

  bool started() const override { return !body.empty(); }

  void Abort() override {}

  bool ClientGone() override { return false; }
};

Recorder Ask(const Routes& routes, std::string method, std::string path) {
  Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  NoBody body;
  Recorder recorder;
  routes.Serve(request, body, recorder);
  return recorder;
}

Routes Subjects() {
  Routes routes;
  const auto say = [](std::string name) {
    return [name = std::move(name)](const Routes::Call& call) {
      (void)call.response.Send(fmt::format("{} {} {}", name, call.path["s"], call.path["v"]));
    };
  };
  routes.Add("GET", "/subjects", say("list"));
  routes.Add("POST", "/subjects/{s}", say("look"));
  routes.Add("GET", "/subjects/{s}/versions/{v}", say("any"));
  routes.Add("GET", "/subjects/{s}/versions/latest", say("latest"));
  routes.Add("DELETE", "/subjects/{s}/versions/{v}", say("gone"));
  routes.Add("DELETE", "/subjects/{s}", say("delete"));
  routes.Add("GET", "/", say("root"));
  return routes;
}

TEST(Routes, SegmentsAreDecodedAfterTheSplit) {
  const Routes routes = Subjects();
  EXPECT_EQ(Ask(routes, "POST", "/subjects/a%2Fb.c%20d-value").body, "look a/b.c d-value ");
  EXPECT_EQ(Ask(routes, "GET", "/subjects/s/versions/3").body, "any s 3");
}

TEST(Routes, LiteralSegmentGoesBeforeAParameter) {
  EXPECT_EQ(Ask(Subjects(), "GET", "/subjects/s/versions/latest").body, "latest s ");
}

TEST(Routes, TrailingSlashAndRootAreFound) {
  EXPECT_EQ(Ask(Subjects(), "GET", "/subjects/").body, "list  ");
  EXPECT_EQ(Ask(Subjects(), "GET", "/").body, "root  ");
}

TEST(Routes, HeadGoesToGet) {
  EXPECT_EQ(Ask(Subjects(), "HEAD", "/subjects").body, "list  ");
}

TEST(Routes, UnknownPathIs404AndUnknownMethodIs405WithAllow) {
  EXPECT_EQ(Ask(Subjects(), "GET", "/nothing").status, 404);
  const Recorder wrong = Ask(Subjects(), "PATCH", "/subjects/s");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.Get("Allow"), "POST, DELETE");
  const Recorder literal = Ask(Subjects(), "DELETE", "/subjects/s/versions/latest");
  EXPECT_EQ(literal.status, 405) << "though {v} could be deleted";
  EXPECT_EQ(literal.headers.Get("Allow"), "GET");
}

}  // namespace
}  // namespace rowhouse::http
