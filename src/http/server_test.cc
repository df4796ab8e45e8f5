#include "http/server.h"

#include <atomic>
#include <future>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "http/wire_client_test.h"

namespace rowhouse::http {
namespace {

// Answers "METHOD path body-length" or streams, by path.
void Echo(const Request& request, BodyReader& body, ResponseWriter& response) {
  if (request.path == "/unread") {
    ASSERT_TRUE(response.Reply(401, "text/plain", "no").has_value());
    return;
  }
  if (request.path == "/throw") {
    throw std::runtime_error("boom");
  }
  if (request.path == "/cut") {
    ASSERT_TRUE(response.Write("part").has_value());
    response.Abort();
    return;
  }
  const Result<std::string> text = body.ReadAll(size_t{64} << 20);
  if (!text.has_value()) {
    (void
    )response.Reply(std::max(400, text.error().native()), "text/plain", text.error().message());
    return;
  }
  if (request.path == "/stream") {
    (void)response.Write("one,");
    (void)response.Write(*text);
    (void)response.Write("");
    (void)response.Write(",end");
    return;
  }
  response.SetHeader("X-Query", std::string(request.query.Get("q")));
  (void)response.Send(fmt::format("{} {} {}", request.method, request.path, text->size()));
}

std::unique_ptr<Server> StartOrDie(ServerOptions options, Handler handler = Echo) {
  auto server = Server::Start(std::move(options), std::move(handler));
  EXPECT_TRUE(server.has_value()) << (server ? "" : server.error().ToString());
  return std::move(server).value();
}

TEST(Server, AnswersSeveralRequestsOnOneConnection) {
  const auto server = StartOrDie({});
  WireClient client(server->port());
  for (int i = 0; i < 3; ++i) {
    client.Send("GET /a%2Fb?q=x%20y HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string head = client.ReadTo("\r\n\r\n");
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
    EXPECT_NE(head.find("X-Query: x y\r\n"), std::string::npos) << head;
    EXPECT_NE(head.find("Content-Length: 12\r\n"), std::string::npos) << head;
    EXPECT_EQ(client.ReadTo("0"), "GET /a%2Fb 0");
  }
}

TEST(Server, ServesPipelinedRequestsInOrder) {
  const auto server = StartOrDie({});
  WireClient client(server->port());
  client.Send(
      "POST /1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\n\r\n"
      "GET /3 HTTP/1.1\r\nConnection: close\r\n\r\n"
  );
  const std::string all = client.ReadToEnd();
  const size_t first = all.find("POST /1 3");
  const size_t second = all.find("GET /2 0");
  const size_t third = all.find("GET /3 0");
  EXPECT_TRUE(first < second && second < third && third != std::string::npos) << all;
}

TEST(Server, ReadsChunkedBodiesAndStreamsChunkedAnswers) {
  const auto server = StartOrDie({});
  WireClient client(server->port());
  client.Send(
      "POST /stream HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "3\r\nabc\r\n5;x=y\r\nde"
  );
  client.Send("fgh\r\n0\r\nTrailer: t\r\n\r\n");
  const std::string all = client.ReadToEnd();
  EXPECT_NE(all.find("Transfer-Encoding: chunked\r\n"), std::string::npos) << all;
  EXPECT_TRUE(all.ends_with("\r\n\r\n4\r\none,\r\n8\r\nabcdefgh\r\n4\r\n,end\r\n0\r\n\r\n")) << all;
}

TEST(Server, Http10GetsAnUnchunkedAnswerThatEndsWithTheConnection) {
  const auto server = StartOrDie({});
  WireClient client(server->port());
  client.Send("POST /stream HTTP/1.0\r\nContent-Length: 2\r\n\r\nab");
  const std::string all = client.ReadToEnd();
  EXPECT_TRUE(all.ends_with("\r\n\r\none,ab,end")) << all;
  EXPECT_EQ(all.find("chunked"), std::string::npos);
}

TEST(Server, ABodyThatTricklesInIsGivenUp) {
  ServerOptions options;
  options.body_timeout = milliseconds(50);
  const auto server = StartOrDie(options);
  WireClient client(server->port());
  client.Send("POST /x HTTP/1.1\r\nContent-Length: 100\r\n\r\na");
  EXPECT_TRUE(client.ReadTo("\r\n\r\n").starts_with("HTTP/1.1 408"));
}

TEST(Server, HeadSendsTheHeadOnly) {
  const auto server = StartOrDie({});
  WireClient client(server->port());
  client.Send("HEAD /x HTTP/1.1\r\n\r\nHEAD /stream HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_NE(client.ReadTo("\r\n\r\n").find("Content-Length: 9\r\n"), std::string::npos);
  const std::string second = client.ReadToEnd();
  EXPECT_TRUE(second.starts_with("HTTP/1.1 200")) << second;
  EXPECT_TRUE(second.ends_with("\r\n\r\n")) << second;
}

TEST(Server, AsksForTheBodyOfAnExpectingClient) {
  const auto server = StartOrDie({});
  WireClient client(server->port());
  client.Send("POST /x HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.ReadTo("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("ab");
  EXPECT_TRUE(client.ReadTo("x 2").ends_with("POST /x 2"));
}

TEST(Server, ClientSeesTheRefusalThoughItsBodyWasNotRead) {
  const auto server = StartOrDie({});
  WireClient small(server->port());
  small.Send("POST /unread HTTP/1.1\r\nContent-Length: 5\r\n\r\nabcdeGET /x HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(small.ReadTo("no").starts_with("HTTP/1.1 401"));
  EXPECT_TRUE(small.ReadTo("x 0").ends_with("GET /x 0")) << "the connection goes on";
  WireClient large(server->port());
  large.Send("POST /unread HTTP/1.1\r\nContent-Length: 9000000\r\n\r\n");
  large.Send(std::string(9'000'000, 'x'));
  EXPECT_TRUE(large.ReadToEnd().ends_with("no")) << "the connection closes";
}

TEST(Server, RefusesBadRequestsWithTheirStatus) {
  ServerOptions options;
  options.header_bytes_max = 1000;
  options.body_bytes_max = 1000;
  const auto server = StartOrDie(options);
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"garbage\r\n\r\n", "400"},
      {"GET /x HTTP/2.0\r\n\r\n", "505"},
      {"GET /x HTTP/1.1\r\nno colon\r\n\r\n", "400"},
      {"GET /" + std::string(2000, 'x') + " HTTP/1.1\r\n\r\n", "431"},
      {"GET /x HTTP/1.1\r\nX: " + std::string(2000, 'x') + "\r\n\r\n", "431"},
      {"POST /x HTTP/1.1\r\nContent-Length: 1001\r\n\r\n", "413"},
      {"POST /x HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400"},
      {"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"},
      {"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'x'),
       "413"},
  };
  for (const auto& [bytes, status] : cases) {
    WireClient client(server->port());
    client.Send(bytes);
    const std::string answer = client.ReadToEnd();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + status))
        << bytes.substr(0, 60) << " -> " << answer;
  }
}

TEST(Server, TakesAMegabyteOfUrlWhereAllowed) {
  ServerOptions options;
  options.header_bytes_max = size_t{1} << 21;
  const auto server =
      StartOrDie(options, [](const Request& request, BodyReader&, ResponseWriter& r) {
        (void)r.Send(fmt::format("{}", request.query.Get("query").size()));
      });
  WireClient client(server->port());
  client.Send("GET /?query=" + std::string(1'000'000, 'q') + " HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(client.ReadTo("\r\n\r\n1000000").ends_with("1000000"));
}

TEST(Server, StreamsBodiesLargerThanItsBuffersBothWays) {
  constexpr size_t kBytes = 32 << 20;
  const auto server =
      StartOrDie({}, [](const Request&, BodyReader& body, ResponseWriter& response) {
        std::string block(100'000, '\0');
        for (;;) {
          const Result<size_t> got = body.Read(block.data(), block.size());
          if (!got.has_value() || *got == 0) {
            return;
          }
          if (!response.Write(std::string_view(block).substr(0, *got)).has_value()) {
            return;
          }
        }
      });
  WireClient client(server->port());
  auto sent = std::async(std::launch::async, [&] {
    return client.Send(fmt::format("POST / HTTP/1.0\r\nContent-Length: {}\r\n\r\n", kBytes)) &&
           client.Send(std::string(kBytes, 'x'));
  });
  const std::string all = client.ReadToEnd();
  EXPECT_TRUE(sent.get());
  EXPECT_EQ(all.size() - all.find("\r\n\r\n") - 4, kBytes);
}

TEST(Server, ManyIdleConnectionsNeedNoWorkers) {
  const auto server = StartOrDie({});
  std::vector<WireClient> clients;
  for (int i = 0; i < 500; ++i) {
    clients.emplace_back(server->port());
  }
  for (const size_t step : {1, 25}) {  // the second time each of those asked was idle
    for (size_t i = 0; i < clients.size(); i += step) {
      clients[i].Send("GET /x HTTP/1.1\r\n\r\n");
      ASSERT_TRUE(clients[i].ReadTo("x 0").ends_with("GET /x 0"));
    }
  }
}

TEST(Server, AboveItsMostConnectionsAnswers503) {
  ServerOptions options;
  options.connections_max = 1;
  const auto server = StartOrDie(options);
  WireClient first(server->port());
  first.Send("GET /x HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(first.ReadTo("x 0").ends_with("GET /x 0"));
  WireClient second(server->port());
  EXPECT_TRUE(second.ReadToEnd().starts_with("HTTP/1.1 503"));
}

TEST(Server, ClosesSlowAndIdleClients) {
  ServerOptions options;
  options.header_timeout = milliseconds(50);
  options.idle_timeout = milliseconds(50);
  options.io_timeout = milliseconds(50);
  const auto server = StartOrDie(options);
  WireClient silent(server->port());
  EXPECT_TRUE(silent.AtEnd());
  WireClient half(server->port());
  half.Send("GET /x HT");
  EXPECT_TRUE(half.ReadToEnd().starts_with("HTTP/1.1 408"));
  WireClient idle(server->port());
  idle.Send("GET /x HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(idle.ReadToEnd().ends_with("GET /x 0"));
  WireClient body(server->port());
  body.Send("POST /x HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_NE(body.ReadToEnd().find("sent nothing for 50 ms"), std::string::npos);
}

TEST(Server, WriterLearnsThatTheClientIsGone) {
  std::promise<ErrorKind> outcome;
  const auto server = StartOrDie({}, [&](const Request&, BodyReader&, ResponseWriter& response) {
    const std::string block(100'000, 'x');
    for (;;) {
      const Status written = response.Write(block);
      if (!written.has_value()) {
        outcome.set_value(written.error().kind());
        return;
      }
    }
  });
  WireClient client(server->port());
  client.Send("GET / HTTP/1.1\r\n\r\n");
  client.ReadTo("xxx");
  client.Close();
  EXPECT_EQ(outcome.get_future().get(), ErrorKind::kCancelled);
}

TEST(Server, BusyHandlerCanAskWhetherTheClientIsGone) {
  std::promise<bool> at_first;
  std::promise<void> gone;
  const auto server = StartOrDie({}, [&](const Request&, BodyReader&, ResponseWriter& response) {
    at_first.set_value(response.ClientGone());
    const Deadline deadline = Deadline::After(seconds(10));
    while (!response.ClientGone() && !deadline.Passed()) {
      std::this_thread::yield();
    }
    gone.set_value();
  });
  WireClient client(server->port());
  client.Send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_FALSE(at_first.get_future().get());
  client.Close();
  EXPECT_EQ(gone.get_future().wait_for(seconds(5)), std::future_status::ready);
}

TEST(Server, AnExceptionIsA500AndTheServerGoesOn) {
  const auto server = StartOrDie({});
  WireClient client(server->port());
  client.Send("GET /throw HTTP/1.1\r\n\r\nGET /x HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(client.ReadTo("\r\n\r\n").starts_with("HTTP/1.1 500"));
  EXPECT_TRUE(client.ReadTo("x 0").ends_with("GET /x 0"));
}

TEST(Server, AbortedAnswerHasNoProperEnd) {
  const auto server = StartOrDie({});
  WireClient client(server->port());
  client.Send("GET /cut HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(client.ReadToEnd().ends_with("4\r\npart\r\n"));
}

TEST(Server, HeaderValuesCannotBreakTheHead) {
  const auto server = StartOrDie({});
  WireClient client(server->port());
  client.Send("GET /x?q=a%0D%0AEvil:%20b HTTP/1.1\r\n\r\n");
  const std::string head = client.ReadTo("\r\n\r\n");
  EXPECT_NE(head.find("X-Query: a  Evil: b\r\n"), std::string::npos) << head;
}

TEST(Server, BusyPortIsAConfigErrorThatNamesIt) {
  const auto first = StartOrDie({});
  ServerOptions options;
  options.port = first->port();
  const auto second = Server::Start(options, Echo);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().kind(), ErrorKind::kConfig);
  EXPECT_EQ(
      second.error().message(), fmt::format("http: port {} on 127.0.0.1 is taken", first->port())
  );
  EXPECT_EQ(second.error().code(), "E-NET-001");
  EXPECT_NE(second.error().hint().find("http.listen"), std::string::npos);
}

TEST(Server, ForeignAddressIsAConfigError) {
  ServerOptions options;
  options.host = "192.0.2.1";
  const auto server = Server::Start(options, Echo);
  ASSERT_FALSE(server.has_value());
  EXPECT_EQ(server.error().kind(), ErrorKind::kConfig);
}

TEST(Server, StopLetsTheRunningHandlerFinish) {
  std::promise<void> started;
  std::promise<void> go_on;
  auto server = StartOrDie({}, [&](const Request&, BodyReader&, ResponseWriter& response) {
    started.set_value();
    go_on.get_future().wait();
    (void)response.Send("finished");
  });
  WireClient idle(server->port());
  WireClient client(server->port());
  client.Send("GET / HTTP/1.1\r\n\r\n");
  started.get_future().wait();
  auto stopped =
      std::async(std::launch::async, [&] { server->Stop(Deadline::After(seconds(10))); });
  EXPECT_TRUE(idle.AtEnd()) << "idle connections are closed at once";
  go_on.set_value();
  EXPECT_TRUE(client.ReadToEnd().ends_with("finished"));
  stopped.get();
}

TEST(Server, StopCutsHandlersAtItsDeadline) {
  std::promise<void> started;
  std::atomic<bool> ended = false;
  auto server = StartOrDie({}, [&](const Request&, BodyReader&, ResponseWriter& response) {
    started.set_value();
    while (!response.ClientGone()) {
      std::this_thread::yield();
    }
    ended = true;
  });
  WireClient client(server->port());
  client.Send("GET / HTTP/1.1\r\n\r\n");
  started.get_future().wait();
  server->Stop(Deadline::After(milliseconds(20)));
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace rowhouse::http
