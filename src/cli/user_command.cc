#include <iostream>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <termios.h>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "console/access.h"

namespace rowhouse::cli {

namespace {

using console::Role;
using console::User;
using console::Users;
using Json = nlohmann::ordered_json;

Result<std::unique_ptr<console::Database>> OpenState(Context& context) {
  const config::Config config = ROWHOUSE_TRY(context.LoadConfig());
  if (config.console.data.empty()) {
    return Error(ErrorKind::kConfig, "no directory is known for the console's state")
        .WithCode("E-CON-001")
        .WithHint("set console.data as for the running process");
  }
  return console::Database::Open(console::StateFile(config.console.data));
}

// Not shown while it is typed.
std::string ReadHidden(const std::string& prompt) {
  termios before{};
  const bool terminal = ::tcgetattr(STDIN_FILENO, &before) == 0;
  if (terminal) {
    std::cerr << prompt << std::flush;
    termios hidden = before;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  std::string line;
  std::getline(std::cin, line);
  if (terminal) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    std::cerr << "\n";
  }
  return line;
}

// From --password-file, else typed or piped; never an argument, which others can see.
Result<std::string> ReadPassword(Context& context) {
  const std::string file = context.args().Text("password-file");
  if (file.empty()) {
    return ReadHidden("password: ");
  }
  const std::string text = ROWHOUSE_TRY(ReadFile(file));
  return text.substr(0, text.find_first_of("\r\n"));
}

// A change made here is in the audit log as well.
void Note(console::Database& database, const std::string& action, const std::string& email) {
  console::AuditEntry entry;
  entry.who = "command line";
  entry.role = "admin";
  entry.action = action;
  entry.target = console::NormalEmail(email);
  entry.outcome = "ok";
  console::Audit(database).Note(std::move(entry));
}

void Say(Context& context, const std::string& what, const std::string& email) {
  const std::string normal = console::NormalEmail(email);
  if (context.format() == Format::kJson) {
    Context::Print(
        Json({{"schema", "user/v1"}, {"email", normal}, {"outcome", what}}).dump() + "\n"
    );
  } else {
    Context::Print(fmt::format("{}: {}\n", normal, what));
  }
}

Result<std::string> EmailOf(Context& context) {
  if (context.args().words.size() != 1) {
    return Error(ErrorKind::kConfig, "no e-mail address given")
        .WithHint("rowhouse " + context.args().command + " ana@example.com");
  }
  return context.args().words.front();
}

Result<ExitCode> Add(Context& context) {
  const std::string email = ROWHOUSE_TRY(EmailOf(context));
  const auto role = console::RoleOf(context.args().Text("role", "viewer"));
  const auto database = ROWHOUSE_TRY(OpenState(context));
  const std::string password = ROWHOUSE_TRY(ReadPassword(context));
  const User user = ROWHOUSE_TRY(Users(*database).Add(email, password, *role));
  Note(*database, "user add", email);
  Say(context, fmt::format("added as {}", console::RoleName(user.role)), email);
  return ExitCode::kOk;
}

Result<ExitCode> SetPassword(Context& context) {
  const std::string email = ROWHOUSE_TRY(EmailOf(context));
  const auto database = ROWHOUSE_TRY(OpenState(context));
  (void)ROWHOUSE_TRY(Users(*database).Find(email));
  const std::string password = ROWHOUSE_TRY(ReadPassword(context));
  ROWHOUSE_TRY(Users(*database).SetPassword(email, password));
  Note(*database, "user passwd", email);
  Say(context, "the password is changed, the sessions are ended", email);
  return ExitCode::kOk;
}

Result<ExitCode> Remove(Context& context) {
  const std::string email = ROWHOUSE_TRY(EmailOf(context));
  const auto database = ROWHOUSE_TRY(OpenState(context));
  ROWHOUSE_TRY(Users(*database).Remove(email));
  Note(*database, "user rm", email);
  Say(context, "removed", email);
  return ExitCode::kOk;
}

std::string TimeText(std::optional<int64_t> us) {
  return us ? FormatUtc(*us) : "never";
}

Result<ExitCode> List(Context& context) {
  const auto database = ROWHOUSE_TRY(OpenState(context));
  const auto users = ROWHOUSE_TRY(Users(*database).List());
  if (context.format() == Format::kJson) {
    Json json = {{"schema", "users/v1"}, {"users", Json::array()}};
    for (const User& user : users) {
      json["users"].push_back(
          {{"email", user.email},
           {"role", console::RoleName(user.role)},
           {"created_at", FormatUtc(user.created_us)},
           {"last_sign_in_at",
            user.last_sign_in_us ? Json(FormatUtc(*user.last_sign_in_us)) : Json(nullptr)}}
      );
    }
    Context::Print(json.dump() + "\n");
    return ExitCode::kOk;
  }
  std::vector<std::vector<std::string>> rows = {{"EMAIL", "ROLE", "CREATED", "LAST SIGN-IN"}};
  for (const User& user : users) {
    rows.push_back(
        {user.email,
         std::string(console::RoleName(user.role)),
         FormatUtc(user.created_us),
         TimeText(user.last_sign_in_us)}
    );
  }
  Context::Print(AlignColumns(rows));
  return ExitCode::kOk;
}

const OptionSpec& PasswordFile() {
  static const OptionSpec option = {
      .name = "password-file", .value = "FILE", .doc = "its first line; else typed or piped"};
  return option;
}

}  // namespace

Command UserAddCommand() {
  return {
      .name = "user add",
      .group = "Learn",
      .summary = "make an account of the console",
      .examples =
          {"rowhouse user add ana@example.com --role operator -c rowhouse.yaml",
           "rowhouse user add ana@example.com < password.txt"},
      .options =
          {{.name = "role",
            .value = "ROLE",
            .doc = "what the account may do [viewer]",
            .choices = "viewer|operator|admin"},
           PasswordFile()},
      .words = "EMAIL",
      .words_count = Words::kOne,
      .run = Add};
}

Command UserListCommand() {
  return {
      .name = "user list",
      .group = "Learn",
      .summary = "the accounts of the console",
      .examples = {"rowhouse user list -o json"},
      .run = List};
}

Command UserPasswdCommand() {
  return {
      .name = "user passwd",
      .group = "Learn",
      .summary = "give an account another password; ends its sessions",
      .examples = {"rowhouse user passwd ana@example.com"},
      .options = {PasswordFile()},
      .words = "EMAIL",
      .words_count = Words::kOne,
      .run = SetPassword};
}

Command UserRmCommand() {
  return {
      .name = "user rm",
      .group = "Learn",
      .summary = "remove an account and its sessions",
      .examples = {"rowhouse user rm ana@example.com"},
      .words = "EMAIL",
      .words_count = Words::kOne,
      .run = Remove};
}

}  // namespace rowhouse::cli
