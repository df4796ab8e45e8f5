#include "console/users.h"

#include <algorithm>

#include <fmt/format.h>

#include "console/secrets.h"

namespace rowhouse::console {
namespace {

constexpr size_t kPasswordMin = 8;
constexpr size_t kPasswordMax = 1024;
constexpr size_t kEmailMax = 254;

Status CheckEmail(const std::string& email) {
  const size_t at = email.find('@');
  const bool plain = std::ranges::all_of(email, [](char c) { return c > ' ' && c != 0x7F; });
  if (!plain || at == std::string::npos || at == 0 || at + 1 == email.size() ||
      email.size() > kEmailMax) {
    return Error(ErrorKind::kBadRecord, "email: not an address").WithHint("write ana@example.com");
  }
  return Ok();
}

Status CheckPassword(const std::string& password, Users::PasswordRule rule) {
  const size_t least = rule == Users::PasswordRule::kAtLeastEight ? kPasswordMin : 1;
  if (password.size() < least || password.size() > kPasswordMax) {
    return Error(
               ErrorKind::kBadRecord,
               fmt::format("password: it has {} to {} bytes", least, kPasswordMax)
    )
        .WithHint("choose a longer one; several words are good");
  }
  return Ok();
}

Error NoSuch(const std::string& email) {
  return Error(ErrorKind::kNotFound, fmt::format("there is no account {}", email));
}

Error LastAdministrator(const std::string& email) {
  return Error(ErrorKind::kConfig, fmt::format("{} is the last administrator", email))
      .WithCode("E-CON-006")
      .WithHint("make somebody else an administrator first");
}

User UserOf(const Outcome& found, size_t row) {
  User user;
  user.email = found.Text(row, 0);
  user.role = RoleOf(found.Text(row, 1)).value_or(Role::kViewer);
  user.created_us = found.Number(row, 2);
  if (found.rows[row][3]) {
    user.last_sign_in_us = found.Number(row, 3);
  }
  return user;
}

constexpr std::string_view kColumns = "email, role, created_us, last_sign_in_us";

}  // namespace

std::string NormalEmail(std::string email) {
  std::ranges::transform(email, email.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return email;
}

Result<bool> Users::Empty() {
  const Outcome found = ROWHOUSE_TRY(database_.Run("SELECT 1 FROM users LIMIT 1"));
  return found.rows.empty();
}

Result<std::vector<User>> Users::List() {
  const Outcome found =
      ROWHOUSE_TRY(database_.Run(fmt::format("SELECT {} FROM users ORDER BY email", kColumns)));
  std::vector<User> users;
  for (size_t i = 0; i < found.rows.size(); ++i) {
    users.push_back(UserOf(found, i));
  }
  return users;
}

Result<User> Users::Find(const std::string& email) {
  const std::string normal = NormalEmail(email);
  const Outcome found = ROWHOUSE_TRY(
      database_.Run(fmt::format("SELECT {} FROM users WHERE email = ?", kColumns), {normal})
  );
  if (found.rows.empty()) {
    return NoSuch(normal);
  }
  return UserOf(found, 0);
}

Result<User> Users::Add(
    const std::string& email, const std::string& password, Role role, PasswordRule rule
) {
  const std::string normal = NormalEmail(email);
  ROWHOUSE_TRY(CheckEmail(normal));
  ROWHOUSE_TRY(CheckPassword(password, rule));
  const Outcome done = ROWHOUSE_TRY(database_.Run(
      "INSERT OR IGNORE INTO users (email, role, password_hash, created_us) VALUES (?, ?, ?, ?)",
      {normal, std::string(RoleName(role)), HashPassword(password), clock_.WallMicros()}
  ));
  if (done.changed == 0) {
    return Error(ErrorKind::kConfig, fmt::format("there is an account {} already", normal))
        .WithCode("E-CON-006");
  }
  return Find(normal);
}

Result<User> Users::AddFirst(
    const std::string& email, const std::string& password, PasswordRule rule
) {
  const std::string normal = NormalEmail(email);
  ROWHOUSE_TRY(CheckEmail(normal));
  ROWHOUSE_TRY(CheckPassword(password, rule));
  const Outcome done = ROWHOUSE_TRY(database_.Run(
      "INSERT INTO users (email, role, password_hash, created_us) SELECT ?, 'admin', ?, ? "
      "WHERE NOT EXISTS (SELECT 1 FROM users)",
      {normal, HashPassword(password), clock_.WallMicros()}
  ));
  if (done.changed == 0) {
    return Error(ErrorKind::kConfig, "the console has an administrator already")
        .WithCode("E-CON-006")
        .WithHint("sign in, or ask the administrator for an account");
  }
  return Find(normal);
}

Status Users::SetRole(const std::string& email, Role role) {
  const User user = ROWHOUSE_TRY(Find(email));
  const Outcome done = ROWHOUSE_TRY(database_.Run(
      "UPDATE users SET role = ? WHERE email = ? AND (role <> 'admin' OR ? = 'admin' OR "
      "(SELECT count(*) FROM users WHERE role = 'admin') > 1)",
      {std::string(RoleName(role)), user.email, std::string(RoleName(role))}
  ));
  return done.changed > 0 ? Ok() : Status(LastAdministrator(user.email));
}

Status Users::SetPassword(const std::string& email, const std::string& password) {
  const User user = ROWHOUSE_TRY(Find(email));
  ROWHOUSE_TRY(CheckPassword(password, PasswordRule::kAtLeastEight));
  (void)ROWHOUSE_TRY(database_.Run(
      "UPDATE users SET password_hash = ? WHERE email = ?", {HashPassword(password), user.email}
  ));
  (void)ROWHOUSE_TRY(database_.Run("DELETE FROM sessions WHERE email = ?", {user.email}));
  return Ok();
}

Status Users::Remove(const std::string& email) {
  const User user = ROWHOUSE_TRY(Find(email));
  const Outcome done = ROWHOUSE_TRY(database_.Run(
      "DELETE FROM users WHERE email = ? AND (role <> 'admin' OR "
      "(SELECT count(*) FROM users WHERE role = 'admin') > 1)",
      {user.email}
  ));
  return done.changed > 0 ? Ok() : Status(LastAdministrator(user.email));
}

Result<std::optional<User>> Users::SignIn(const std::string& email, const std::string& password) {
  const std::string normal = NormalEmail(email);
  const Outcome found =
      ROWHOUSE_TRY(database_.Run("SELECT password_hash FROM users WHERE email = ?", {normal}));
  const std::string hash = found.rows.empty() ? "" : found.Text(0, 0);
  if (password.size() > kPasswordMax || !PasswordMatches(password, hash)) {
    return std::optional<User>();
  }
  (void)ROWHOUSE_TRY(database_.Run(
      "UPDATE users SET last_sign_in_us = ? WHERE email = ?", {clock_.WallMicros(), normal}
  ));
  return std::optional<User>(ROWHOUSE_TRY(Find(normal)));
}

}  // namespace rowhouse::console
