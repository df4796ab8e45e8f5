#include "config/debezium.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/loader.h"

namespace rowhouse::config {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Loaded LoadYaml(const std::string& yaml) {
  std::string pattern = ::testing::TempDir() + "rowhouse_debezium_XXXXXX";
  const std::string dir = mkdtemp(pattern.data());
  std::ofstream(dir + "/r.yaml") << yaml;
  Loaded loaded = Load({.file = dir + "/r.yaml", .env = {{"ROWHOUSE_SOURCE_PASSWORD", "secret"}}});
  std::filesystem::remove_all(dir);
  return loaded;
}

const std::map<std::string, std::string> kShop = {
    {"name", "shop-connector"},
    {"connector.class", "io.debezium.connector.mysql.MySqlConnector"},
    {"tasks.max", "1"},
    {"database.hostname", "db.internal"},
    {"database.port", "3307"},
    {"database.user", "cdc"},
    {"database.password", "hunter2"},
    {"database.server.id", "184054"},
    {"database.ssl.mode", "required"},
    {"topic.prefix", "shop"},
    {"table.include.list", "shop\\.orders, shop\\.items"},
    {"column.mask.with.12.chars", "shop\\.users\\.card"},
    {"column.mask.hash.v2.SHA-256.with.salt.CzQ.A", "shop\\.users\\.mail"},
    {"column.truncate.to.20.chars", "shop\\.users\\.note"},
    {"decimal.handling.mode", "string"},
    {"skipped.operations", "t,d"},
    {"message.key.columns", "shop.orders:a,b;shop.items:c"},
    {"snapshot.mode", "no_data"},
    {"schema.history.internal.kafka.bootstrap.servers", "k1:9092,k2:9092"},
    {"schema.history.internal.kafka.topic", "history"},
    {"value.converter", "io.confluent.connect.avro.AvroConverter"},
    {"value.converter.schema.registry.url", "http://registry:8081"},
    {"topic.creation.default.partitions", "6"},
    {"topic.creation.default.replication.factor", "3"},
    {"transforms", "unwrap"},
    {"transforms.unwrap.type", "io.debezium.transforms.ExtractNewRecordState"},
    {"transforms.unwrap.delete.handling.mode", "rewrite"},
    {"heartbeat.interval.ms", "5000"},
    {"provide.transaction.metadata", "true"},
    {"topic.delimiter", "_"},
    {"topic.naming.strategy", "io.debezium.schema.DefaultTopicNamingStrategy"},
    {"some.new.option", "x"}};

TEST(FromDebezium, TheYamlLoadsAndMeansTheSame) {
  const Translation translation = FromDebeziumConnector(kShop);
  const Loaded loaded = LoadYaml(translation.yaml);
  EXPECT_EQ(Render(loaded.problems), "") << translation.yaml;
  const Config& c = loaded.config;
  EXPECT_EQ(c.pipeline, "shop-connector");
  EXPECT_EQ(c.source.host, "db.internal");
  EXPECT_EQ(c.source.port, 3307U);
  EXPECT_EQ(c.source.server_id, 184054U);
  EXPECT_EQ(c.source.tls.mode, "required");
  EXPECT_THAT(c.source.tables, ElementsAre("/shop\\.orders/", "/shop\\.items/"));
  EXPECT_EQ(c.format.columns.at("/shop\\.users\\.card/"), "mask 12");
  EXPECT_EQ(c.format.columns.at("/shop\\.users\\.mail/"), "hash SHA-256 CzQ.A");
  EXPECT_EQ(c.format.columns.at("/shop\\.users\\.note/"), "truncate 20");
  EXPECT_EQ(c.format.decimal, "string");
  EXPECT_THAT(c.format.skip_operations, ElementsAre("t", "d"));
  EXPECT_EQ(c.format.key_columns.at("/shop.orders/"), "a,b");
  EXPECT_EQ(c.capture.snapshot, "never");
  EXPECT_EQ(c.capture.heartbeat_topic_every, std::chrono::seconds(5));
  EXPECT_TRUE(c.capture.transaction_metadata);
  EXPECT_EQ(c.capture.topic_delimiter, "_");
  EXPECT_EQ(c.kafka.bootstrap, "k1:9092,k2:9092");
  EXPECT_EQ(c.kafka.partitions, 6U);
  EXPECT_EQ(c.kafka.replication, 3U);
  EXPECT_EQ(c.registry.url, "http://registry:8081");
  EXPECT_EQ(c.sink.mode, "none");
}

TEST(FromDebezium, NoPasswordIsPrinted) {
  const Translation translation = FromDebeziumConnector(kShop);
  EXPECT_THAT(translation.yaml, Not(HasSubstr("hunter2")));
  EXPECT_THAT(translation.yaml, HasSubstr("password_env: \"ROWHOUSE_SOURCE_PASSWORD\""));
}

TEST(FromDebezium, WhatHasNoEquivalentIsNamed) {
  const Translation translation = FromDebeziumConnector(kShop);
  EXPECT_THAT(translation.no_equivalent, Contains(StartsWith("transforms.unwrap.type: io")));
  EXPECT_THAT(translation.no_equivalent, Contains(StartsWith("some.new.option:")));
  EXPECT_THAT(translation.no_equivalent, Not(Contains(StartsWith("schema.history"))));
  EXPECT_THAT(translation.no_equivalent, Not(Contains(StartsWith("tasks.max"))));
  EXPECT_THAT(translation.no_equivalent, Not(Contains(StartsWith("topic."))));
}

TEST(FromDebezium, AnotherNamingOfTopicsHasNoEquivalent) {
  const Translation translation = FromDebeziumConnector(
      {{"topic.naming.strategy", "io.debezium.schema.DefaultRegexTopicNamingStrategy"}}
  );
  EXPECT_THAT(translation.no_equivalent, Contains(HasSubstr("DefaultRegexTopicNamingStrategy")));
  EXPECT_THAT(
      FromDebeziumConnector(
          {{"topic.naming.strategy", "io.debezium.schema.SchemaUnicodeTopicNamingStrategy"}}
      ).no_equivalent,
      Contains(HasSubstr("_uXXXX"))
  );
}

TEST(FromDebezium, EachTransformIsNamedOnceWithTheReason) {
  const Translation translation = FromDebeziumConnector(
      {{"transforms", "route, shards,mine,ours"},
       {"transforms.route.type", "org.apache.kafka.connect.transforms.RegexRouter"},
       {"transforms.route.regex", "(.*)"},
       {"transforms.route.replacement", "x_$1"},
       {"transforms.shards.type", "io.debezium.transforms.ByLogicalTableRouter"},
       {"transforms.mine.type", "org.apache.kafka.connect.transforms.ReplaceField$Value"},
       {"predicates", "p"},
       {"predicates.p.type", "x"}}
  );
  EXPECT_THAT(
      translation.no_equivalent,
      ElementsAre(
          AllOf(StartsWith("transforms.route.type: org"), HasSubstr("holds one table")),
          AllOf(StartsWith("transforms.shards.type: io"), HasSubstr("engine Merge")),
          AllOf(StartsWith("transforms.mine.type: org"), HasSubstr("there are no transforms")),
          AllOf(StartsWith("transforms: ours"), HasSubstr("there are no transforms"))
      )
  );
}

TEST(FromDebezium, AdjustedNamesAreToldWhereNoneWasWanted) {
  for (const char* mode : {"avro", "avro_unicode", "none"}) {
    const Translation translation = FromDebeziumConnector(
        {{"schema.name.adjustment.mode", mode}, {"field.name.adjustment.mode", mode}}
    );
    const Loaded loaded = LoadYaml(translation.yaml);
    const std::string ours = mode == std::string("none") ? "avro" : mode;
    EXPECT_EQ(loaded.config.format.schema_names, ours);
    EXPECT_EQ(loaded.config.format.field_names, ours);
    const auto told = Contains(HasSubstr("adjusted all the same"));
    if (ours == mode) {
      EXPECT_THAT(translation.other_default, Not(told));
    } else {
      EXPECT_THAT(translation.other_default, told);
    }
  }
}

TEST(FromDebezium, OtherDefaultsAreToldOnlyWhereNothingIsSaid) {
  const Translation translation = FromDebeziumConnector(kShop);
  EXPECT_THAT(translation.other_default, Not(Contains(HasSubstr("truncates"))));
  EXPECT_THAT(translation.other_default, Contains(HasSubstr("NULL stays NULL")));
  EXPECT_THAT(FromDebeziumConnector({}).other_default, Contains(HasSubstr("truncates")));
}

TEST(FromDebezium, DatabasesBecomeTables) {
  EXPECT_THAT(
      LoadYaml(FromDebeziumConnector({{"database.include.list", "a,b.*"}}).yaml)
          .config.source.tables,
      ElementsAre("/(a)[.].*/", "/(b.*)[.].*/")
  );
  EXPECT_THAT(LoadYaml(FromDebeziumConnector({}).yaml).config.source.tables, ElementsAre("*.*"));
}

TEST(FromDebezium, ASectionInOurFileIsReadAsOurs) {
  const Loaded loaded = LoadYaml(
      "version: 1\n"
      "source: {tables: [\"shop.*\"]}\n"
      "format: {binary: hex}\n"
      "sink: {mode: none}\n"
      "debezium:\n"
      "  database.hostname: db1\n"
      "  database.password: \"pa${NOTHING:-ss}\"\n"
      "  decimal.handling.mode: string\n"
      "  tombstones.on.delete: false\n"
      "  binary.handling.mode: base64\n"
      "  message.key.columns: shop.orders:id,day\n"
  );
  EXPECT_TRUE(loaded.ToStatus().has_value()) << loaded.ToStatus().error().ToString();
  EXPECT_EQ(loaded.config.source.host, "db1");
  EXPECT_EQ(loaded.config.source.password.value.Reveal(), "pass");
  EXPECT_EQ(loaded.config.format.decimal, "string");
  EXPECT_FALSE(loaded.config.format.tombstones);
  EXPECT_EQ(loaded.config.format.binary, "hex");  // under our name: wins
  EXPECT_EQ(loaded.config.format.key_columns.at("/shop.orders/"), "id,day");
  EXPECT_THAT(loaded.config.source.tables, ElementsAre("shop.*"));
  EXPECT_FALSE(loaded.config.debezium.contains("database.password"));
}

TEST(FromDebezium, ASectionsOptionWithoutEquivalentIsAnErrorAtItsPlace) {
  const Loaded loaded = LoadYaml(
      "version: 1\n"
      "source: {tables: [\"shop.*\"]}\n"
      "debezium:\n"
      "  transforms: unwrap\n"
      "  time.precision.mode: sometimes\n"
  );
  ASSERT_FALSE(loaded.ToStatus().has_value());
  const std::string told = loaded.ToStatus().error().ToString();
  EXPECT_THAT(
      told, HasSubstr("4:3 E-CFG-002 debezium: transforms: unwrap: there are no transforms")
  );
  EXPECT_THAT(told, HasSubstr("format.time"));
}

}  // namespace
}  // namespace rowhouse::config
