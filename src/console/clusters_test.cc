#include "console/clusters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rowhouse::console {
namespace {

class ClustersTest : public testing::Test {
 protected:
  static Json Body(Json security = {{"protocol", "PLAINTEXT"}}) {
    return {{"id", "other"}, {"bootstrap", "127.0.0.1:1"}, {"security", std::move(security)}};
  }

  static Json Sasl() {
    return {
        {"protocol", "SASL_SSL"},
        {"mechanism", "SCRAM-SHA-256"},
        {"username", "u"},
        {"password", "hidden"}};
  }

  std::string UsedPassword() { return clusters_.Find("other").value()->options().kafka.password; }

  std::unique_ptr<Database> database_ = Database::Open(":memory:").value();
  Clusters clusters_{*database_, {{"id", "local"}}, {}};
};

TEST_F(ClustersTest, PasswordsAreKeptAndNeverShown) {
  const Json added = clusters_.Add(Body(Sasl())).value();
  EXPECT_EQ(added["security"]["password_set"], true);
  const auto all = clusters_.All();
  ASSERT_TRUE(all);
  for (const Json& shown : *all) {
    EXPECT_EQ(TextOf(shown).find("hidden"), std::string::npos);
  }
  EXPECT_EQ(UsedPassword(), "hidden");
}

TEST_F(ClustersTest, AChangeWithoutPasswordKeepsItAndReachesTheNextUse) {
  ASSERT_TRUE(clusters_.Add(Body(Sasl())));
  EXPECT_EQ(UsedPassword(), "hidden");
  Json changed = Body(Sasl());
  changed["security"].erase("password");
  changed["bootstrap"] = "127.0.0.1:2";
  ASSERT_TRUE(clusters_.Change("other", changed));
  EXPECT_EQ(UsedPassword(), "hidden");
  EXPECT_EQ(clusters_.Find("other").value()->options().kafka.bootstrap, "127.0.0.1:2");
}

TEST_F(ClustersTest, WhatCantBeUsedIsRefusedAndNotStored) {
  const auto refused = [this](Json body) {
    const auto added = clusters_.Add(body);
    return !added && added.error().kind() == ErrorKind::kBadRecord;
  };
  Json body = Body();
  body["bootstrap"] = "";
  EXPECT_TRUE(refused(body));
  EXPECT_TRUE(refused(Body({{"protocol", "PIGEON"}})));
  for (const char* property : {"plugin.library.paths", "sasl.kerberos.kinit.cmd", "acks"}) {
    body = Body();
    body["properties"] = {{property, "x"}};
    EXPECT_TRUE(refused(body)) << property;
  }
  for (const char* id : {"", "test", "new", "A b", "a/b"}) {
    body = Body();
    body["id"] = id;
    EXPECT_TRUE(refused(body)) << id;
  }
  const auto all = clusters_.All();
  ASSERT_TRUE(all);
  EXPECT_EQ(all->size(), 1U);
}

TEST_F(ClustersTest, TheBuiltInOneStaysAsItIs) {
  EXPECT_EQ(clusters_.Change("local", Body()).error().kind(), ErrorKind::kConfig);
  EXPECT_EQ(clusters_.Remove("local").error().kind(), ErrorKind::kConfig);
  Json body = Body();
  body["id"] = "local";
  EXPECT_EQ(clusters_.Add(body).error().kind(), ErrorKind::kConfig);
}

TEST_F(ClustersTest, ARemovedOneIsGone) {
  ASSERT_TRUE(clusters_.Add(Body()));
  EXPECT_EQ(clusters_.Add(Body()).error().kind(), ErrorKind::kConfig);
  ASSERT_TRUE(clusters_.Remove("other"));
  EXPECT_EQ(clusters_.Find("other").error().kind(), ErrorKind::kNotFound);
  EXPECT_EQ(clusters_.Remove("other").error().kind(), ErrorKind::kNotFound);
}

}  // namespace
}  // namespace rowhouse::console
