#pragma once

#include <optional>
#include <string_view>

#include "config/value.h"

namespace rowhouse::config {

// Checks a text against the option's form: host:port, http(s) URL without
// credentials, list of brokers, database.table glob, topic-safe name.
std::optional<Complaint> CheckForm(const Option& option, std::string_view text);

}  // namespace rowhouse::config
