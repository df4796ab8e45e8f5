#pragma once

#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "config/config.h"
#include "http/client.h"

namespace rowhouse::cli {

// Asks the running process of this configuration for what it alone knows, or to do something.
//
// It proves itself with the token that the process left in console.data, which the account that
// runs the process can read. Errors: kUnavailable where no process answers; kAuth where the token
// is missing or another's.
Result<http::Response> AskConsole(
    const config::Config& config,
    const std::string& method,
    const std::string& target,
    const std::string& body,
    Deadline deadline
);

// Asks for `target` and hands the answer's bytes to `hear` as they come, until the process ends
// the answer, `hear` gives an error or a stop is asked for. Errors: as above, and hear's.
Result<http::Response> HearConsole(
    const config::Config& config,
    const std::string& target,
    http::BodySink hear,
    std::stop_token stop
);

}  // namespace rowhouse::cli
