#include "console/sessions.h"

#include <algorithm>

#include <fmt/format.h>

#include "console/secrets.h"

namespace rowhouse::console {
namespace {

constexpr int64_t kMicros = 1'000'000;
// A write for each request would wear the disk for nothing.
constexpr int64_t kNoteSeenEveryUs = 60 * kMicros;
constexpr size_t kNameMax = 100;
constexpr std::string_view kTokenPrefix = "rh_";

std::optional<int64_t> MaybeNumber(const Outcome& found, size_t row, size_t column) {
  return found.rows[row][column] ? std::optional(found.Number(row, column)) : std::nullopt;
}

}  // namespace

Result<Sessions::Started> Sessions::Start(const std::string& email) {
  const int64_t now = clock_.WallMicros();
  (void)ROWHOUSE_TRY(database_.Run(
      "DELETE FROM sessions WHERE seen_us < ? OR created_us < ?",
      {now - kIdle.count() * kMicros, now - kAtMost.count() * kMicros}
  ));
  Started started{RandomToken(), RandomToken()};
  (void)ROWHOUSE_TRY(database_.Run(
      "INSERT INTO sessions (token_hash, email, csrf, created_us, seen_us) VALUES (?, ?, ?, ?, ?)",
      {HashToken(started.cookie), email, started.csrf, now, now}
  ));
  return started;
}

Result<std::optional<Caller>> Sessions::Find(std::string_view cookie) {
  const int64_t now = clock_.WallMicros();
  const std::string hash = HashToken(cookie);
  const Outcome found = ROWHOUSE_TRY(database_.Run(
      "SELECT s.email, s.csrf, s.seen_us, u.role FROM sessions s JOIN users u USING (email) "
      "WHERE s.token_hash = ? AND s.seen_us >= ? AND s.created_us >= ?",
      {hash, now - kIdle.count() * kMicros, now - kAtMost.count() * kMicros}
  ));
  if (found.rows.empty()) {
    return std::optional<Caller>();
  }
  if (now - found.Number(0, 2) > kNoteSeenEveryUs) {
    (void
    )ROWHOUSE_TRY(database_.Run("UPDATE sessions SET seen_us = ? WHERE token_hash = ?", {now, hash})
    );
  }
  Caller caller;
  caller.proof = Caller::Proof::kSession;
  caller.name = found.Text(0, 0);
  caller.csrf = found.Text(0, 1);
  caller.role = RoleOf(found.Text(0, 3)).value_or(Role::kNone);
  caller.session_hash = hash;
  return std::optional<Caller>(std::move(caller));
}

Status Sessions::End(const std::string& session_hash) {
  (void)ROWHOUSE_TRY(database_.Run("DELETE FROM sessions WHERE token_hash = ?", {session_hash}));
  return Ok();
}

Result<ApiTokens::Made> ApiTokens::Make(
    const std::string& name, Role role, const std::string& by, std::optional<int64_t> expires_us
) {
  if (name.empty() || name.size() > kNameMax) {
    return Error(ErrorKind::kBadRecord, fmt::format("name: it has 1 to {} bytes", kNameMax));
  }
  Made made;
  made.secret = std::string(kTokenPrefix) + RandomToken();
  made.token.name = name;
  made.token.role = role;
  made.token.created_us = clock_.WallMicros();
  made.token.expires_us = expires_us;
  const Outcome done = ROWHOUSE_TRY(database_.Run(
      "INSERT INTO tokens (name, role, token_hash, created_by, created_us, expires_us) "
      "VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
      {name,
       std::string(RoleName(role)),
       HashToken(made.secret),
       by,
       made.token.created_us,
       expires_us ? Bound(*expires_us) : Bound(nullptr)}
  ));
  made.token.id = done.Number(0, 0);
  return made;
}

Result<std::vector<ApiToken>> ApiTokens::List() {
  const Outcome found = ROWHOUSE_TRY(database_.Run(
      "SELECT id, name, role, created_us, last_used_us, expires_us FROM tokens ORDER BY id"
  ));
  std::vector<ApiToken> tokens;
  for (size_t i = 0; i < found.rows.size(); ++i) {
    ApiToken token;
    token.id = found.Number(i, 0);
    token.name = found.Text(i, 1);
    token.role = RoleOf(found.Text(i, 2)).value_or(Role::kViewer);
    token.created_us = found.Number(i, 3);
    token.last_used_us = MaybeNumber(found, i, 4);
    token.expires_us = MaybeNumber(found, i, 5);
    tokens.push_back(std::move(token));
  }
  return tokens;
}

Status ApiTokens::Remove(int64_t id) {
  const Outcome done = ROWHOUSE_TRY(database_.Run("DELETE FROM tokens WHERE id = ?", {id}));
  return done.changed > 0
             ? Ok()
             : Status(Error(ErrorKind::kNotFound, fmt::format("there is no token {}", id)));
}

Result<std::optional<Caller>> ApiTokens::Find(std::string_view secret) {
  if (!secret.starts_with(kTokenPrefix)) {
    return std::optional<Caller>();
  }
  const int64_t now = clock_.WallMicros();
  const Outcome found = ROWHOUSE_TRY(database_.Run(
      "SELECT id, name, role, coalesce(last_used_us, 0) FROM tokens "
      "WHERE token_hash = ? AND (expires_us IS NULL OR expires_us > ?)",
      {HashToken(secret), now}
  ));
  if (found.rows.empty()) {
    return std::optional<Caller>();
  }
  if (now - found.Number(0, 3) > kNoteSeenEveryUs) {
    (void)ROWHOUSE_TRY(
        database_.Run("UPDATE tokens SET last_used_us = ? WHERE id = ?", {now, found.Number(0, 0)})
    );
  }
  Caller caller;
  caller.proof = Caller::Proof::kToken;
  caller.name = "token " + found.Text(0, 1);
  caller.role = RoleOf(found.Text(0, 2)).value_or(Role::kNone);
  return std::optional<Caller>(std::move(caller));
}

}  // namespace rowhouse::console
