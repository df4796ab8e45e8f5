#include "registry/client.h"

#include <gtest/gtest.h>

#include "testing/registry_fixture.h"

namespace rowhouse::registry {
namespace {

class ClientTest : public RegistryTest {
 protected:
  void SetUp() override {
    RegistryTest::SetUp();
    http::ClientOptions options;
    options.url = server_->url();
    store_ = Client::Open(options).value();
  }

  std::unique_ptr<Client> store_;
};

TEST_F(ClientTest, RegistersAndFindsById) {
  const auto id = store_->Register("shop/a-value", Fields(1));
  ASSERT_TRUE(id.has_value()) << id.error().ToString();
  EXPECT_EQ(store_->ById(*id).value(), Fields(1));
  EXPECT_EQ(Ask("GET", "/subjects").body, R"(["shop/a-value"])");
}

TEST_F(ClientTest, RemembersWhatItKnows) {
  const int32_t id = store_->Register("s", Fields(1)).value();
  ASSERT_TRUE(store_->ById(id).has_value());
  server_->Stop(Deadline::After(seconds(1)));
  EXPECT_EQ(store_->Register("s", Fields(1)).value(), id);
  EXPECT_EQ(store_->ById(id).value(), Fields(1));
}

TEST_F(ClientTest, KnowsWhatItRegisteredWithoutAsking) {
  const int32_t id = store_->Register("s", Fields(1)).value();
  server_->Stop(Deadline::After(seconds(1)));
  EXPECT_EQ(store_->ById(id).value(), Fields(1));
}

TEST_F(ClientTest, ErrorsSayWhatToDoNext) {
  ASSERT_TRUE(store_->Register("s", Fields(1)).has_value());
  const auto incompatible = store_->Register("s", Fields(2));
  ASSERT_FALSE(incompatible.has_value());
  EXPECT_EQ(incompatible.error().kind(), ErrorKind::kBadRecord);
  EXPECT_EQ(incompatible.error().native(), 40901);
  EXPECT_NE(incompatible.error().message().find("READER_FIELD_MISSING_DEFAULT"), std::string::npos);
  EXPECT_EQ(store_->Register("s", "{").error().kind(), ErrorKind::kBadRecord);
  EXPECT_EQ(store_->ById(99).error().kind(), ErrorKind::kNotFound);
  topic_->SetAway(Error(ErrorKind::kUnavailable, "no broker"));
  EXPECT_EQ(store_->Register("t", Fields(1)).error().kind(), ErrorKind::kUnavailable);
  server_->Stop(Deadline::After(seconds(1)));
  EXPECT_EQ(store_->Register("t", Fields(1)).error().kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(store_->Ping().error().kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(store_->Ping().error().code(), "E-REG-001");
}

TEST_F(ClientTest, RegistersAnIncompatibleSchemaWhereToldSo) {
  http::ClientOptions options;
  options.url = server_->url();
  const auto accepting =
      Client::Open(options, seconds(15), Client::OnIncompatible::kAccept).value();
  ASSERT_TRUE(accepting->Register("s", Fields(1)).has_value());
  EXPECT_EQ(Ask("GET", "/config/s").status, 404) << "only touched once it stands in the way";
  const auto id = accepting->Register("s", Fields(2));
  ASSERT_TRUE(id.has_value()) << id.error().ToString();
  EXPECT_EQ(store_->ById(*id).value(), Fields(2));
  EXPECT_EQ(Ask("GET", "/config/s").body, R"({"compatibilityLevel":"NONE"})");
  ASSERT_TRUE(store_->Register("t", Fields(1)).has_value());
  const auto refused = store_->Register("t", Fields(2));
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().hint().find("registry.on_incompatible"), std::string::npos);
}

TEST_F(ClientTest, SetsTheLevelOfASubject) {
  ASSERT_TRUE(store_->Ping().has_value());
  ASSERT_TRUE(store_->SetLevel("s", "NONE").has_value());
  ASSERT_TRUE(store_->Register("s", Fields(1)).has_value());
  EXPECT_TRUE(store_->Register("s", Fields(2)).has_value());
}

}  // namespace
}  // namespace rowhouse::registry
