#include "registry/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/registry_fixture.h"

namespace rowhouse::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

class CatalogTest : public RegistryTest {
 protected:
  void SetUp() override {
    RegistryTest::SetUp();
    http::ClientOptions options;
    options.url = server_->url();
    catalog_.emplace(std::shared_ptr<Client>(Client::Open(options).value()));
  }

  std::optional<Catalog> catalog_;
};

TEST_F(CatalogTest, TellsWhatThereIs) {
  EXPECT_THAT(catalog_->Subjects().value(), IsEmpty());
  const int32_t first = catalog_->Register("b/x-value", {Fields(1), {}}).value();
  const int32_t second = catalog_->Register("b/x-value", {Fields(1, kOptional), {}}).value();
  EXPECT_EQ(catalog_->Register("a", {Fields(1), {}}).value(), first);
  EXPECT_THAT(catalog_->Subjects().value(), ElementsAre("a", "b/x-value"));
  EXPECT_THAT(catalog_->Versions("b/x-value").value(), ElementsAre(1, 2));
  const CatalogVersion newest = catalog_->Version("b/x-value", 0).value();
  EXPECT_EQ(newest.version, 2);
  EXPECT_EQ(newest.id, second);
  EXPECT_EQ(newest.schema.text, Fields(1, kOptional));
  EXPECT_EQ(catalog_->Version("b/x-value", 1)->id, first);
  EXPECT_THAT(catalog_->UsesOf(first).value(), ElementsAre(Pair("a", 1), Pair("b/x-value", 1)));
  EXPECT_EQ(catalog_->ById(second)->text, Fields(1, kOptional));
}

TEST_F(CatalogTest, ErrorsNameWhatWasAskedFor) {
  const auto versions = catalog_->Versions("none");
  ASSERT_FALSE(versions);
  EXPECT_EQ(versions.error().kind(), ErrorKind::kNotFound);
  EXPECT_THAT(versions.error().message(), ::testing::StartsWith("the versions of none: "));
  EXPECT_EQ(catalog_->ById(99).error().kind(), ErrorKind::kNotFound);
}

TEST_F(CatalogTest, ChecksBeforeItRegisters) {
  EXPECT_TRUE(catalog_->Check("s", {Fields(1), {}})->compatible);
  ASSERT_TRUE(catalog_->Register("s", {Fields(1), {}}));
  EXPECT_TRUE(catalog_->Check("s", {Fields(1, kOptional), {}})->compatible);
  const Compatibility refused = catalog_->Check("s", {Fields(2), {}}).value();
  EXPECT_FALSE(refused.compatible);
  EXPECT_THAT(refused.messages, Not(IsEmpty()));
}

TEST_F(CatalogTest, ASubjectsLevelIsItsOwnOrTheRegistrys) {
  ASSERT_TRUE(catalog_->Register("s", {Fields(1), {}}));
  EXPECT_EQ(catalog_->Level("s").value(), "BACKWARD");
  ASSERT_TRUE(catalog_->SetLevel("s", "FULL"));
  EXPECT_EQ(catalog_->Level("s").value(), "FULL");
}

TEST_F(CatalogTest, KeepsReferences) {
  ASSERT_TRUE(catalog_->Register(
      "common",
      {R"({"type":"record","name":"a.Money","fields":[{"name":"cents","type":"long"}]})", {}}
  ));
  const SchemaText order = {
      R"({"type":"record","name":"b.Order","fields":[{"name":"total","type":"a.Money"}]})",
      {{"a.Money", "common", 1}}};
  const int32_t id = catalog_->Register("order", order).value();
  EXPECT_EQ(catalog_->ById(id)->references, order.references);
}

}  // namespace
}  // namespace rowhouse::registry
