#pragma once

#include <memory>

#include "config/loader.h"
#include "console/console.h"

namespace rowhouse::cli {

// What the console answers out of this program alone: GET /api/v1/help/CODE, GET /api/v1/settings
// (null `loaded`: there is no such route), and, where the configuration names a ClickHouse,
// questions in SQL.
//
// Errors: kConfig for an unusable sink.url.
Status AddAnswers(
    console::ConsoleRoutes& routes,
    const config::Config& config,
    const std::shared_ptr<const config::Loaded>& loaded
);

}  // namespace rowhouse::cli
