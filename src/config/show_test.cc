#include "config/show.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "config/suggest.h"
#include "config/units.h"
#include "config/value.h"

namespace rowhouse::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

TEST(Options, EveryDefaultIsValidByItsOwnRules) {
  for (const Option& option : Options()) {
    Config config;
    if (!option.fallback.empty()) {
      const auto bad = StoreScalar(config, option, option.fallback);
      EXPECT_FALSE(bad) << option.path << ": " << bad->message;
      EXPECT_EQ(ShowScalar(config, option), option.fallback) << option.path;
    }
    EXPECT_FALSE(option.doc.empty()) << option.path;
  }
}

TEST(Options, FillDifferentFields) {
  Config config;
  std::set<const void*> fields;
  for (const Option& option : Options()) {
    const void* field =
        std::visit([](auto* p) { return static_cast<const void*>(p); }, option.target(config));
    EXPECT_TRUE(fields.insert(field).second) << option.path;
  }
}

TEST(Options, EverySecretHasAFileAndAVariableBesideIt) {
  for (const Option& option : Options()) {
    if (IsSecret(option)) {
      EXPECT_NE(FindOption(std::string(option.path) + "_file"), nullptr) << option.path;
      EXPECT_NE(FindOption(std::string(option.path) + "_env"), nullptr) << option.path;
    }
  }
}

TEST(Show, SecretsAreMaskedInEveryForm) {
  const Loaded loaded =
      Load({.file = "", .set = {"source.password=hush1", "kafka.properties.sasl.jaas.config=hush2"}}
      );
  for (const std::string& text : {ShowYaml(loaded, Origins::kShow), ShowJson(loaded)}) {
    EXPECT_THAT(text, HasSubstr("***"));
    EXPECT_THAT(text, Not(HasSubstr("hush")));
  }
}

TEST(Show, OriginsStandBesideTheValues) {
  const Loaded loaded = Load({.file = "", .set = {"source.host=db1"}});
  const std::string text = ShowYaml(loaded, Origins::kShow);
  EXPECT_THAT(text, ::testing::ContainsRegex("host: \"db1\" +# --set\n"));
  EXPECT_THAT(text, ::testing::ContainsRegex("port: 3306 +# default\n"));
  EXPECT_THAT(text, ::testing::ContainsRegex("server_id: [0-9]+ +# derived from pipeline\n"));
}

TEST(Show, JsonHasTypedValues) {
  const Json json = Json::parse(ShowJson(Load({.file = "", .set = {"source.tables=a.b"}})));
  EXPECT_EQ(json["values"]["source.port"]["value"], 3306);
  EXPECT_EQ(json["values"]["kafka.headers"]["value"], false);
  EXPECT_EQ(json["values"]["source.tables"]["value"], Json::array({"a.b"}));
  EXPECT_EQ(json["values"]["kafka.linger"]["value"], "5ms");
}

TEST(Explain, TellsTypeDefaultRangeAndVariable) {
  const auto text = Explain("kafka.linger");
  ASSERT_TRUE(text);
  for (const char* part : {"duration", "5ms", "0ms .. 1m", "ROWHOUSE_KAFKA__LINGER"}) {
    EXPECT_THAT(*text, HasSubstr(part));
  }
}

TEST(Explain, SuggestsTheNearestOption) {
  EXPECT_EQ(Explain("kafka.lingr").error().hint(), "did you mean \"kafka.linger\"?");
  EXPECT_EQ(Explain("table.include.list").error().hint(), "did you mean \"source.tables\"?");
}

TEST(JsonSchema, DescribesEveryOptionAndAllowsNoOther) {
  const Json schema = Json::parse(JsonSchema());
  for (const Option& option : Options()) {
    const Json* at = &schema;
    std::string path(option.path);
    for (size_t dot = 0; dot != std::string::npos;) {
      EXPECT_EQ((*at)["additionalProperties"], false);
      dot = path.find('.');
      at = &(*at).at("properties").at(path.substr(0, dot));
      path.erase(0, dot + 1);
    }
    EXPECT_EQ(at->at("description"), option.doc);
  }
}

TEST(Units, AreReadExactlyAndShownShortest) {
  EXPECT_EQ(ReadDuration("1.5s").value, 1500);
  EXPECT_EQ(ReadDuration("7d").value, 604'800'000);
  EXPECT_EQ(ReadDuration("5").outcome, UnitOutcome::kNoUnit);
  EXPECT_EQ(ReadDuration("5min").outcome, UnitOutcome::kBad);
  EXPECT_EQ(ReadDuration("0.0001ms").outcome, UnitOutcome::kBad);
  EXPECT_EQ(ReadDuration("1.2.3s").outcome, UnitOutcome::kBad);
  EXPECT_EQ(ReadSize("64MiB").value, 64 << 20);
  EXPECT_EQ(ReadSize("1 GB").value, 1'000'000'000);
  EXPECT_EQ(ReadSize("-1MiB").outcome, UnitOutcome::kBad);
  EXPECT_EQ(ShowDuration(60'000), "1m");
  EXPECT_EQ(ShowDuration(1'500), "1500ms");
  EXPECT_EQ(ShowDuration(0), "0ms");
  EXPECT_EQ(ShowSize(64 << 20), "64MiB");
  EXPECT_EQ(ShowSize(1000), "1000B");
}

TEST(Suggest, DistanceCountsSwapsOnce) {
  EXPECT_EQ(EditDistance("tabels", "tables"), 1U);
  EXPECT_EQ(EditDistance("", "abc"), 3U);
  EXPECT_EQ(EditDistance("same", "same"), 0U);
  EXPECT_EQ(Nearest("hots", {"port", "host"}), "host");
  EXPECT_EQ(Nearest("xyz", {"port", "host"}), std::nullopt);
}

}  // namespace
}  // namespace rowhouse::config
