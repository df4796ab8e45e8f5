#pragma once

#include <string_view>

#include "model/change.h"
#include "mysql/event_context.h"

namespace rowhouse::mysql {

// Notices of changes whose rows are not in the log. What they may concern is lost until it is
// loaded again, and is parked; the stream goes on with the rest.

// An INCIDENT: the server itself says so, and not of which tables.
void NoticeIncident(const EventContext& event, ChangeBatch& batch);

// A change of `db` logged as a statement, whose effect on rows can't be known.
void NoticeStatement(
    const EventContext& event, std::string_view db, std::string_view sql, ChangeBatch& batch
);

}  // namespace rowhouse::mysql
