#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <sys/wait.h>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "alerts/rule.h"
#include "cli/address.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/context.h"
#include "cli/error_pages.h"
#include "cli/help.h"
#include "cli/man_pages.h"
#include "cli/source_tables.h"
#include "cli/table_filter.h"

// Runs the binary as a user does, and the parts that need no process.
namespace rowhouse::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

struct Ran {
  int code = -1;
  std::string out;
  std::string err;
};

std::string Slurp(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// A directory of its own, no configuration of the machine's, no variables of ours.
class Binary : public ::testing::Test {
 protected:
  Binary() {
    std::string pattern = ::testing::TempDir() + "rowhouse_cli_XXXXXX";
    dir_ = mkdtemp(pattern.data());
  }

  ~Binary() override { std::filesystem::remove_all(dir_); }

  Ran Run(const std::string& arguments, const std::string& before = "") {
    const std::string command = "cd '" + dir_ + "' && env -i PATH=\"$PATH\" HOME='" + dir_ + "' " +
                                before + " '" + ROWHOUSE_BINARY + "' " + arguments +
                                " >out 2>err </dev/null";
    const int status = std::system(command.c_str());
    return {WEXITSTATUS(status), Slurp(dir_ + "/out"), Slurp(dir_ + "/err")};
  }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(dir_ + "/" + name) << text;
    std::filesystem::permissions(dir_ + "/" + name, std::filesystem::perms::owner_read);
  }

  std::string dir_;
};

int Lines(const std::string& text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

TEST_F(Binary, HelpOnACommandIsHelpAndDoesNotRunIt) {
  for (const std::string name : {"registry", "clickhouse", "run", "help", "config check"}) {
    const Ran ran = Run("help " + name);
    EXPECT_EQ(ran.code, 0) << name;
    EXPECT_THAT(ran.out, HasSubstr("rowhouse " + name)) << name;
    EXPECT_EQ(ran.err, "") << name;
  }
}

TEST(Arguments, AWordAfterTheCommandIsNoSecondCommand) {
  const auto parsed = ParseArguments({"plan", "run", "registry", "-o", "json"});
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->command, "plan");
  EXPECT_THAT(parsed->words, ::testing::ElementsAre("run", "registry"));
  EXPECT_EQ(parsed->Text("output"), "json");
}

TEST_F(Binary, VersionIsTheBuilds) {
  EXPECT_EQ(Run("version").out, "rowhouse " ROWHOUSE_VERSION "\n");
  EXPECT_EQ(Run("--version").out, "rowhouse " ROWHOUSE_VERSION "\n");
  EXPECT_EQ(Json::parse(Run("version -o json").out)["version"], ROWHOUSE_VERSION);
}

TEST_F(Binary, WithoutArgumentsItShowsTheOverview) {
  const Ran ran = Run("");
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, OverviewHelp());
}

TEST_F(Binary, AMistypedCommandIsSuggested) {
  const Ran ran = Run("confg");
  EXPECT_EQ(ran.code, 2);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err, "E-CLI-001 unknown command \"confg\"\n  fix: did you mean \"config\"?\n");
}

TEST_F(Binary, AMistypedOptionIsSuggested) {
  const Ran ran = Run("config show --orgin");
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("did you mean \"--origin\"?"));
}

TEST_F(Binary, UsageErrorsAreJsonWhenAskedFor) {
  const Ran ran = Run("confg -o json");
  EXPECT_EQ(Json::parse(ran.err)["error"]["code"], "E-CLI-001");
}

TEST_F(Binary, ConfigurationErrorsEndWith78AndNameTheirPlace) {
  Write("rowhouse.yaml", "source:\n  tabels: [a.b]\n");
  const Ran ran = Run("config check");
  EXPECT_EQ(ran.code, 78);
  EXPECT_THAT(ran.err, HasSubstr("rowhouse.yaml:2:3 E-CFG-002"));
  EXPECT_THAT(ran.err, HasSubstr("did you mean \"tables\"?"));
  const Json json = Json::parse(Run("config check -o json").err);
  EXPECT_EQ(json["error"]["problems"][0]["line"], 2);
  EXPECT_EQ(json["error"]["problems"].size(), 2U);  // and source.tables is missing
}

TEST_F(Binary, AGoodConfigurationPasses) {
  Write("my.yaml", "version: 1\nsource: {tables: [\"shop.*\"]}\n");
  const Ran ran = Run("config check -c my.yaml");
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "my.yaml: ok, pipeline default\n");
  EXPECT_EQ(Run("config check", "ROWHOUSE_CONFIG=my.yaml").code, 0);
}

TEST_F(Binary, ShowMasksSecretsAndTellsOrigins) {
  Write("rowhouse.yaml", "source:\n  password: hush\n");
  const Ran ran = Run("config show --origin", "ROWHOUSE_SOURCE__PORT=3307");
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, Not(HasSubstr("hush")));
  EXPECT_THAT(ran.out, ::testing::ContainsRegex("port: 3307 +# env ROWHOUSE_SOURCE__PORT"));
  EXPECT_THAT(ran.out, ::testing::ContainsRegex("password: \"\\*\\*\\*\" +# rowhouse.yaml:2:3"));
}

TEST_F(Binary, ShownConfigurationIsReadAgainAsTheSame) {
  Write("rowhouse.yaml", "source: {tables: [\"a.*\"], heartbeat: 1500ms}\nkafka: {linger: 7ms}\n");
  const std::string shown = Run("config show").out;
  Write("again.yaml", shown);
  EXPECT_EQ(Run("config show -c again.yaml").out, shown);
}

TEST_F(Binary, SchemaIsJson) {
  EXPECT_EQ(Json::parse(Run("config schema").out)["type"], "object");
}

TEST_F(Binary, RunWithoutTablesRefusesToStart) {
  const Ran ran = Run("run");
  EXPECT_EQ(ran.code, 78);
  EXPECT_THAT(ran.err, HasSubstr("E-CFG-007 source.tables is required"));
}

TEST_F(Binary, TheSinkThatIsNotThereYetIsRefused) {
  const Ran ran = Run("run --set 'source.tables=a.*' --set sink.mode=native");
  EXPECT_EQ(ran.code, 78);
  EXPECT_THAT(ran.err, HasSubstr("E-CFG-014"));
}

TEST_F(Binary, CompletionScriptsParse) {
  const Ran bash = Run("completion bash");
  EXPECT_EQ(bash.code, 0);
  Write("completion", bash.out);
  EXPECT_EQ(std::system(("bash -n '" + dir_ + "/completion'").c_str()), 0);
  EXPECT_EQ(Run("completion fish").code, 2);
}

TEST_F(Binary, CompletionKnowsCommandsAndOptions) {
  Write("completion", Run("completion bash").out);
  const auto offered = [&](const std::string& words) {
    std::ofstream(dir_ + "/ask") << "source '" + dir_ + "/completion'; COMP_WORDS=(rowhouse " +
                                        words +
                                        "); COMP_CWORD=2; _rowhouse; echo \"${COMPREPLY[*]}\"";
    EXPECT_EQ(std::system(("bash '" + dir_ + "/ask' > '" + dir_ + "/answer'").c_str()), 0);
    return Slurp(dir_ + "/answer");
  };
  EXPECT_EQ(offered("config sh"), "show\n");
  EXPECT_EQ(offered("dlq d"), "drop\n");
  EXPECT_EQ(offered("groups re"), "reset\n");
  EXPECT_EQ(offered("groups --outp"), "--output\n");
}

TEST_F(Binary, AConnectorsFileIsConverted) {
  std::ofstream(dir_ + "/c.json") << R"({"name": "shop", "config": {"topic.prefix": "p",
      "database.port": 3307, "table.include.list": "shop\\.orders", "transforms": "route"}})";
  const Ran posted = Run("config convert --from debezium c.json");
  EXPECT_EQ(posted.code, 0) << posted.err;
  EXPECT_THAT(posted.out, HasSubstr("pipeline: \"shop\""));
  EXPECT_THAT(posted.out, HasSubstr("port: 3307"));
  EXPECT_THAT(posted.out, HasSubstr(R"(tables: ["/shop\\.orders/"])"));
  EXPECT_THAT(posted.err, HasSubstr("no equivalent: transforms"));
  std::ofstream(dir_ + "/c.properties") << "# a connector\nname=shop\ntopic.prefix = p\n"
                                           "table.include.list=shop\\\\.orders,\\\n  shop.items\n";
  const Ran properties = Run("config convert --from debezium c.properties");
  EXPECT_THAT(properties.out, HasSubstr(R"(tables: ["/shop\\.orders/", "/shop.items/"])"));
  EXPECT_NE(Run("config convert c.none").code, 0) << "no such file";
}

TEST_F(Binary, HelpExplainsErrorCodesInAnyCase) {
  EXPECT_THAT(Run("help e-cfg-005").out, HasSubstr("no unit"));
  EXPECT_EQ(Run("help E-NOPE-001").code, 2);
  EXPECT_THAT(Run("help exit-codes").out, HasSubstr(" 78  wrong configuration"));
}

TEST_F(Binary, APageIsWrittenForEachPartOfTheManual) {
  ASSERT_EQ(Run("manual .").code, 0);
  for (const char* page :
       {"configuration.md", "commands.md", "errors.md", "metrics.md", "alerts.md"}) {
    EXPECT_EQ(Slurp(dir_ + "/" + page), Slurp(std::string(ROWHOUSE_ROOT "/docs/manual/") + page))
        << "docs/manual/" << page << " is old: run rowhouse manual docs/manual";
  }
}

TEST_F(Binary, EachCommandHasAManPageThatManTakesWithoutAWarning) {
  ASSERT_EQ(Run("man pages").code, 0);
  const bool has_man = std::system("command -v man >/dev/null") == 0;
  size_t commands = 0;
  for (const Command& command : Commands()) {
    const std::string file = dir_ + "/pages/man1/" + ManNameOf(command) + ".1";
    EXPECT_EQ(std::filesystem::exists(file), !command.hidden) << command.name;
    commands += command.hidden ? 0 : 1;
  }
  const auto pages = ManPages();
  EXPECT_EQ(pages.size(), commands + 3);  // rowhouse(1), rowhouse.yaml(5), rowhouse-errors(7)
  for (const ManPage& page : pages) {
    const std::string file = dir_ + "/pages/" + page.Path();
    EXPECT_EQ(Slurp(file), page.text);
    if (has_man) {
      const std::string command =
          "man --warnings -E UTF-8 -l '" + file + "' >" + dir_ + "/shown 2>" + dir_ + "/warnings";
      EXPECT_EQ(std::system(command.c_str()), 0) << page.name;
      EXPECT_EQ(Slurp(dir_ + "/warnings"), "") << page.name;
      EXPECT_THAT(Slurp(dir_ + "/shown"), HasSubstr(page.name));
    }
  }
}

TEST(ManPages, TextIsNeverTakenForRequests) {
  for (const ManPage& page : ManPages()) {
    std::istringstream lines(page.text);
    for (std::string line; std::getline(lines, line);) {
      const bool request = line.starts_with('.') || line.starts_with('\'');
      const bool ours = line.starts_with(".TH ") || line.starts_with(".SH ") || line == ".TP" ||
                        line == ".EX" || line == ".EE" || line == ".br" || line == ".nh" ||
                        line == ".ad l" || line.starts_with(".BR ") || line.starts_with(".B ") ||
                        line.starts_with(".I ");
      EXPECT_TRUE(!request || ours) << page.name << ": " << line;
    }
  }
}

TEST(Runbooks, EveryAlertHasASectionAndNoSectionIsLeftOver) {
  const std::string page = Slurp(ROWHOUSE_ROOT "/docs/manual/operations.md");
  std::set<std::string> sections;
  const std::regex heading("\n### (Rowhouse[A-Za-z]+)\n");
  for (std::sregex_iterator it(page.begin(), page.end(), heading), end; it != end; ++it) {
    EXPECT_TRUE(sections.insert((*it)[1]).second) << (*it)[1];
  }
  std::set<std::string> rules = {"RowhouseDown"};  // of Prometheus alone
  for (const alerts::Rule& rule : alerts::AllRules()) {
    rules.emplace(rule.name);
  }
  EXPECT_EQ(sections, rules);
}

TEST_F(Binary, RulesLeadToTheirRunbooks) {
  EXPECT_THAT(
      Run("metrics rules").out, HasSubstr("runbook: \"docs/manual/operations.md#rowhouselaghigh\"")
  );
  const std::string served = Run("metrics rules --runbooks https://w/m/").out;
  EXPECT_THAT(served, HasSubstr("runbook_url: \"https://w/m/operations.md#rowhousedown\""));
  EXPECT_THAT(served, Not(HasSubstr("runbook: ")));
}

// "a 'b c' # d" as a shell splits it: a, "b c".
std::vector<std::string> ShellWords(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  for (const char c : line + " ") {
    if (quote != 0 || c == '\'' || c == '"') {
      quote = quote == 0 ? c : c == quote ? '\0' : quote;
      word += quote != 0 && c != quote ? std::string(1, c) : "";
    } else if (c != ' ') {
      word += c;
    } else if (word == "|" || word == "<" || word == ">" || word == "&&" || word.starts_with("#")) {
      return words;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  return words;
}

// Every command that the manual shows is one, and so is each of its options.
TEST(Manual, ShowsOnlyCommandsThatThereAre) {
  const std::regex shown("(?:`|\n(?:\\$ )?)rowhouse ([a-z][^`\n]*)");
  size_t commands = 0;
  for (const auto& entry : std::filesystem::directory_iterator(ROWHOUSE_ROOT "/docs/manual")) {
    const std::string text = Slurp(entry.path());
    for (std::sregex_iterator it(text.begin(), text.end(), shown), end; it != end; ++it) {
      const auto parsed = ParseArguments(ShellWords((*it)[1]));
      EXPECT_TRUE(parsed || parsed.error().code() != "E-CLI-001")
          << entry.path() << ": rowhouse " << (*it)[1];
      ++commands;
    }
  }
  EXPECT_GT(commands, 100U);
}

TEST(Help, FitsOnAScreen) {
  EXPECT_LE(Lines(OverviewHelp()), 24);
  for (const Command& command : Commands()) {
    EXPECT_LE(Lines(CommandHelp(command)), 24) << command.name;
    EXPECT_FALSE(command.examples.empty()) << command.name;
  }
}

TEST(Help, ExamplesAreCommandLinesThatParse) {
  for (const Command& command : Commands()) {
    EXPECT_TRUE(FindCommand(command.name)) << command.name;
    const std::string& example = command.examples.front();
    EXPECT_THAT(example, HasSubstr("rowhouse " + command.name)) << command.name;
  }
}

// Every code in the sources has its page, and no page is left over.
TEST(ErrorPages, AreThoseThatTheSourcesUse) {
  const std::regex code("\"(E-[A-Z]+-[0-9]{3})\"");
  std::set<std::string> used;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(ROWHOUSE_ROOT "/src")) {
    const std::string name = entry.path().filename();
    const bool source = entry.path().extension() == ".cc" || entry.path().extension() == ".h";
    if (!source || name == "error_table.cc" || name.ends_with("_test.cc")) {
      continue;
    }
    const std::string text = Slurp(entry.path());
    for (std::sregex_iterator it(text.begin(), text.end(), code), end; it != end; ++it) {
      used.insert((*it)[1]);
    }
  }
  std::set<std::string> pages;
  for (const ErrorPage& page : ErrorPages()) {
    EXPECT_TRUE(pages.insert(std::string(page.code)).second) << page.code << " twice";
  }
  EXPECT_EQ(pages, used);
}

TEST(TableFilter, GlobsMatchDatabaseAndTableApart) {
  const TableFilter filter({"shop.*", "crm.user?", "w*.log"}, {"shop.tmp_*"});
  EXPECT_TRUE(filter.Wants("shop", "orders"));
  EXPECT_TRUE(filter.Wants("shop", "a.b"));
  EXPECT_TRUE(filter.Wants("crm", "users"));
  EXPECT_TRUE(filter.Wants("web", "log"));
  EXPECT_FALSE(filter.Wants("shop", "tmp_1"));
  EXPECT_FALSE(filter.Wants("crm", "user"));
  EXPECT_FALSE(filter.Wants("shop2", "orders"));
  EXPECT_TRUE(filter.WantsDatabase("web"));
  EXPECT_FALSE(filter.WantsDatabase("mysql"));
}

TEST(Address, TakesHostAndPort) {
  EXPECT_EQ(ParseAddress("127.0.0.1:80")->port, 80);
  EXPECT_EQ(ParseAddress("[::1]:80")->host, "::1");
  EXPECT_FALSE(ParseAddress("80"));
  EXPECT_FALSE(ParseAddress("h:99999"));
}

TEST(Arguments, NumbersAreChecked) {
  const auto args = ParseArguments({"help", "x"});
  ASSERT_TRUE(args);
  EXPECT_EQ(args->words, std::vector<std::string>{"x"});
  EXPECT_EQ(*args->Number("rows", 7), 7);
  Arguments wrong = *args;
  wrong.options["rows"] = {"many"};
  EXPECT_EQ(wrong.Number("rows", 7).error().code(), "E-CLI-003");
}

TEST(MaskSecrets, HidesPasswordsInSqlAndUrlsOnly) {
  config::Config config;
  config.registry.password.value = config::Secret("p@ss");
  config.kafka.security.password.value = config::Secret("select");
  EXPECT_EQ(
      MaskSecrets("SELECT 'select', select http://u:p%40ss@h", config),
      "SELECT ***, select http://u***h"
  );
}

TEST(AlignColumns, PadsAllButTheLast) {
  EXPECT_EQ(AlignColumns({{"a", "bb"}, {"ccc", "d"}}), "a    bb\nccc  d\n");
}

}  // namespace
}  // namespace rowhouse::cli
