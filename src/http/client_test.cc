#include "http/client.h"

#include <future>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "http/server.h"
#include "http/tls_files_test.h"

namespace rowhouse::http {
namespace {

void Answer(const Request& request, BodyReader& body, ResponseWriter& response) {
  if (request.path == "/auth") {
    const auto who = request.BasicAuth();
    if (!who.has_value() || who->user != "me" || who->password != "p:w") {
      (void)response.Reply(401, "text/plain", "who are you?");
      return;
    }
  }
  if (request.path == "/slow") {
    while (!response.ClientGone()) {
      std::this_thread::yield();
    }
    return;
  }
  size_t bytes = 0;
  std::string block(64 * 1024, '\0');
  for (auto got = body.Read(block.data(), block.size()); got.has_value() && *got > 0;
       got = body.Read(block.data(), block.size())) {
    bytes += *got;
  }
  response.SetHeader("X-Type", std::string(request.headers.Get("Content-Type")));
  if (request.path == "/large") {
    for (int i = 0; i < 100; ++i) {
      (void)response.Write(std::string(100'000, 'x'));
    }
    return;
  }
  (void)response.Reply(
      request.path == "/missing" ? 404 : 200,
      "text/plain",
      fmt::format("{} {} {}", request.method, request.target, bytes)
  );
}

class ClientTest : public testing::Test {
 protected:
  std::unique_ptr<Server> server_ = Server::Start({}, Answer).value();

  ClientOptions Options() const {
    ClientOptions options;
    options.url = server_->url() + "/";
    return options;
  }

  std::unique_ptr<Client> client_ = Client::Open(Options()).value();

  Result<Response> Send(std::string method, std::string target, std::string_view body = {}) {
    ClientRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.body = body;
    return client_->Send(request);
  }
};

TEST_F(ClientTest, EachMethodArrivesWithItsBody) {
  EXPECT_EQ(Send("GET", "/a?b=c%20d")->body, "GET /a?b=c%20d 0");
  EXPECT_EQ(Send("POST", "/a", "12345")->body, "POST /a 5");
  EXPECT_EQ(Send("POST", "/a")->body, "POST /a 0");
  EXPECT_EQ(Send("PUT", "/a", "123")->body, "PUT /a 3");
  EXPECT_EQ(Send("DELETE", "/a")->body, "DELETE /a 0");
  EXPECT_EQ(Send("HEAD", "/a")->headers.Get("content-length"), "9");
}

TEST_F(ClientTest, OtherStatusesAreData) {
  const auto response = Send("GET", "/missing");
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 404);
  EXPECT_FALSE(response->ok());
}

TEST_F(ClientTest, HeadersGoAsGiven) {
  ClientRequest request;
  request.method = "POST";
  request.body = "x";
  request.headers.Add("Content-Type", "a/b");
  EXPECT_EQ(client_->Send(request)->headers.Get("X-Type"), "a/b");
  EXPECT_EQ(Send("POST", "/", "x")->headers.Get("X-Type"), "");
}

TEST_F(ClientTest, StreamsUploadAndDownload) {
  size_t left = 10'000'000;
  size_t taken = 0;
  ClientRequest request;
  request.method = "POST";
  request.target = "/large";
  request.source = [&](char* into, size_t size) -> Result<size_t> {
    const size_t n = std::min(left, size);
    std::fill_n(into, n, 'u');
    left -= n;
    return n;
  };
  request.sink = [&](std::string_view bytes) {
    taken += bytes.size();
    return Ok();
  };
  const auto response = client_->Send(request);
  ASSERT_TRUE(response.has_value()) << response.error().ToString();
  EXPECT_EQ(left, 0U);
  EXPECT_EQ(taken, 10'000'000U);
  EXPECT_EQ(response->body, "");
}

TEST_F(ClientTest, ErrorOfASinkOrSourceEndsTheRequest) {
  ClientRequest down;
  down.target = "/large";
  down.sink = [](std::string_view) -> Status { return Error(ErrorKind::kBadRecord, "full"); };
  const auto stopped = client_->Send(down);
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().kind(), ErrorKind::kBadRecord);
  ClientRequest up;
  up.method = "POST";
  up.source = [](char*, size_t) -> Result<size_t> { return Error(ErrorKind::kInternal, "empty"); };
  const auto broken = client_->Send(up);
  ASSERT_FALSE(broken.has_value());
  EXPECT_EQ(broken.error().kind(), ErrorKind::kInternal);
}

TEST_F(ClientTest, ResponseAboveTheLimitIsAnError) {
  ClientOptions options = Options();
  options.body_bytes_max = 1'000'000;
  const auto client = Client::Open(options).value();
  ClientRequest request;
  request.target = "/large";
  EXPECT_EQ(client->Send(request).error().kind(), ErrorKind::kBadRecord);
}

TEST_F(ClientTest, BadCredentialsAreAuthErrorsThatQuoteTheServer) {
  const auto refused = Send("GET", "/auth");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kAuth);
  EXPECT_NE(refused.error().message().find("who are you?"), std::string::npos);
  ClientOptions options = Options();
  options.credentials = Credentials{"me", "p:w"};
  ClientRequest request;
  request.target = "/auth";
  EXPECT_TRUE(Client::Open(options).value()->Send(request).has_value());
}

TEST_F(ClientTest, DeadlineAndStopEndASlowRequest) {
  ClientRequest request;
  request.target = "/slow";
  request.deadline = Deadline::After(milliseconds(50));
  EXPECT_EQ(client_->Send(request).error().kind(), ErrorKind::kUnavailable);
  std::stop_source stop;
  request.deadline = Deadline::After(seconds(20));
  request.stop = stop.get_token();
  stop.request_stop();
  EXPECT_EQ(client_->Send(request).error().kind(), ErrorKind::kCancelled);
}

TEST_F(ClientTest, ServerThatIsAwayIsUnavailableAndNamed) {
  const std::string url = server_->url();
  server_->Stop(Deadline::After(seconds(1)));
  const auto response = Send("GET", "/");
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().kind(), ErrorKind::kUnavailable);
  EXPECT_NE(response.error().message().find(url), std::string::npos) << response.error().message();
}

TEST(Client, BadUrlIsAConfigError) {
  ClientOptions options;
  options.url = "127.0.0.1:8081";
  EXPECT_EQ(Client::Open(options).error().kind(), ErrorKind::kConfig);
}

TEST(Client, ErrorTextsHideThePasswordOfAUrl) {
  ClientOptions options;
  options.name = "registry";
  options.url = "http://user:secret@127.0.0.1:1/x";
  EXPECT_EQ(Client::Open(options).value()->place(), "registry at http://127.0.0.1:1/x");
}

TEST(Client, TalksTlsToAServerItTrustsOnly) {
  const TestCertificate certificate = TestCertificate::Make();
  ServerOptions server_options;
  server_options.tls = TlsFiles{certificate.certificate_file, certificate.key_file};
  const auto server = Server::Start(server_options, Answer).value();
  ClientOptions options;
  options.url = server->url();
  options.ca_file = certificate.certificate_file;
  const auto trusting = Client::Open(options).value();
  ClientRequest request;
  request.method = "POST";
  const std::string body(3'000'000, 'b');
  request.body = body;
  for (int i = 0; i < 3; ++i) {
    const auto response = trusting->Send(request);
    ASSERT_TRUE(response.has_value()) << response.error().ToString();
    EXPECT_EQ(response->body, "POST / 3000000");
  }
  request.target = "/large";
  EXPECT_EQ(trusting->Send(request)->body.size(), 10'000'000U);
  options.ca_file.clear();
  const auto refused = Client::Open(options).value()->Send(request);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kConfig);
}

TEST(Server, UnusableTlsFilesAreAConfigErrorThatNamesThem) {
  ServerOptions options;
  options.tls = TlsFiles{"/nonexistent/cert.pem", "/nonexistent/key.pem"};
  const auto server = Server::Start(options, Answer);
  ASSERT_FALSE(server.has_value());
  EXPECT_EQ(server.error().kind(), ErrorKind::kConfig);
  EXPECT_NE(server.error().message().find("/nonexistent/cert.pem"), std::string::npos);
}

}  // namespace
}  // namespace rowhouse::http
