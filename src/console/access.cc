#include "console/access.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/file.h"
#include "base/log.h"
#include "console/secrets.h"

namespace rowhouse::console {
namespace {

std::string TokenFile(const std::string& directory, uint16_t port) {
  return fmt::format("{}/command-line-{}.token", directory, port);
}

std::string_view BearerOf(const http::Request& request) {
  const std::string_view value = request.headers.Get("Authorization");
  constexpr std::string_view kScheme = "Bearer ";
  return value.size() > kScheme.size() &&
                 http::EqualsIgnoringCase(value.substr(0, kScheme.size()), kScheme)
             ? value.substr(kScheme.size())
             : std::string_view();
}

}  // namespace

std::string StateFile(const std::string& directory) {
  return directory + "/console.db";
}

std::string CommandLineToken(const std::string& directory, uint16_t port) {
  const auto read = ReadFile(TokenFile(directory, port));
  return read ? read->substr(0, read->find('\n')) : "";
}

std::string_view SessionCookieOf(const http::Request& request) {
  std::string_view cookies = request.headers.Get("Cookie");
  while (!cookies.empty()) {
    std::string_view cookie = cookies.substr(0, cookies.find(';'));
    cookies.remove_prefix(std::min(cookies.size(), cookie.size() + 1));
    cookie.remove_prefix(std::min(cookie.find_first_not_of(' '), cookie.size()));
    if (cookie.starts_with(kSessionCookie) &&
        cookie.substr(kSessionCookie.size()).starts_with('=')) {
      return cookie.substr(kSessionCookie.size() + 1);
    }
  }
  return {};
}

std::string AddressOf(const http::Request& request) {
  return request.remote.substr(0, request.remote.rfind(':'));
}

Access::Access(std::unique_ptr<Database> database, const AccessOptions& options, const Clock& clock)
    : database_(std::move(database)),
      token_file_(TokenFile(options.directory, options.port)),
      users_(*database_, clock),
      sessions_(*database_, clock),
      tokens_(*database_, clock),
      audit_(*database_, clock),
      attempts_(clock),
      claim_(options.url, clock) {}

Result<std::unique_ptr<Access>> Access::Open(const AccessOptions& options, const Clock& clock) {
  auto database = ROWHOUSE_TRY(Database::Open(StateFile(options.directory)));
  std::unique_ptr<Access> access(new Access(std::move(database), options, clock));
  ROWHOUSE_TRY(access->WriteCommandLineToken());
  ROWHOUSE_TRY(access->MakeFirst(options));
  return access;
}

Access::~Access() {
  // Another process may have written its own since.
  const auto found = ReadFile(token_file_);
  if (found && *found == command_line_token_ + "\n") {
    ::unlink(token_file_.c_str());
  }
}

Status Access::WriteCommandLineToken() {
  command_line_token_ = RandomToken();
  const mode_t before = ::umask(0077);
  Status written = WriteFileAtomically(token_file_, command_line_token_ + "\n");
  ::umask(before);
  if (!written) {
    return std::move(written)
        .error()
        .Context("the command line's token")
        .WithCode("E-CON-001")
        .WithHint("give a directory that this account may write: console.data");
  }
  return Ok();
}

Status Access::MakeFirst(const AccessOptions& options) {
  if (!ROWHOUSE_TRY(users_.Empty())) {
    return Ok();
  }
  if (options.admin_email.empty()) {
    claim_.Ensure();
    return Ok();
  }
  const auto made =
      users_.AddFirst(options.admin_email, options.admin_password, options.admin_password_rule);
  if (!made) {
    // Two processes that start at once make it once.
    return made.error().code() == "E-CON-006" ? Ok() : Status(made.error());
  }
  LogInfo("the console's administrator is made", {{"email", made->email}});
  return Ok();
}

Result<Caller> Access::Identify(const http::Request& request) {
  const std::string_view cookie = SessionCookieOf(request);
  if (!cookie.empty()) {
    auto caller = ROWHOUSE_TRY(sessions_.Find(cookie));
    if (caller) {
      return *std::move(caller);
    }
  }
  const std::string_view bearer = BearerOf(request);
  if (bearer.empty()) {
    return Caller();
  }
  if (http::SameSecret(bearer, command_line_token_)) {
    Caller caller;
    caller.proof = Caller::Proof::kCommandLine;
    caller.role = Role::kOperator;
    caller.name = "command line";
    return caller;
  }
  auto caller = ROWHOUSE_TRY(tokens_.Find(bearer));
  return caller.value_or(Caller());
}

}  // namespace rowhouse::console
