#include "cli/alerts_view.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rowhouse::cli {
namespace {

using alerts::Channel;
using console::Json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(AlertChannels, AnAddressIsShownWithoutItsSecrets) {
  EXPECT_EQ(MaskedUrl("https://hooks.example.org/T0/B1/secret"), "https://hooks.example.org/…");
  EXPECT_EQ(MaskedUrl("https://u:p@h.example.org:8443/x?token=1"), "https://h.example.org:8443/…");
  EXPECT_EQ(MaskedUrl("https://h.example.org?token=1"), "https://h.example.org/…");
  EXPECT_EQ(MaskedUrl("http://h.example.org/a@b"), "http://h.example.org/…");
}

TEST(AlertChannels, OneSentBackShortenedKeepsItsAddress) {
  Channel had;
  had.url = "https://hooks.example.org/secret";
  const Json body = {
      {"kind", "slack"}, {"name", "n"}, {"url", MaskedUrl(had.url)}, {"min_severity", "page"}};
  const auto kept = ReadChannel(body, &had);
  ASSERT_TRUE(kept) << kept.error().ToString();
  EXPECT_EQ(kept->url, had.url);
  EXPECT_EQ(kept->least, alerts::Severity::kPage);
  EXPECT_FALSE(ReadChannel(body, nullptr));
}

TEST(AlertChannels, WhatIsNoChannelIsRefusedByItsField) {
  const auto why = [](const Json& body) { return ReadChannel(body, nullptr).error().message(); };
  EXPECT_THAT(why({{"kind", "fax"}, {"name", "n"}}), HasSubstr("kind"));
  EXPECT_THAT(why({{"kind", "slack"}, {"name", ""}}), HasSubstr("name"));
  EXPECT_THAT(why({{"kind", "slack"}, {"name", "n"}, {"url", "file:///x"}}), HasSubstr("url"));
  EXPECT_THAT(why({{"kind", "mail"}, {"name", "n"}, {"to", "ops"}}), HasSubstr("to"));
  EXPECT_THAT(why({{"kind", "mail"}, {"name", "n"}, {"to", "o@x"}}), HasSubstr("smtp"));
}

TEST(AlertChannels, MailHasAServerAndSeveralAddresses) {
  const auto mail = ReadChannel(
      {{"kind", "mail"}, {"name", "n"}, {"to", "a@x, b@x"}, {"smtp", "mail.x:587"}}, nullptr
  );
  ASSERT_TRUE(mail);
  EXPECT_THAT(mail->to, ElementsAre("a@x", "b@x"));
  EXPECT_EQ(mail->mail_server.url, "smtp://mail.x:587");
}

TEST(AlertChannels, AMailPasswordStaysWithItsServerAndIsNotShown) {
  Json body = {
      {"kind", "mail"},
      {"name", "n"},
      {"to", "a@x"},
      {"from", "rowhouse@x"},
      {"smtp", "mail.x:587"},
      {"user", "u"},
      {"password", "hidden"}};
  const auto had = ReadChannel(body, nullptr);
  ASSERT_TRUE(had) << had.error().ToString();
  EXPECT_EQ(had->from, "rowhouse@x");
  EXPECT_THAT(JsonOf(*had, "").dump(), Not(HasSubstr("hidden")));
  body.erase("password");
  const auto kept = ReadChannel(body, &*had);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->mail_server.credentials->password, "hidden");
  body["smtp"] = "elsewhere.x:587";
  EXPECT_THAT(ReadChannel(body, &*had).error().message(), HasSubstr("password"));
}

TEST(AlertChannels, TheConfigurationNamesThem) {
  config::Alerts config;
  config.min_severity = "page";
  config.webhook.value = config::Secret("http://127.0.0.1:9/x");
  config.mail_to = {"a@x", "b@x"};
  EXPECT_THAT(ChannelsOf(config).error().ToString(), HasSubstr("alerts.mail: smtp"));
  config.mail_server = "mail.x:25";
  const auto channels = ChannelsOf(config);
  ASSERT_TRUE(channels) << channels.error().ToString();
  ASSERT_EQ(channels->size(), 2U);
  EXPECT_EQ(channels->front().id, "config-webhook");
  EXPECT_THAT(channels->back().to, ElementsAre("a@x", "b@x"));
  EXPECT_EQ(channels->back().least, alerts::Severity::kPage);
  EXPECT_EQ(JsonOf(channels->back(), "")["origin"], "configuration");
}

TEST(AlertStore, WhatIsOverOutlivesTheProcess) {
  const auto database = console::Database::Open(":memory:");
  ASSERT_TRUE(database);
  AlertStore store(**database);
  for (int i = 0; i < static_cast<int>(alerts::Alerts::kHistoryMax) + 3; ++i) {
    alerts::Alert alert;
    alert.rule = "R";
    alert.what = fmt::format("t{}", i);
    alert.value = 1.5;
    alert.resolved_us = i;
    ASSERT_TRUE(store.Add(alert));
  }
  const auto past = store.Past();
  ASSERT_TRUE(past);
  ASSERT_EQ(past->size(), alerts::Alerts::kHistoryMax);
  EXPECT_EQ(past->front().what, "t502");
  EXPECT_EQ(past->back().what, "t3");
  EXPECT_EQ(past->front().value, 1.5);
}

}  // namespace
}  // namespace rowhouse::cli
