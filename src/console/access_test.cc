#include "console/access.h"

#include <filesystem>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "console/secrets.h"
#include "console/test_directory_test.h"

namespace rowhouse::console {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

// Both hands turned by the test.
class Hands final : public Clock {
 public:
  TimePoint Now() const override { return TimePoint() + passed_; }

  int64_t WallMicros() const override {
    return 1'800'000'000'000'000 + std::chrono::duration_cast<microseconds>(passed_).count();
  }

  void Pass(seconds s) { passed_ += s; }

 private:
  seconds passed_{1};
};

struct State {
  Hands hands;
  std::unique_ptr<Database> database = Database::Open(":memory:").value();
  Users users{*database, hands};
  Sessions sessions{*database, hands};
  ApiTokens tokens{*database, hands};
  Audit audit{*database, hands};
};

constexpr const char* kPassword = "correct horse";

TEST(Secrets, APasswordIsKeptAsArgon2id) {
  const std::string hash = HashPassword(kPassword);
  EXPECT_TRUE(hash.starts_with("$argon2id$")) << hash;
  EXPECT_TRUE(PasswordMatches(kPassword, hash));
  EXPECT_FALSE(PasswordMatches("correct horsf", hash));
  EXPECT_FALSE(PasswordMatches("", ""));
  EXPECT_FALSE(PasswordMatches(kPassword, "nonsense"));
  EXPECT_NE(hash, HashPassword(kPassword));
}

TEST(Secrets, TokensDifferAndFitIntoACookie) {
  const std::string one = RandomToken();
  EXPECT_THAT(one, SizeIs(43));
  EXPECT_EQ(
      one.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
      std::string::npos
  );
  EXPECT_NE(one, RandomToken());
  EXPECT_THAT(HashToken(one), SizeIs(64));
}

TEST(Database, KeepsItsFilePrivateAndItsStateAcrossOpenings) {
  const TestDirectory directory;
  const std::string file = directory.path() + "/new/console.db";
  {
    const auto database = Database::Open(file).value();
    Users users(*database);
    ASSERT_TRUE(users.Add("a@b.c", kPassword, Role::kAdmin).has_value());
  }

  struct stat found {};

  ASSERT_EQ(::stat(file.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  ASSERT_EQ(::stat((directory.path() + "/new").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0700u);
  const auto database = Database::Open(file).value();
  EXPECT_THAT(Users(*database).List().value(), SizeIs(1));
}

TEST(Database, RefusesTheStateOfANewerProgram) {
  const TestDirectory directory;
  const std::string file = directory.path() + "/console.db";
  ASSERT_TRUE(Database::Open(file).value()->Run("PRAGMA user_version = 99").has_value());
  const auto opened = Database::Open(file);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), "E-CON-001");
  EXPECT_THAT(opened.error().message(), HasSubstr("newer"));
}

TEST(Database, SaysWhereItCannotKeepItsState) {
  const auto opened = Database::Open("/proc/nothing/console.db");
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), "E-CON-001");
  EXPECT_THAT(opened.error().message(), HasSubstr("/proc/nothing"));
}

TEST(Users, AddressesCompareWithoutCaseAndComeOnce) {
  State s;
  ASSERT_TRUE(s.users.Add("Ana@Example.com", kPassword, Role::kViewer).has_value());
  EXPECT_EQ(s.users.Find("ANA@example.COM").value().email, "ana@example.com");
  EXPECT_EQ(
      s.users.Add("ana@example.com", kPassword, Role::kAdmin).error().kind(), ErrorKind::kConfig
  );
}

TEST(Users, RefusesWhatIsNoAddressOrNoPassword) {
  State s;
  for (const char* bad : {"", "ana", "@b", "a@", "a b@c"}) {
    EXPECT_EQ(s.users.Add(bad, kPassword, Role::kViewer).error().kind(), ErrorKind::kBadRecord)
        << bad;
  }
  EXPECT_EQ(s.users.Add("a@b", "seven77", Role::kViewer).error().kind(), ErrorKind::kBadRecord);
  EXPECT_TRUE(s.users.Add("a@b", "five5", Role::kViewer, Users::PasswordRule::kAny).has_value());
}

TEST(Users, TheFirstIsMadeOnce) {
  State s;
  EXPECT_EQ(s.users.AddFirst("a@b", kPassword).value().role, Role::kAdmin);
  EXPECT_FALSE(s.users.AddFirst("c@d", kPassword).has_value());
  EXPECT_THAT(s.users.List().value(), SizeIs(1));
}

TEST(Users, TheLastAdministratorStays) {
  State s;
  ASSERT_TRUE(s.users.AddFirst("a@b", kPassword).has_value());
  ASSERT_TRUE(s.users.Add("v@b", kPassword, Role::kViewer).has_value());
  EXPECT_EQ(s.users.Remove("a@b").error().code(), "E-CON-006");
  EXPECT_EQ(s.users.SetRole("a@b", Role::kViewer).error().code(), "E-CON-006");
  ASSERT_TRUE(s.users.SetRole("v@b", Role::kAdmin).has_value());
  EXPECT_TRUE(s.users.Remove("a@b").has_value());
}

TEST(Users, SignInNeedsTheWholePassword) {
  State s;
  ASSERT_TRUE(s.users.AddFirst("a@b", kPassword).has_value());
  EXPECT_FALSE(s.users.SignIn("a@b", "correct hors").value().has_value());
  EXPECT_FALSE(s.users.SignIn("nobody@b", kPassword).value().has_value());
  EXPECT_TRUE(s.users.SignIn("A@b", kPassword).value().has_value());
  EXPECT_TRUE(s.users.Find("a@b").value().last_sign_in_us.has_value());
}

TEST(Sessions, KeepNoSecretOnDisk) {
  State s;
  ASSERT_TRUE(s.users.AddFirst("a@b", kPassword).has_value());
  const auto started = s.sessions.Start("a@b").value();
  const auto kept = s.database->Run("SELECT token_hash FROM sessions").value();
  EXPECT_EQ(kept.Text(0, 0), HashToken(started.cookie));
  const auto caller = s.sessions.Find(started.cookie).value();
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->role, Role::kAdmin);
  EXPECT_EQ(caller->csrf, started.csrf);
  EXPECT_FALSE(s.sessions.Find(HashToken(started.cookie)).value().has_value());
}

TEST(Sessions, EndWhenIdle) {
  State s;
  ASSERT_TRUE(s.users.AddFirst("a@b", kPassword).has_value());
  const std::string cookie = s.sessions.Start("a@b").value().cookie;
  s.hands.Pass(Sessions::kIdle - seconds(10));
  EXPECT_TRUE(s.sessions.Find(cookie).value().has_value());
  s.hands.Pass(Sessions::kIdle - seconds(10));
  EXPECT_TRUE(s.sessions.Find(cookie).value().has_value());
  s.hands.Pass(Sessions::kIdle + seconds(10));
  EXPECT_FALSE(s.sessions.Find(cookie).value().has_value());
}

TEST(Sessions, EndAfterAWeekHoweverBusy) {
  State s;
  ASSERT_TRUE(s.users.AddFirst("a@b", kPassword).has_value());
  const std::string cookie = s.sessions.Start("a@b").value().cookie;
  const auto hour = seconds(3600);
  for (seconds passed{0}; passed < Sessions::kAtMost; passed += hour) {
    ASSERT_TRUE(s.sessions.Find(cookie).value().has_value());
    s.hands.Pass(hour);
  }
  s.hands.Pass(seconds(1));
  EXPECT_FALSE(s.sessions.Find(cookie).value().has_value());
}

TEST(Sessions, EndWithTheAccountOrItsPassword) {
  State s;
  ASSERT_TRUE(s.users.AddFirst("a@b", kPassword).has_value());
  ASSERT_TRUE(s.users.Add("v@b", kPassword, Role::kViewer).has_value());
  const std::string admin = s.sessions.Start("a@b").value().cookie;
  const std::string viewer = s.sessions.Start("v@b").value().cookie;
  ASSERT_TRUE(s.users.SetRole("v@b", Role::kOperator).has_value());
  EXPECT_EQ(s.sessions.Find(viewer).value()->role, Role::kOperator);
  ASSERT_TRUE(s.users.SetPassword("a@b", "another password").has_value());
  EXPECT_FALSE(s.sessions.Find(admin).value().has_value());
  ASSERT_TRUE(s.users.Remove("v@b").has_value());
  EXPECT_FALSE(s.sessions.Find(viewer).value().has_value());
}

TEST(ApiTokens, HaveTheirRoleUntilTheyExpireOrAreRemoved) {
  State s;
  const auto made = s.tokens.Make("ci", Role::kOperator, "a@b").value();
  EXPECT_TRUE(made.secret.starts_with("rh_"));
  const auto caller = s.tokens.Find(made.secret).value();
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->role, Role::kOperator);
  EXPECT_EQ(caller->name, "token ci");
  const auto brief =
      s.tokens.Make("brief", Role::kViewer, "a@b", s.hands.WallMicros() + 1'000'000).value();
  EXPECT_TRUE(s.tokens.Find(brief.secret).value().has_value());
  s.hands.Pass(seconds(2));
  EXPECT_FALSE(s.tokens.Find(brief.secret).value().has_value());
  ASSERT_TRUE(s.tokens.Remove(made.token.id).has_value());
  EXPECT_FALSE(s.tokens.Find(made.secret).value().has_value());
  EXPECT_EQ(s.tokens.Remove(made.token.id).error().kind(), ErrorKind::kNotFound);
}

TEST(Attempts, FiveAreFreeThenTheWaitDoubles) {
  Hands hands;
  Attempts attempts(hands);
  for (int i = 0; i < 4; ++i) {
    attempts.Failed("k");
    EXPECT_EQ(attempts.Wait("k"), seconds(0));
  }
  for (const int wait : {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300}) {
    attempts.Failed("k");
    EXPECT_EQ(attempts.Wait("k"), seconds(wait));
    hands.Pass(seconds(wait));
    EXPECT_EQ(attempts.Wait("k"), seconds(0));
  }
  EXPECT_EQ(attempts.Wait("another"), seconds(0));
  attempts.Succeeded("k");
  attempts.Failed("k");
  EXPECT_EQ(attempts.Wait("k"), seconds(0));
}

TEST(Attempts, AreForgottenAfterAWhile) {
  Hands hands;
  Attempts attempts(hands);
  for (int i = 0; i < 4; ++i) {
    attempts.Failed("k");
  }
  hands.Pass(seconds(1000));
  attempts.Failed("k");
  EXPECT_EQ(attempts.Wait("k"), seconds(0));
}

TEST(Audit, ListsTheNewestFirstAndFinds) {
  State s;
  for (const char* target : {"shop.a", "shop.b", "shop.c"}) {
    s.audit.Note({.who = "a@b", .action = "resync", .target = target, .outcome = "ok"});
  }
  const auto all = s.audit.List(INT64_MAX, 2, "").value();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].target, "shop.c");
  EXPECT_THAT(s.audit.List(all[1].id, 10, "").value(), SizeIs(1));
  EXPECT_THAT(s.audit.List(INT64_MAX, 10, "SHOP.B").value(), SizeIs(1));
}

TEST(Audit, CutsLongTextsBetweenCharacters) {
  State s;
  std::string umlauts = "x";
  for (int i = 0; i < 600; ++i) {
    umlauts += "\xC3\xA4";
  }
  s.audit.Note({.who = "a@b", .action = "ask", .target = umlauts, .outcome = "ok"});
  EXPECT_EQ(s.audit.List(INT64_MAX, 1, "").value()[0].target, umlauts.substr(0, 999));
}

TEST(Claim, IsGoodOnceAndForTenMinutes) {
  Hands hands;
  Claim claim("http://c", hands);
  EXPECT_FALSE(claim.Matches(""));
  claim.Ensure();
  const std::string first = claim.link();
  const std::string token = first.substr(first.rfind('/') + 1);
  claim.Ensure();
  EXPECT_EQ(claim.link(), first);
  EXPECT_TRUE(claim.Matches(token));
  hands.Pass(Claim::kValid);
  EXPECT_FALSE(claim.Matches(token));
  claim.Ensure();
  EXPECT_NE(claim.link(), first);
  claim.Spend();
  EXPECT_FALSE(claim.Matches(""));
}

TEST(Access, TheCommandLineReadsItsTokenFromAPrivateFile) {
  const TestDirectory directory;
  AccessOptions options{.directory = directory.path(), .port = 8087};
  http::Request request;
  {
    const auto access = Access::Open(options).value();
    const std::string token = CommandLineToken(directory.path(), 8087);
    EXPECT_THAT(token, SizeIs(43));

    struct stat found {};

    ASSERT_EQ(::stat((directory.path() + "/command-line-8087.token").c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600u);
    request.headers.Set("Authorization", "Bearer " + token);
    EXPECT_EQ(access->Identify(request).value().role, Role::kOperator);
  }
  EXPECT_EQ(CommandLineToken(directory.path(), 8087), "");
  const auto again = Access::Open(options).value();
  EXPECT_EQ(again->Identify(request).value().role, Role::kNone);
}

TEST(Access, TheFirstAdministratorComesFromTheOptions) {
  const TestDirectory directory;
  AccessOptions options{
      .directory = directory.path(), .admin_email = "a@b", .admin_password = kPassword};
  EXPECT_TRUE(Access::Open(options).value()->users().SignIn("a@b", kPassword).value().has_value());
  options.admin_password = "changed since";
  const auto again = Access::Open(options).value();
  EXPECT_TRUE(again->users().SignIn("a@b", kPassword).value().has_value());
  EXPECT_EQ(again->claim().link(), "");
}

TEST(Access, FindsItsCookieAmongOthers) {
  http::Request request;
  request.headers.Set("Cookie", "a=1; rowhouse_sessionx=no; rowhouse_session=yes; b=2");
  EXPECT_EQ(SessionCookieOf(request), "yes");
  request.headers.Set("Cookie", "a=1;rowhouse_session=");
  EXPECT_EQ(SessionCookieOf(request), "");
}

}  // namespace
}  // namespace rowhouse::console
