#include "console/list.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace rowhouse::console {

namespace {

constexpr int64_t kLimitMost = 20'000;

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  });
  return text;
}

bool Holds(const Json& item, const std::vector<std::string_view>& fields, const std::string& word) {
  return std::ranges::any_of(fields, [&](std::string_view field) {
    const auto at = item.find(field);
    return at != item.end() && at->is_string() &&
           Lower(at->get<std::string>()).find(word) != std::string::npos;
  });
}

// Counts are text, for they can pass 2^53.
std::optional<int64_t> WholeNumber(const Json& value) {
  if (value.is_number_integer()) {
    return value.get<int64_t>();
  }
  if (!value.is_string()) {
    return std::nullopt;
  }
  const auto& text = value.get_ref<const std::string&>();
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty()
             ? std::optional(number)
             : std::nullopt;
}

// Null goes last in both orders.
bool Before(const Json& a, const Json& b, bool down) {
  if (a.is_null() || b.is_null()) {
    return !a.is_null() && b.is_null();
  }
  const auto number_a = WholeNumber(a);
  const auto number_b = WholeNumber(b);
  if (number_a && number_b) {
    return down ? *number_b < *number_a : *number_a < *number_b;
  }
  return down ? b < a : a < b;
}

}  // namespace

std::vector<Field> ListFields() {
  return {
      {.name = "search", .doc = "only items that hold this text"},
      {.name = "sort", .doc = "a field's name, with - before it for the other order"},
      {.name = "limit", .type = Field::Type::kInteger, .min = 1, .max = kLimitMost},
      {.name = "cursor",
       .type = Field::Type::kInteger,
       .doc = "next of the answer before",
       .min = 0}};
}

Answer ListOf(
    std::vector<Json> items, const std::vector<std::string_view>& searched, const Call& call
) {
  if (const std::string word = Lower(call.Query("search")); !word.empty()) {
    std::erase_if(items, [&](const Json& item) { return !Holds(item, searched, word); });
  }
  if (std::string sort = call.Query("sort"); !sort.empty()) {
    const bool down = sort.front() == '-';
    sort.erase(0, down ? 1 : 0);
    const bool known = items.empty() || items.front().contains(sort);
    if (!known) {
      return Answer::Problem(
          400,
          "E-CON-004",
          fmt::format("sort: '{}' is no field of these items", sort),
          "name one of theirs"
      );
    }
    std::ranges::stable_sort(items, [&](const Json& a, const Json& b) {
      return Before(a[sort], b[sort], down);
    });
  }
  const auto total = static_cast<int64_t>(items.size());
  const int64_t first = std::min(call.QueryNumber("cursor", 0), total);
  const int64_t end = std::min(first + call.QueryNumber("limit", kLimitMost), total);
  Json page = Json::array();
  for (int64_t i = first; i < end; ++i) {
    page.push_back(std::move(items[static_cast<size_t>(i)]));
  }
  return Answer::Of(
      {{"items", std::move(page)},
       {"next", end < total ? Json(std::to_string(end)) : Json(nullptr)},
       {"total", total}}
  );
}

}  // namespace rowhouse::console
