// Any statement text: classified without reading past its end.
#include "mysql/query_text.h"

#include "fuzz/target.h"

namespace rowhouse {

extern "C" int FUZZ_ENTRY(const uint8_t* data, size_t size) {
  const std::string_view sql = AsText({data, size});
  fuzz::Use(static_cast<size_t>(mysql::ClassifyStatement(sql)));
  fuzz::Use(mysql::MentionsName(sql, sql.substr(0, sql.size() / 2)) ? 1 : 0);
  return 0;
}

}  // namespace rowhouse
