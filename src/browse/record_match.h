#pragma once

#include <memory>
#include <string>
#include <vector>

#include "browse/filter.h"
#include "browse/part.h"
#include "browse/sinks.h"
#include "browse/text_match.h"
#include "kafka/record_stream.h"

namespace rowhouse::browse {

// Decides which records are wanted: those that a filter is true for and that have a text in them.
//
// Nothing is decoded before the filter comes to it, and then only the fields that it names.
//
// Threads: one owner. Allocates nothing for a record whose fields are numbers and texts.
class RecordMatch {
 public:
  // filter null: all; text empty: any.
  RecordMatch(std::shared_ptr<const Filter> filter, std::string_view text, PartReader& reader);
  ~RecordMatch();
  RecordMatch(const RecordMatch&) = delete;
  RecordMatch& operator=(const RecordMatch&) = delete;

  // Whether records are told apart at all.
  bool wants_all() const { return filter_ == nullptr && !text_; }

  Verdict Matches(const kafka::RecordRef& record);

  // Whether the last record could not be looked into, so that its verdict is a guess.
  bool undecodable() const { return undecodable_; }

 private:
  class Facts;

  bool HasText(const kafka::RecordRef& record);
  bool PartHasText(const PartView& part);

  const std::shared_ptr<const Filter> filter_;
  PartReader& reader_;
  std::unique_ptr<Facts> facts_;
  std::optional<TextMatch> text_;
  std::string values_;
  bool undecodable_ = false;
};

}  // namespace rowhouse::browse
