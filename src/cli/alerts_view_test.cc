#include "cli/alerts_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rowhouse::cli {
namespace {

using alerts::Channel;
using console::Json;
using testing::ElementsAre;
using testing::HasSubstr;

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

}  // namespace
}  // namespace rowhouse::cli
