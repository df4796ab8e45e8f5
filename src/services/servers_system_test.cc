#include <csignal>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "mysql/connection.h"
#include "services/servers.h"
#include "services/supervisor.h"
#include "testing/real_server.h"

namespace rowhouse::services {
namespace {

using ::testing::HasSubstr;

std::string Installed(const std::string& part) {
  return rowhouse::testing::InstalledPart(part).value_or("");
}

Place PlaceIn(const std::string& directory, const std::string& name) {
  return {
      directory + "/" + name,
      directory + "/" + name + ".log",
      rowhouse::testing::FreePort(),
      "choose another"};
}

Status Ready(Supervisor& supervisor, const std::string& name) {
  return supervisor.WaitReady(name, Deadline::After(seconds(60)), {});
}

Result<std::string> Ask(uint16_t port, std::string_view sql) {
  mysql::SourceOptions options;
  options.port = port;
  options.user = "rowhouse";
  options.password = "secret'";
  const auto connection = ROWHOUSE_TRY(mysql::Connection::Open(options));
  return connection->Value(sql);
}

TEST(Servers, AMissingPartNamesTheCommandThatInstallsIt) {
  const rowhouse::testing::TempDir directory;
  const auto none = [](const std::string&) { return std::string(); };
  const auto spec = Kafka(none, PlaceIn(directory.path(), "kafka"));
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().kind(), ErrorKind::kConfig);
  EXPECT_EQ(spec.error().code(), "E-DEMO-001");
  EXPECT_EQ(spec.error().message(), "java is not installed");
  EXPECT_THAT(spec.error().hint(), HasSubstr("tools/bootstrap demo"));
}

TEST(Servers, MariaDbKeepsItsDataAcrossStartsAndAKill) {
  const rowhouse::testing::TempDir directory;
  const Place place = PlaceIn(directory.path(), "mariadb");
  const Account account{"rowhouse", "secret'"};
  const auto spec = MariaDb(Installed, place, account);
  if (!spec && spec.error().code() == "E-DEMO-001") {
    GTEST_SKIP() << spec.error().ToString();
  }
  ASSERT_TRUE(spec) << spec.error().ToString();
  EXPECT_EQ(spec->prepare.size(), 2u);
  {
    auto supervisor = *Supervisor::Start();
    ASSERT_TRUE(supervisor->Add(*spec));
    const Status ready = Ready(*supervisor, "mariadb");
    ASSERT_TRUE(ready) << ready.error().ToString();
    EXPECT_EQ(*Ask(place.port, "SELECT @@binlog_row_metadata"), "FULL");
    ASSERT_TRUE(Ask(place.port, "CREATE DATABASE kept"));
    const pid_t first = supervisor->States().front().pid;
    ::kill(first, SIGKILL);
    const Deadline deadline = Deadline::After(seconds(60));
    while (supervisor->States().front().restarts == 0 && !deadline.Passed()) {
      ::usleep(5000);
    }
    ASSERT_TRUE(Ready(*supervisor, "mariadb"));
    supervisor->Stop(Deadline::After(seconds(20)));
  }
  const auto again = MariaDb(Installed, place, account);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->prepare.empty());
  auto supervisor = *Supervisor::Start();
  ASSERT_TRUE(supervisor->Add(*again));
  ASSERT_TRUE(Ready(*supervisor, "mariadb"));
  EXPECT_EQ(*Ask(place.port, "SHOW DATABASES LIKE 'kept'"), "kept");
}

TEST(Servers, KafkasControllerLeavesThePortsOfOthersAlone) {
  const rowhouse::testing::TempDir directory;
  const Place place = PlaceIn(directory.path(), "kafka");
  const auto next = static_cast<uint16_t>(place.port + 1);
  const auto spec = Kafka(Installed, place, {next});
  if (!spec && spec.error().code() == "E-DEMO-001") {
    GTEST_SKIP() << spec.error().ToString();
  }
  ASSERT_TRUE(spec) << spec.error().ToString();
  const auto properties = ReadFile(place.directory + "/server.properties");
  ASSERT_TRUE(properties);
  EXPECT_THAT(*properties, ::testing::Not(HasSubstr(":" + std::to_string(next))));
}

TEST(Servers, KafkaComesUpAndStopsByItself) {
  const rowhouse::testing::TempDir directory;
  const Place place = PlaceIn(directory.path(), "kafka");
  const auto spec = Kafka(Installed, place);
  if (!spec && spec.error().code() == "E-DEMO-001") {
    GTEST_SKIP() << spec.error().ToString();
  }
  ASSERT_TRUE(spec) << spec.error().ToString();
  auto supervisor = *Supervisor::Start();
  ASSERT_TRUE(supervisor->Add(*spec));
  const Status ready = Ready(*supervisor, "kafka");
  ASSERT_TRUE(ready) << ready.error().ToString();
  const auto before = Clock::Real().Now();
  supervisor->Stop(Deadline::After(seconds(30)));
  EXPECT_LT(Clock::Real().Now() - before, seconds(20)) << "it had to be killed";
  EXPECT_TRUE(Kafka(Installed, place)->prepare.empty()) << "formatted again";
}

}  // namespace
}  // namespace rowhouse::services
