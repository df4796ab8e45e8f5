#pragma once

#include <functional>
#include <string>

#include "console/console.h"
#include "console/pipeline_view.h"

namespace rowhouse::console {

// What is to be told of one table besides PipelineView: {"key", "columns", "objects"}; null: there
// is no such table. May ask servers.
using TableDetail = std::function<Result<Json>(const TableId&)>;

// GET /api/v1/overview, /series, /tables, /tables/DB.TABLE, and the live streams of the first and
// the third.
//
// Threads: handlers run on the server's workers; `view` and `progress` outlive them.
void AddPipelineViews(
    Console& console, PipelineView& view, const capture::Progress& progress, TableDetail detail
);

// A statement met in the stream as pages show it.
Json JsonOf(const ddl::DdlEvent& event);

}  // namespace rowhouse::console
