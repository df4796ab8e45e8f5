#include "alerts/alerts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "http/server.h"

namespace rowhouse::alerts {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

constexpr int64_t kStart = 1'800'000'000'000'000;
constexpr int64_t kSecond = 1'000'000;

// What alerts are posted to: remembers bodies, and answers the statuses it is told, then 200.
class Receiver {
 public:
  explicit Receiver(std::vector<int> statuses = {}) : statuses_(std::move(statuses)) {
    http::ServerOptions options;
    server_ = http::Server::Start(options, [this](const auto&, auto& body, auto& response) {
                const std::string text = body.ReadAll(1 << 20).value();
                MutexLock lock(mu_);
                bodies_.push_back(text);
                const int status = statuses_.empty() ? 200 : statuses_.front();
                if (!statuses_.empty()) {
                  statuses_.erase(statuses_.begin());
                }
                arrived_.NotifyAll();
                (void)response.Reply(status, "text/plain", "");
              }).value();
  }

  Channel AsChannel(Channel::Kind kind = Channel::Kind::kWebhook) const {
    Channel channel;
    channel.id = "c";
    channel.name = "test receiver";
    channel.kind = kind;
    channel.url = server_->url() + "/hook?x=1";
    return channel;
  }

  std::vector<std::string> WaitFor(size_t n) {
    MutexLock lock(mu_);
    arrived_.WaitFor(mu_, {}, Deadline::After(seconds(20)), [&] { return bodies_.size() >= n; });
    return bodies_;
  }

 private:
  Mutex mu_;
  CondVar arrived_;
  std::vector<std::string> bodies_;
  std::vector<int> statuses_;
  std::unique_ptr<http::Server> server_;
};

class AlertsTest : public testing::Test {
 protected:
  AlertsTest() : alerts_(Options(), metrics_) {
    metrics_.GetGauge(metrics::kSourceConnected).Set(0);
  }

  static AlertsOptions Options() {
    AlertsOptions options;
    options.sender = {"shop", "http://127.0.0.1:8087"};
    options.interval = seconds(3600);  // the tests take the steps
    options.retry_most = seconds(1);
    return options;
  }

  void StepFor(int64_t steps) {
    for (int64_t i = 0; i < steps; ++i, now_ += 5 * kSecond) {
      alerts_.Step(now_);
    }
  }

  metrics::Registry metrics_;
  Alerts alerts_;
  int64_t now_ = kStart;
};

TEST_F(AlertsTest, IsSentOnceWhenItFiresAndOnceWhenItIsOver) {
  Receiver receiver;
  alerts_.SetChannels({receiver.AsChannel()});
  alerts_.Start();
  StepFor(60);
  EXPECT_EQ(receiver.WaitFor(1).size(), 1U);
  const Json fired = Json::parse(receiver.WaitFor(1)[0]);
  EXPECT_EQ(fired["status"], "firing");
  EXPECT_EQ(fired["alerts"][0]["labels"]["alertname"], "RowhouseSourceDisconnected");
  EXPECT_EQ(fired["alerts"][0]["labels"]["pipeline"], "shop");
  EXPECT_EQ(fired["alerts"][0]["endsAt"], "0001-01-01T00:00:00Z");
  metrics_.GetGauge(metrics::kSourceConnected).Set(1);
  StepFor(20);
  const Json resolved = Json::parse(receiver.WaitFor(2).at(1));
  EXPECT_EQ(resolved["status"], "resolved");
  EXPECT_TRUE(alerts_.Active().empty());
  ASSERT_EQ(alerts_.History().size(), 1U);
  EXPECT_EQ(receiver.WaitFor(2).size(), 2U);
}

TEST_F(AlertsTest, IsToldAgainWhileItHolds) {
  Receiver receiver;
  alerts_.SetChannels({receiver.AsChannel()});
  alerts_.Start();
  StepFor(60);
  now_ += 4 * 3600 * kSecond;
  StepFor(3);
  EXPECT_EQ(receiver.WaitFor(2).size(), 2U);
}

TEST_F(AlertsTest, ASilencedOneIsShownAndNotSent) {
  Receiver receiver;
  alerts_.SetChannels({receiver.AsChannel()});
  const int64_t until = Clock::Real().WallMicros() + 3600 * kSecond + (kStart * 2);
  alerts_.SetSilences({{"s", "RowhouseSourceDisconnected", "", until, "known"}});
  alerts_.Start();
  StepFor(60);
  ASSERT_EQ(alerts_.Active().size(), 1U);
  EXPECT_EQ(alerts_.Active()[0].silenced_until_us, until);
  // The end of the silence tells it: had it been sent before, this would be the second message.
  alerts_.SetSilences({});
  StepFor(1);
  EXPECT_EQ(receiver.WaitFor(1).size(), 1U);
}

TEST_F(AlertsTest, AStandbyFiresNothing) {
  AlertsOptions options = Options();
  options.active = [] { return false; };
  Alerts standby(options, metrics_);
  for (int64_t i = 0; i < 100; ++i) {
    standby.Step(kStart + i * 5 * kSecond);
  }
  EXPECT_TRUE(standby.Active().empty());
}

TEST_F(AlertsTest, AReceiverThatIsDownIsTriedAgain) {
  Receiver receiver({503, 503});
  alerts_.SetChannels({receiver.AsChannel()});
  alerts_.Start();
  StepFor(60);
  const auto bodies = receiver.WaitFor(3);
  ASSERT_EQ(bodies.size(), 3U);
  EXPECT_EQ(bodies[0], bodies[2]);
}

TEST_F(AlertsTest, AReceiverThatRefusesIsNotTriedAgainAndSaysWhy) {
  Receiver receiver({404});
  const Status sent = alerts_.Test(receiver.AsChannel(), Deadline::After(seconds(5)));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind(), ErrorKind::kConfig);
  EXPECT_THAT(sent.error().ToString(), HasSubstr("'test receiver' answered 404"));
}

TEST_F(AlertsTest, OnlyPagesGoWhereOnlyPagesAreWanted) {
  metrics_.GetGauge(metrics::kSourceConnected).Set(1);
  metrics_.GetGauge(metrics::kSourceLagSeconds).Set(31);
  Receiver receiver;
  Channel pages = receiver.AsChannel();
  pages.least = Severity::kPage;
  alerts_.SetChannels({pages});
  alerts_.Start();
  StepFor(100);
  EXPECT_EQ(alerts_.Active().at(0).alert.rule, "RowhouseLagHigh");
  metrics_.GetGauge(metrics::kSourceConnected).Set(0);
  StepFor(60);
  EXPECT_THAT(receiver.WaitFor(1).at(0), HasSubstr("RowhouseSourceDisconnected"));
}

TEST(Channels, SlackTextIsEscapedAndLinks) {
  Alert alert = TestAlert(kStart);
  alert.message = "a < b & c";
  const Json json = Json::parse(SlackJson({"shop", "http://c"}, alert));
  EXPECT_THAT(json["text"].get<std::string>(), HasSubstr("a &lt; b &amp; c"));
  EXPECT_THAT(json["text"].get<std::string>(), HasSubstr("http://c/alerts"));
}

TEST(Channels, AMailCannotBeGivenFurtherHeaders) {
  Channel channel;
  channel.kind = Channel::Kind::kMail;
  channel.from = "a@example.org";
  channel.to = {"b@example.org\r\nBcc: c@example.org"};
  channel.mail_server.url = "smtp://127.0.0.1:1";
  const Status sent = Send({"shop", ""}, channel, TestAlert(kStart), Deadline::After(seconds(1)));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind(), ErrorKind::kConfig);
}

TEST(Channels, AMailSubjectWithLineEndsIsEncoded) {
  Alert alert = TestAlert(kStart);
  alert.message = "x\r\nBcc: c@example.org";
  Channel channel;
  channel.from = "a@example.org";
  channel.to = {"b@example.org"};
  const std::string text = http::MailText(MailOf({"shop", ""}, channel, alert), kStart);
  EXPECT_THAT(text, testing::Not(HasSubstr("Bcc")));
  EXPECT_THAT(text, HasSubstr("Subject: =?UTF-8?B?"));
  EXPECT_THAT(text, HasSubstr("Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n"));
}

}  // namespace
}  // namespace rowhouse::alerts
