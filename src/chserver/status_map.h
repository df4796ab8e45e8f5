#pragma once

namespace rowhouse::chserver {

// The HTTP status a ClickHouse server answers an exception with: 404 for code 60.
int HttpStatusOf(int exception_code);

}  // namespace rowhouse::chserver
