#include "mysql/lost_changes.h"

#include <fmt/format.h>

namespace rowhouse::mysql {

void NoticeIncident(const EventContext& event, ChangeBatch& batch) {
  SourceNotice& notice = event.Notice(SourceNotice::Kind::kTableParked, {}, batch);
  notice.error = Error(
                     ErrorKind::kUnsupported,
                     fmt::format(
                         "at {}: the server says that it lost changes before it wrote them to its "
                         "log; it does not say of which tables",
                         notice.at.ToString()
                     )
  )
                     .WithCode("E-MYSQL-031")
                     .WithHint("load the captured tables again");
}

void NoticeStatement(
    const EventContext& event, std::string_view db, std::string_view sql, ChangeBatch& batch
) {
  constexpr size_t kShown = 120;
  SourceNotice& notice =
      event.Notice(SourceNotice::Kind::kTableParked, {std::string(db), std::string()}, batch);
  notice.error =
      Error(
          ErrorKind::kUnsupported,
          fmt::format(
              "at {}: a change of database {} is logged as a statement, not as rows: '{}'",
              notice.at.ToString(),
              db,
              sql.substr(0, kShown)
          )
      )
          .WithCode("E-MYSQL-011")
          .WithHint(
              "SET GLOBAL binlog_format = ROW, end the sessions that changed it for themselves, "
              "then load the changed tables again"
          );
}

}  // namespace rowhouse::mysql
