#include "http/event_stream.h"

#include <memory>
#include <sys/resource.h>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/mutex.h"
#include "http/client.h"
#include "http/server.h"
#include "http/stream_queue.h"
#include "http/tls_files_test.h"
#include "http/wire_client_test.h"

namespace rowhouse::http {
namespace {

TEST(Event, LinesOfDataBecomeFields) {
  EXPECT_EQ(FormatEvent({"lag", "{\"a\":1}", "7"}), "id: 7\nevent: lag\ndata: {\"a\":1}\n\n");
  EXPECT_EQ(FormatEvent({"", "a\nb", ""}), "data: a\ndata: b\n\n");
}

TEST(Event, NoFieldCanBeSmuggledIn) {
  EXPECT_EQ(
      FormatEvent({"x\nid: 9", "a\rid: 8", "1\ndata: no"}), "id: 1\nevent: x\ndata: a id: 8\n\n"
  );
}

TEST(StreamQueue, SkipsWhatDoesNotFitAndSaysSo) {
  int woken = 0;
  StreamQueue queue({.queue_bytes_max = 40}, [&woken] { ++woken; });
  EXPECT_EQ(queue.Send({"", "0123456789", ""}), EventStream::Sent::kQueued);
  EXPECT_EQ(queue.Send({"", "0123456789", ""}), EventStream::Sent::kQueued);
  EXPECT_EQ(queue.Send({"", "0123456789", ""}), EventStream::Sent::kSkipped);
  EXPECT_EQ(queue.Send({"", "0123456789", ""}), EventStream::Sent::kSkipped);
  EXPECT_EQ(woken, 1);
  std::string out;
  EXPECT_TRUE(queue.Take(out));
  EXPECT_EQ(out, "data: 0123456789\n\ndata: 0123456789\n\n");
  EXPECT_EQ(queue.Send({"", "x", ""}), EventStream::Sent::kQueued);
  out.clear();
  EXPECT_TRUE(queue.Take(out));
  EXPECT_EQ(out, "event: skipped\ndata: {\"events\":2}\n\ndata: x\n\n");
  EXPECT_EQ(woken, 2);
}

TEST(StreamQueue, IsClosedForItsSendersOnceDetached) {
  StreamQueue queue({}, [] {});
  queue.Detach();
  EXPECT_FALSE(queue.open());
  EXPECT_EQ(queue.Send({"", "x", ""}), EventStream::Sent::kClosed);
  EXPECT_FALSE(queue.AwaitRoom(Deadline::Never()));
}

// A server all of whose requests become streams, which the test then has.
class Streams {
 public:
  explicit Streams(ServerOptions options, EventStreamOptions stream = {}) {
    auto started = Server::Start(
        std::move(options),
        [this, stream](const Request& request, BodyReader&, ResponseWriter& response) {
          auto opened = response.StartEvents(stream);
          if (!opened) {
            (void)response.Reply(503, "text/plain", opened.error().message());
            return;
          }
          (void)(*opened)->Send({"hello", LastEventId(request), ""});
          const MutexLock lock(mu_);
          streams_.push_back(*opened);
          changed_.NotifyAll();
        }
    );
    server_ = std::move(started).value();
  }

  // The stream of the nth request.
  std::shared_ptr<EventStream> Await(size_t n) {
    const MutexLock lock(mu_);
    const Deadline deadline = Deadline::After(seconds(20));
    while (streams_.size() <= n && changed_.WaitUntil(mu_, deadline)) {
    }
    CHECK(streams_.size() > n);
    return streams_[n];
  }

  Server& server() { return *server_; }

 private:
  Mutex mu_;
  CondVar changed_;
  std::vector<std::shared_ptr<EventStream>> streams_;
  std::unique_ptr<Server> server_;  // ends before what its handler uses
};

void AwaitClosed(const EventStream& stream) {
  const Deadline deadline = Deadline::After(seconds(20));
  while (stream.open() && !deadline.Passed()) {
    std::this_thread::yield();
  }
  EXPECT_FALSE(stream.open());
}

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nLast-Event-ID: 41\r\n\r\n";

TEST(EventStream, OutlivesItsHandlerWithoutAWorker) {
  ServerOptions options;
  options.workers = 1;
  Streams streams(options);
  WireClient first(streams.server().port());
  WireClient second(streams.server().port());
  first.Send(kGet);
  const std::string head = first.ReadTo("\r\n\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
  EXPECT_NE(head.find("Content-Type: text/event-stream\r\n"), std::string::npos) << head;
  EXPECT_NE(head.find("Connection: close\r\n"), std::string::npos) << head;
  EXPECT_EQ(first.ReadTo("\n\n"), "event: hello\ndata: 41\n\n");
  second.Send(kGet);
  second.ReadTo("data: 41\n\n");
  for (int i = 0; i < 3; ++i) {
    streams.Await(0)->Send({"n", std::to_string(i), std::to_string(i)});
    EXPECT_EQ(first.ReadTo("\n\n"), fmt::format("id: {0}\nevent: n\ndata: {0}\n\n", i));
  }
  streams.Await(0)->Close();
  EXPECT_TRUE(first.AtEnd());
}

TEST(EventStream, KnowsThatItsClientHasGone) {
  Streams streams({});
  WireClient client(streams.server().port());
  client.Send(kGet);
  client.ReadTo("data: 41\n\n");
  client.Close();
  AwaitClosed(*streams.Await(0));
  EXPECT_EQ(streams.Await(0)->Send({"", "x", ""}), EventStream::Sent::kClosed);
}

TEST(EventStream, ShowsThatItLives) {
  ServerOptions options;
  options.event_heartbeat = milliseconds(20);
  Streams streams(options);
  WireClient client(streams.server().port());
  client.Send(kGet);
  client.ReadTo("data: 41\n\n");
  EXPECT_EQ(client.ReadTo("\n\n"), ": keep\n\n");
}

TEST(EventStream, AClientThatTakesNothingIsDropped) {
  ServerOptions options;
  options.event_heartbeat = milliseconds(20);
  options.io_timeout = milliseconds(100);
  Streams streams(options);
  WireClient client(streams.server().port());
  client.Send(kGet);
  const auto stream = streams.Await(0);
  const std::string text(32 * 1024, 'x');
  const Deadline deadline = Deadline::After(seconds(20));
  while (stream->Send({"", text, ""}) != EventStream::Sent::kClosed && !deadline.Passed()) {
    EXPECT_LE(stream->queued_bytes(), size_t{64} * 1024);
  }
  EXPECT_FALSE(stream->open());
}

TEST(EventStream, ASenderMayWaitForRoom) {
  Streams streams({});
  WireClient client(streams.server().port());
  client.Send(kGet);
  client.ReadTo("data: 41\n\n");
  const auto stream = streams.Await(0);
  const std::string text(30 * 1024, 'x');
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(stream->Send({"", text, ""}), EventStream::Sent::kQueued) << i;
    EXPECT_EQ(client.ReadTo("\n\n").size(), text.size() + 8);
    ASSERT_TRUE(stream->AwaitRoom(Deadline::After(seconds(20)))) << i;
  }
}

TEST(EventStream, OneTooManyIsRefused) {
  ServerOptions options;
  options.event_streams_max = 1;
  Streams streams(options);
  WireClient first(streams.server().port());
  first.Send(kGet);
  first.ReadTo("data: 41\n\n");
  WireClient second(streams.server().port());
  second.Send(kGet);
  EXPECT_TRUE(second.ReadTo("\r\n\r\n").starts_with("HTTP/1.1 503"));
  first.Close();
  AwaitClosed(*streams.Await(0));
  WireClient third(streams.server().port());
  third.Send(kGet);
  EXPECT_TRUE(third.ReadTo("\r\n\r\n").starts_with("HTTP/1.1 200"));
}

TEST(EventStream, AHeadRequestGetsTheHeadOnly) {
  Streams streams({});
  WireClient client(streams.server().port());
  client.Send("HEAD / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(client.ReadToEnd().ends_with("\r\n\r\n"));
  EXPECT_FALSE(streams.Await(0)->open());
}

TEST(EventStream, OutlivesItsServerClosed) {
  auto streams = std::make_unique<Streams>(ServerOptions{});
  WireClient client(streams->server().port());
  client.Send(kGet);
  client.ReadTo("data: 41\n\n");
  const auto stream = streams->Await(0);
  streams->server().Stop(Deadline::After(seconds(5)));
  EXPECT_TRUE(client.AtEnd());
  streams = nullptr;
  EXPECT_EQ(stream->Send({"", "x", ""}), EventStream::Sent::kClosed);
}

TEST(EventStream, GoesOverTlsWhoseCertificateIsReplaced) {
  const TestCertificate one = TestCertificate::Make();
  const TestCertificate two = TestCertificate::Make();
  ServerOptions options;
  options.tls = TlsFiles{one.certificate_file, one.key_file};
  options.event_heartbeat = milliseconds(20);
  Streams streams(options);
  const auto watch = [&](const TestCertificate& trusted, size_t n) {
    ClientOptions with;
    with.url = streams.server().url();
    with.ca_file = trusted.certificate_file;
    const auto client = Client::Open(with);
    ClientRequest request;
    request.target = "/";
    request.deadline = Deadline::After(seconds(20));
    std::string seen;
    request.sink = [&](std::string_view bytes) {
      if (seen.empty()) {
        streams.Await(n)->Send({"", "over tls", ""});
        streams.Await(n)->Close();
      }
      seen += bytes;
      return Ok();
    };
    const auto answer = (*client)->Send(request);
    return answer ? seen : answer.error().ToString();
  };
  EXPECT_NE(watch(one, 0).find("data: over tls"), std::string::npos);
  for (const auto& [from, to] :
       {std::pair(two.certificate_file, one.certificate_file), {two.key_file, one.key_file}}) {
    ASSERT_TRUE(WriteFileAtomically(to, ReadFile(from).value()).has_value());
  }
  const Deadline renewed = Deadline::After(seconds(20));
  std::string seen;
  while (seen.find("data: over tls") == std::string::npos && !renewed.Passed()) {
    seen = watch(two, 1);  // a client that trusts the first no more gets no stream
  }
  EXPECT_NE(seen.find("data: over tls"), std::string::npos) << seen;
  ASSERT_TRUE(WriteFileAtomically(one.key_file, "nonsense").has_value());
  std::this_thread::sleep_for(milliseconds(200));  // some looks at it
  EXPECT_NE(watch(two, 2).find("data: over tls"), std::string::npos);
}

double CpuSeconds() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  return static_cast<double>(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
         static_cast<double>(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

// Both server and clients are in this process; the bound is for both.
TEST(EventStream, FiveHundredViewersNeedNoThreadEach) {
  constexpr size_t kViewers = 500;
  constexpr int kEvents = 20;
  ServerOptions options;
  options.workers = 1;
  Streams streams(options);
  std::vector<WireClient> clients;
  for (size_t i = 0; i < kViewers; ++i) {
    clients.emplace_back(streams.server().port()).Send(kGet);
  }
  for (WireClient& client : clients) {
    client.ReadTo("data: 41\n\n");
  }
  streams.Await(kViewers - 1);
  const double before = CpuSeconds();
  for (int n = 0; n < kEvents; ++n) {
    for (size_t i = 0; i < kViewers; ++i) {
      ASSERT_EQ(streams.Await(i)->Send({"", "{\"rate\":1}", ""}), EventStream::Sent::kQueued);
    }
    for (WireClient& client : clients) {
      ASSERT_EQ(client.ReadTo("\n\n"), "data: {\"rate\":1}\n\n");
    }
  }
  const double us = (CpuSeconds() - before) * 1e6 / kViewers / kEvents;
  RecordProperty("cpu_us_an_event_and_viewer", std::to_string(us));
  const Result<std::string> status = ReadFile("/proc/self/status");
  const size_t threads = status->find("Threads:\t");
  EXPECT_LE(std::stoi(status->substr(threads + 9)), 3);  // this one, the I/O thread, the worker
}

}  // namespace
}  // namespace rowhouse::http
