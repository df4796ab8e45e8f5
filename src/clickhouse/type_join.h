#pragma once

#include <string>
#include <string_view>

namespace rowhouse::clickhouse {

// The least ClickHouse type that holds every value of both, as far as one is known; else
// text, which holds all of them as they are written. Nullable where either is.
//
// "Int32", "Nullable(UInt32)" -> "Nullable(Int64)"; "Decimal(10, 2)", "Decimal(12, 4)" ->
// "Decimal(12, 4)"; "Int32", "Date32" -> "String".
std::string JoinTypes(const std::string& a, const std::string& b);

// The type with and without room for NULL. An Array has its own NULL and stays as it is.
std::string WithNull(const std::string& type);
std::string WithoutNull(const std::string& type);
bool HoldsNull(std::string_view type);

// String and LowCardinality(String), with or without NULL.
bool IsText(const std::string& type);

// The same type, however its spaces are set.
bool SameType(std::string a, std::string b);

}  // namespace rowhouse::clickhouse
