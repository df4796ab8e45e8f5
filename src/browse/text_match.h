#pragma once

#include <string>
#include <string_view>

namespace rowhouse::browse {

// Appends the text in lower case: ASCII and the two-byte letters of Latin, Greek and Cyrillic.
// The length stays, so that places in one are places in the other.
void AppendLower(std::string_view text, std::string& out);

// Looks for one text in many, no matter the case.
//
// Threads: one owner: it works in a buffer of its own.
class TextMatch {
 public:
  explicit TextMatch(std::string_view wanted);

  bool Found(std::string_view text);

 private:
  std::string wanted_;  // in lower case
  bool ascii_ = true;
  std::string lower_;
};

}  // namespace rowhouse::browse
