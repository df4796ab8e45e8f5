#include "config/loader.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rowhouse::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A directory with a configuration file that goes away with the test.
class Loader : public ::testing::Test {
 protected:
  Loader() {
    std::string pattern = ::testing::TempDir() + "rowhouse_config_XXXXXX";
    dir_ = mkdtemp(pattern.data());
  }

  ~Loader() override { std::filesystem::remove_all(dir_); }

  std::string Write(const std::string& name, const std::string& text, mode_t mode = 0600) {
    const std::string path = dir_ + "/" + name;
    std::ofstream(path) << text;
    chmod(path.c_str(), mode);
    return path;
  }

  Loaded LoadText(
      const std::string& text, const Environment& env = {}, std::vector<std::string> set = {}
  ) {
    file_ = Write("r.yaml", text);
    return Load({.file = file_, .set = std::move(set), .env = env});
  }

  // The problems as a user sees them, with the directory taken away.
  std::string Problems(const std::string& text, const Environment& env = {}) {
    std::string out = Render(LoadText(text, env).problems);
    for (size_t at = out.find(dir_); at != std::string::npos; at = out.find(dir_)) {
      out.erase(at, dir_.size() + 1);
    }
    return out;
  }

  std::string dir_;
  std::string file_;
};

TEST_F(Loader, ALoadStraightIntoClickHouseNeedsOneAndTheSameValues) {
  const std::string direct = "capture: {snapshot: direct}\n";
  EXPECT_EQ(Problems(direct + "sink: {url: 'http://127.0.0.1:8123'}"), "");
  EXPECT_THAT(Problems(direct + "sink: {mode: none}"), HasSubstr("needs a ClickHouse"));
  EXPECT_THAT(
      Problems(direct + "sink: {url: 'http://127.0.0.1:8123'}\nformat: {null_as_default: true}"),
      HasSubstr("format.null_as_default")
  );
}

TEST_F(Loader, AnEmptyFileGivesEveryDefault) {
  const Loaded loaded = LoadText("");
  EXPECT_EQ(Render(loaded.problems), "");
  const Config& c = loaded.config;
  EXPECT_EQ(c.pipeline, "default");
  EXPECT_EQ(c.source.host, "127.0.0.1");
  EXPECT_EQ(c.source.port, 3306U);
  EXPECT_EQ(c.source.heartbeat, Millis(1000));
  EXPECT_EQ(c.capture.queue_bytes, Size{64 << 20});
  EXPECT_EQ(c.kafka.linger, Millis(5));
  EXPECT_FALSE(c.kafka.headers);
  EXPECT_EQ(c.sink.flush_interval, Millis(250));
  EXPECT_EQ(c.sink.history_database, "kafka_tables");
  EXPECT_EQ(c.console.listen, "127.0.0.1:8087");
  EXPECT_EQ(c.registry.listen, "");
}

TEST_F(Loader, ReadsEveryTypeOfValue) {
  const Config c = LoadText(R"(
version: 1
source:
  host: db1
  port: 3307
  tables: [shop.*, "crm.users"]
  heartbeat: 1.5s
capture: {queue_bytes: 1GiB, chunk_rows: 500}
kafka:
  headers: true
  properties:
    socket.keepalive.enable: true
    retries: 5
)")
                       .config;
  EXPECT_EQ(c.source.host, "db1");
  EXPECT_EQ(c.source.port, 3307U);
  EXPECT_EQ(c.source.tables, (Texts{"shop.*", "crm.users"}));
  EXPECT_EQ(c.source.heartbeat, Millis(1500));
  EXPECT_EQ(c.capture.queue_bytes, Size{1 << 30});
  EXPECT_EQ(c.capture.chunk_rows, 500U);
  EXPECT_TRUE(c.kafka.headers);
  EXPECT_EQ(c.kafka.properties, (TextMap{{"socket.keepalive.enable", "true"}, {"retries", "5"}}));
}

TEST_F(Loader, UnknownKeyIsShownWithItsPlaceAndTheNearestName) {
  EXPECT_EQ(
      Problems("version: 1\nsource:\n  tabels: [shop.*]\n"),
      "r.yaml:3:3 E-CFG-002 unknown key \"tabels\" under source; did you mean \"tables\"?\n"
      "  3 |   tabels: [shop.*]\n"
      "    |   ^\n"
  );
}

TEST_F(Loader, DebeziumsKeysLeadToOurs) {
  EXPECT_THAT(
      Problems("source:\n  table.include.list: x\n"),
      HasSubstr("unknown key \"table.include.list\" under source; did you mean \"source.tables\"?")
  );
}

TEST_F(Loader, AKeyInTheWrongSectionIsToldWhereItBelongs) {
  EXPECT_THAT(
      Problems("kafka:\n  chunk_rows: 5\n"), HasSubstr("did you mean \"capture.chunk_rows\"?")
  );
}

TEST_F(Loader, ADottedKeyIsToldToBeNested) {
  EXPECT_THAT(Problems("source.host: x\n"), HasSubstr("fix: write it nested"));
}

TEST_F(Loader, AllProblemsComeAtOnce) {
  EXPECT_EQ(
      Problems("source:\n"
               "  port: many\n"
               "  port: 3306\n"
               "  heartbeat: 30\n"
               "  tables: shop.*\n"
               "  tls: {mode: requierd}\n"
               "capture:\n"
               "  encode_workers: 99\n"
               "  queue_bytes: 64\n"),
      "r.yaml:2:9 E-CFG-004 source.port is a number, not \"many\"\n"
      "  2 |   port: many\n"
      "    |         ^\n"
      "  fix: write a whole number in decimal digits, such as 3\n"
      "r.yaml:3:3 E-CFG-003 duplicate key \"port\" under source, first on line 2\n"
      "  3 |   port: 3306\n"
      "    |   ^\n"
      "  fix: keep one of the two\n"
      "r.yaml:4:14 E-CFG-005 source.heartbeat: \"30\" has no unit\n"
      "  4 |   heartbeat: 30\n"
      "    |              ^\n"
      "  fix: write 30ms or 30s (units: ms, s, m, h, d)\n"
      "r.yaml:5:11 E-CFG-004 source.tables is a list\n"
      "  5 |   tables: shop.*\n"
      "    |           ^\n"
      "  fix: write [\"shop.*\"]\n"
      "r.yaml:6:15 E-CFG-006 source.tls.mode can't be \"requierd\"\n"
      "  6 |   tls: {mode: requierd}\n"
      "    |               ^\n"
      "  fix: did you mean \"required\"? It is one of disabled, preferred, required, verify-ca, "
      "verify-full\n"
      "r.yaml:8:19 E-CFG-006 capture.encode_workers is 99, outside of 1 .. 64\n"
      "  8 |   encode_workers: 99\n"
      "    |                   ^\n"
      "  fix: use a value of 1 .. 64\n"
      "r.yaml:9:16 E-CFG-005 capture.queue_bytes: \"64\" has no unit\n"
      "  9 |   queue_bytes: 64\n"
      "    |                ^\n"
      "  fix: write 64B or 64MiB (units: B, KiB, MiB, GiB, kB, MB, GB)\n"
  );
}

TEST_F(Loader, SyntaxErrorsNameTheLineAndAFix) {
  const std::string tab = Problems("source:\n\thost: x\n");
  EXPECT_THAT(tab, HasSubstr("r.yaml:2:"));
  EXPECT_THAT(tab, HasSubstr("E-CFG-009"));
  EXPECT_THAT(tab, HasSubstr("no tabs"));
  EXPECT_THAT(Problems("source:\n  tables: [*.orders]\n"), HasSubstr("must be quoted"));
  EXPECT_THAT(Problems("---\nversion: 1\n---\nversion: 1\n"), HasSubstr("a second document"));
}

TEST_F(Loader, AnAliasThatHoldsItselfIsRefused) {
  EXPECT_THAT(Problems("source: &x {tls: *x}\n"), HasSubstr("E-CFG-009"));
}

TEST_F(Loader, AmbiguousPlainWordsAreRefused) {
  EXPECT_THAT(Problems("source:\n  user: no\n"), HasSubstr("fix: quote it: \"no\""));
  EXPECT_THAT(Problems("kafka:\n  headers: yes\n"), HasSubstr("fix: write true or false"));
  EXPECT_EQ(Problems("source:\n  user: \"no\"\n"), "");
}

TEST_F(Loader, VariablesAreFilledIn) {
  const Environment env{{"H", "db9"}, {"EMPTY", ""}};
  const Config c = LoadText(
                       "source:\n  host: ${H}.example\n  user: ${U:-fallback}\n"
                       "  socket: \"/${EMPTY:-d}/$${x}/$y\"\n",
                       env
  )
                       .config;
  EXPECT_EQ(c.source.host, "db9.example");
  EXPECT_EQ(c.source.user, "fallback");
  EXPECT_EQ(c.source.socket, "/d/${x}/$y");
}

TEST_F(Loader, AnUndefinedVariableIsAnError) {
  EXPECT_THAT(
      Problems("source:\n  host: ${NOPE}\n"),
      HasSubstr("r.yaml:2:9 E-CFG-008 variable NOPE is not set\n")
  );
  EXPECT_THAT(
      Problems("source:\n  host: ${NOPE:?ask the owner}\n"),
      HasSubstr("variable NOPE is not set: ask the owner")
  );
}

TEST_F(Loader, AVariableNeverMakesStructure) {
  const Config c = LoadText("source:\n  user: ${X}\n", {{"X", "a\nport: 1"}}).config;
  EXPECT_EQ(c.source.user, "a\nport: 1");
  EXPECT_EQ(c.source.port, 3306U);
}

TEST_F(Loader, SetBeatsEnvironmentBeatsFile) {
  const Environment env{{"ROWHOUSE_SOURCE__HOST", "from-env"}, {"ROWHOUSE_SOURCE__PORT", "2"}};
  const Loaded loaded = LoadText(
      "source:\n  host: from-file\n  port: 1\n  user: u\n",
      env,
      {"source.host=from-set", "source.tables=a.*, b.c", "kafka.properties.linger.ms=7"}
  );
  EXPECT_EQ(Render(loaded.problems), "");
  EXPECT_EQ(loaded.config.source.host, "from-set");
  EXPECT_EQ(loaded.config.source.port, 2U);
  EXPECT_EQ(loaded.config.source.tables, (Texts{"a.*", "b.c"}));
  EXPECT_EQ(loaded.config.kafka.properties.at("linger.ms"), "7");
  EXPECT_EQ(loaded.origins.at("source.host"), "--set");
  EXPECT_EQ(loaded.origins.at("source.port"), "env ROWHOUSE_SOURCE__PORT");
  EXPECT_EQ(loaded.origins.at("source.user"), file_ + ":4:3");
}

TEST_F(Loader, MistakesInOverridesNameTheVariableAndTheFlag) {
  const Loaded loaded = LoadText(
      "", {{"ROWHOUSE_SOURCE__PROT", "1"}, {"ROWHOUSE_DEPS", "/x"}}, {"kafka.linger=5", "nonsense"}
  );
  const std::string text = Render(loaded.problems);
  EXPECT_THAT(
      text,
      HasSubstr("env ROWHOUSE_SOURCE__PROT E-CFG-002 unknown option \"source.prot\"; did you "
                "mean \"source.port\"?")
  );
  EXPECT_THAT(text, HasSubstr("--set E-CFG-005 kafka.linger: \"5\" has no unit"));
  EXPECT_THAT(text, HasSubstr("--set E-CFG-013 \"nonsense\" is no assignment"));
  EXPECT_THAT(text, Not(HasSubstr("DEPS")));
}

TEST_F(Loader, PasswordsComeFromFilesAndVariables) {
  Write("pw", "s3cret\nsecond line\n");
  const Config c =
      LoadText(
          "source:\n  password_file: pw\nsink:\n  password_env: CH\n", {{"CH", "other"}}
      ).config;
  EXPECT_EQ(c.source.password.value.Reveal(), "s3cret");
  EXPECT_EQ(c.sink.password.value.Reveal(), "other");
}

TEST_F(Loader, PasswordWaysThatFailAreErrors) {
  EXPECT_THAT(Problems("source:\n  password_file: missing\n"), HasSubstr("E-CFG-011"));
  EXPECT_THAT(Problems("source:\n  password_env: NOPE\n"), HasSubstr("NOPE is not set"));
  EXPECT_THAT(
      Problems("source:\n  password: a\n  password_env: B\n", {{"B", "x"}}),
      HasSubstr("more than one way")
  );
}

TEST_F(Loader, ALiteralPasswordInAReadableFileIsAWarningThatHidesIt) {
  const std::string path = Write("open.yaml", "source:\n  password: topsecret\n", 0644);
  const Loaded loaded = Load({.file = path});
  EXPECT_TRUE(loaded.ok());
  const std::string text = Render(loaded.problems);
  EXPECT_THAT(text, HasSubstr(":2:13 warning E-CFG-012 source.password stands in clear"));
  EXPECT_THAT(text, Not(HasSubstr("topsecret")));
  EXPECT_EQ(Problems("source:\n  password: topsecret\n"), "");
}

TEST_F(Loader, ServerIdIsStableAndFollowsThePipeline) {
  const auto id = [this](const std::string& name) {
    return LoadText("pipeline: " + name + "\n").config.source.server_id;
  };
  EXPECT_EQ(id("default"), LoadText("").config.source.server_id);
  EXPECT_NE(id("a"), id("b"));
  EXPECT_GE(id("a"), 1'000'000U);
}

TEST_F(Loader, ClickHousesAddressesFollowOurs) {
  const Config c = LoadText("kafka: {bootstrap: \"k1:9092,k2:9092\"}\n").config;
  EXPECT_EQ(c.sink.kafka_bootstrap, "k1:9092,k2:9092");
  EXPECT_EQ(c.sink.registry_url, "http://127.0.0.1:8081");
}

TEST_F(Loader, FormsAreChecked) {
  EXPECT_THAT(Problems("console: {listen: \"8087\"}\n"), HasSubstr("is no address"));
  EXPECT_THAT(Problems("sink: {url: \"ch:8123\"}\n"), HasSubstr("is no URL"));
  EXPECT_THAT(Problems("kafka: {bootstrap: k1}\n"), HasSubstr("is no list of servers"));
  EXPECT_THAT(Problems("source: {tables: [orders]}\n"), HasSubstr("write database.table"));
  const std::string credentials = Problems("sink: {url: \"http://u:pw@ch:8123\"}\n");
  EXPECT_THAT(credentials, HasSubstr("has a user or password in the URL"));
}

TEST_F(Loader, WhatIsNotThereYetIsSaidClearly) {
  EXPECT_THAT(
      Problems("sink: {mode: native}\n"),
      HasSubstr("E-CFG-014 sink.mode: \"native\" is not available yet")
  );
}

TEST_F(Loader, PairsThatGoTogetherAreChecked) {
  EXPECT_THAT(Problems("source: {tls: {mode: verify-ca}}\n"), HasSubstr("needs source.tls.ca"));
  EXPECT_THAT(Problems("registry: {tls: {cert: x}}\n"), HasSubstr("go together"));
  EXPECT_THAT(Problems("kafka: {security: {protocol: sasl_ssl}}\n"), HasSubstr("needs mechanism"));
}

TEST_F(Loader, RequiredOptionsAreAskedForWithAnExample) {
  const std::string path = Write("r.yaml", "version: 1\n");
  const Loaded loaded = Load({.file = path, .required = {"source.tables"}});
  EXPECT_FALSE(loaded.ok());
  EXPECT_THAT(Render(loaded.problems), HasSubstr("add \"tables: [\"shop.*\"]\" under source"));
  EXPECT_EQ(loaded.ToStatus().error().kind(), ErrorKind::kConfig);
  EXPECT_EQ(loaded.ToStatus().error().code(), "E-CFG-007");
}

TEST_F(Loader, AMissingFileIsNamed) {
  const Loaded loaded = Load({.file = dir_ + "/none.yaml"});
  EXPECT_THAT(Render(loaded.problems), HasSubstr("none.yaml E-CFG-001"));
}

TEST_F(Loader, AFileThatCannotBeReadIsTheOnlyError) {
  for (const std::string& file : {dir_ + "/none.yaml", Write("broken.yaml", "source:\n\tx: 1\n")}) {
    const Loaded loaded = Load({.file = file, .required = {"source.tables"}});
    EXPECT_EQ(loaded.problems.size(), 1U) << Render(loaded.problems);
  }
}

TEST_F(Loader, RandomBytesNeverCrash) {
  unsigned state = 7;
  for (int round = 0; round < 300; ++round) {
    std::string text = "source:\n  host: db\n  tables: [a.b]\nkafka: {linger: 5ms}\n";
    for (int i = 0; i < 6; ++i) {
      state = state * 1664525U + 1013904223U;
      text[(state >> 8) % text.size()] = static_cast<char>(state >> 24);
    }
    (void)LoadText(text);
  }
}

TEST_F(Loader, TablesAndColumnsAreGlobsOrExpressions) {
  EXPECT_EQ(Problems("source: {tables: [\"/shop[.](a|b)/\", \"crm.*\"]}"), "");
  EXPECT_THAT(Problems("source: {tables: [\"/shop[.](a/\"]}"), HasSubstr("is no table"));
  EXPECT_THAT(Problems("source: {exclude_columns: [shop.t]}"), HasSubstr("is no column"));
  EXPECT_EQ(Problems("source: {exclude_columns: [shop.t.a]}"), "");
}

TEST_F(Loader, OperationsAreLetters) {
  EXPECT_EQ(Problems("format: {skip_operations: [t, d]}"), "");
  EXPECT_THAT(Problems("format: {skip_operations: [truncate]}"), HasSubstr("is no operation"));
}

TEST_F(Loader, KeyColumnsDoNotGoWithTheKafkaEngine) {
  const std::string keys = "format: {key_columns: {shop.t: \"a,b\"}}\n";
  EXPECT_THAT(Problems(keys), HasSubstr("format.key_columns does not go with"));
  EXPECT_EQ(Problems(keys + "sink: {mode: none}"), "");
}

}  // namespace
}  // namespace rowhouse::config
