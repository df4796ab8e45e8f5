#include "console/audit.h"

#include <utility>

#include "base/log.h"

namespace rowhouse::console {
namespace {

constexpr size_t kTextMax = 1000;

// Not within a character.
void Cut(std::string& text) {
  if (text.size() <= kTextMax) {
    return;
  }
  size_t end = kTextMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  text.resize(end);
}

}  // namespace

void Audit::Note(AuditEntry entry) {
  entry.at_us = clock_.WallMicros();
  Cut(entry.target);
  Cut(entry.detail);
  LogInfo(
      "console",
      {{"who", entry.who},
       {"from", entry.from},
       {"action", entry.action},
       {"target", entry.target},
       {"outcome", entry.outcome}}
  );
  const auto kept = database_.Run(
      "INSERT INTO audit (at_us, who, role, address, action, target, outcome, detail) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      {entry.at_us,
       entry.who,
       entry.role,
       entry.from,
       entry.action,
       entry.target,
       entry.outcome,
       entry.detail}
  );
  const auto cut =
      kept ? database_.Run("DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?", {kKept})
           : kept;
  if (!cut) {
    LogError("an entry of the audit log can't be kept", cut.error());
  }
}

Result<std::vector<AuditEntry>> Audit::List(
    int64_t before, int64_t limit, const std::string& search
) {
  const Outcome found = ROWHOUSE_TRY(database_.Run(
      "SELECT id, at_us, who, role, address, action, target, outcome, detail FROM audit "
      "WHERE id < ? AND (? = '' OR instr(lower(who || ' ' || address || ' ' || action || ' ' || "
      "target || ' ' || outcome || ' ' || detail), lower(?)) > 0) ORDER BY id DESC LIMIT ?",
      {before, search, search, limit}
  ));
  std::vector<AuditEntry> entries;
  for (size_t i = 0; i < found.rows.size(); ++i) {
    entries.push_back(
        {found.Number(i, 0),
         found.Number(i, 1),
         found.Text(i, 2),
         found.Text(i, 3),
         found.Text(i, 4),
         found.Text(i, 5),
         found.Text(i, 6),
         found.Text(i, 7),
         found.Text(i, 8)}
    );
  }
  return entries;
}

}  // namespace rowhouse::console
