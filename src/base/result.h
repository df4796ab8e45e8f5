#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/error.h"

namespace rowhouse {

template <typename T>
class Result;

// Whether a U, itself neither a T, an Error nor a result, converts to a T.
template <typename U, typename T, typename Plain = std::remove_cvref_t<U>>
inline constexpr bool kBecomes = std::is_convertible_v<U&&, T> && !std::is_same_v<Plain, T> &&
                                 !std::is_same_v<Plain, Error> && !std::is_same_v<Plain, Result<T>>;

// A value or an Error. Member names are a subset of std::expected, which g++ 12
// has only in C++23 mode and clang 14 has not at all.
template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  // NOLINTNEXTLINE(google-explicit-constructor): so that `return value` works
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}

  // NOLINTNEXTLINE(google-explicit-constructor): so that `return Error(...)` works
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  template <typename U, typename = std::enable_if_t<kBecomes<U, T>>>
  // NOLINTNEXTLINE(google-explicit-constructor): unique_ptr to base and the like
  Result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}

  bool has_value() const { return state_.index() == 0; }

  explicit operator bool() const { return has_value(); }

  T& value() & {
    CHECK(has_value());
    return *std::get_if<0>(&state_);
  }

  const T& value() const& {
    CHECK(has_value());
    return *std::get_if<0>(&state_);
  }

  T&& value() && {
    CHECK(has_value());
    return std::move(*std::get_if<0>(&state_));
  }

  T& operator*() & { return value(); }

  const T& operator*() const& { return value(); }

  T&& operator*() && { return std::move(*this).value(); }

  T* operator->() { return &value(); }

  const T* operator->() const { return &value(); }

  const Error& error() const& {
    CHECK(!has_value());
    return *std::get_if<1>(&state_);
  }

  Error&& error() && {
    CHECK(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;

  // NOLINTNEXTLINE(google-explicit-constructor): so that `return Error(...)` works
  Result(Error error) : error_(std::move(error)) {}

  bool has_value() const { return !error_.has_value(); }

  explicit operator bool() const { return has_value(); }

  void value() const { CHECK(has_value()); }

  const Error& error() const& {
    CHECK(!has_value());
    return *error_;
  }

  Error&& error() && {
    CHECK(!has_value());
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

inline Status Ok() {
  return {};
}

}  // namespace rowhouse

// Evaluates to the value of a Result, or returns its error from the function.
// For Result<void> it is a statement.
#define ROWHOUSE_TRY(expr)                                \
  __extension__({                                         \
    auto rowhouse_try_result = (expr);                    \
    if (!rowhouse_try_result.has_value()) {               \
      return std::move(rowhouse_try_result).error();      \
    }                                                     \
    ::rowhouse::internal::TakeValue(rowhouse_try_result); \
  })

namespace rowhouse::internal {

template <typename T>
T TakeValue(Result<T>& result) {
  return std::move(result).value();
}

inline void TakeValue(Result<void>&) {}

}  // namespace rowhouse::internal
