#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace rowhouse {

// Whole files. Errors: kNotFound where it is not there, else kUnavailable with errno.
Result<std::string> ReadFile(const std::string& path);

// Replaces the file as a whole: temporary file beside it, fsync, rename, fsync
// of the directory. After a crash the old or the new content is there, never a mix.
Status WriteFileAtomically(const std::string& path, std::string_view content);

}  // namespace rowhouse
