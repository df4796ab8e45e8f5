#pragma once

#include <string>
#include <string_view>

namespace rowhouse {

// Appends the text as a JSON string with its quotes, as Java's Jackson writes it: only
// '"', '\' and control characters are escaped (\u001F in capitals), UTF-8 stays.
void AppendJsonString(std::string& out, std::string_view text);

// The number as Java prints a double: "1.5", "0.0", "1.0E10"; shortest digits that
// give the same value back. NaN and infinities, which JSON has not, as strings.
std::string JsonDouble(double v);
std::string JsonFloat(float v);

}  // namespace rowhouse
