#include "chserver/status_map.h"

#include <algorithm>
#include <array>

namespace rowhouse::chserver {
namespace {

struct Row {
  int status;
  int code;
};

// As ClickHouse 26.7 does; every other code is 500.
constexpr auto kRows = std::to_array<Row>({
    {401, 194},                                      // REQUIRED_PASSWORD
    {403, 192}, {403, 193}, {403, 512}, {403, 516},  // user, password, role
    {400, 6},   {400, 25},  {400, 26},  {400, 27},   // CANNOT_PARSE_*
    {400, 38},  {400, 41},  {400, 72},  {400, 376}, {400, 441}, {400, 675}, {400, 676},
    {400, 15},  {400, 36},  {400, 37},  {400, 44},  {400, 53},  {400, 62},  {400, 117},
    {400, 123}, {400, 167}, {400, 168}, {400, 223}, {400, 321}, {400, 427}, {404, 46},
    {404, 47},  {404, 50},  {404, 56},  {404, 60},  {404, 63},  {404, 73},  {404, 78},
    {404, 81},  {404, 115}, {404, 152}, {404, 336}, {404, 511}, {408, 159},  // TIMEOUT_EXCEEDED
    {411, 381},                                                              // HTTP_LENGTH_REQUIRED
    {413, 229},                                                              // QUERY_IS_TOO_LARGE
    {501, 48},                                                               // NOT_IMPLEMENTED
    {503, 76},  {503, 209}, {503, 439},
});

}  // namespace

int HttpStatusOf(int exception_code) {
  const auto* const row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) {
    return r.code == exception_code;
  });
  return row == kRows.end() ? 500 : row->status;
}

}  // namespace rowhouse::chserver
