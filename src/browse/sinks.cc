#include "browse/sinks.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/json_text.h"

namespace rowhouse::browse {

namespace {

void AppendJsonValue(const Scalar& value, std::string& shown, std::string& out) {
  if (!IsQuoted(value)) {
    AppendShown(value, out);
    return;
  }
  shown.clear();
  AppendShown(value, shown);
  AppendJsonString(out, shown);
}

void AppendName(std::string_view name, std::string& out) {
  if (IsUtf8(name)) {
    AppendJsonString(out, name);
  } else {
    std::string text;
    AppendUtf8(name, text);
    AppendJsonString(out, text);
  }
  out += ':';
}

}  // namespace

bool LineSink::Enter(std::string_view name) {
  out_ += comma_ ? "," : "";
  AppendName(name, out_);
  comma_ = false;
  return true;
}

bool LineSink::EnterItem(size_t /*index*/) {
  out_ += comma_ ? "," : "";
  comma_ = false;
  return true;
}

void LineSink::BeginRecord(std::string_view /*word*/) {
  out_ += '{';
  comma_ = false;
}

void LineSink::EndRecord() {
  out_ += '}';
}

void LineSink::BeginList(std::string_view /*word*/) {
  out_ += '[';
  comma_ = false;
}

void LineSink::EndList() {
  out_ += ']';
}

// Of a value that is too long only as much is made as can be shown.
void LineSink::Value(const Scalar& value) {
  const size_t room = end_ > out_.size() ? end_ - out_.size() : 0;
  const bool cuttable = value.stored == Stored::kText ||
                        (value.stored == Stored::kBytes && value.meaning == Meaning::kPlain);
  Scalar cut = value;
  if (cuttable) {
    cut.bytes = value.bytes.substr(0, room + 4);
  }
  AppendJsonValue(cut, shown_, out_);
}

FieldTree::FieldTree(const std::vector<std::vector<std::string>>& paths) : branches_(1) {
  for (const std::vector<std::string>& path : paths) {
    size_t at = 0;
    for (const std::string& name : path) {
      auto& children = branches_[at].children;
      const auto known = std::find_if(children.begin(), children.end(), [&](const auto& child) {
        return child.first == name;
      });
      if (known != children.end()) {
        at = known->second;
        continue;
      }
      children.emplace_back(name, branches_.size());
      at = branches_.size();
      branches_.emplace_back();
    }
    branches_[at].slot = static_cast<int>(slots_++);
  }
}

PickSink::PickSink(const FieldTree& tree, Scratch& scratch, Records records)
    : tree_(tree), scratch_(scratch), records_(records) {
  Start();
}

void PickSink::Start() {
  slots_.assign(tree_.slots(), FilterValue());
  filled_.assign(tree_.slots(), false);
  missing_ = tree_.slots();
  place_.assign(1, 0);
  open_.clear();
}

bool PickSink::Descend(std::string_view name) {
  const size_t here = place_.back();
  size_t next = kNone;
  if (here != kNone) {
    for (const auto& [child, place] : tree_.branches()[here].children) {
      if (child == name) {
        next = place;
      }
    }
  }
  // Inside of a record that is wanted as a whole everything is.
  if (next == kNone && open_.empty()) {
    return false;
  }
  place_.push_back(next);
  return true;
}

void PickSink::Comma() {
  for (Open& open : open_) {
    *open.text += open.comma ? "," : "";
    open.comma = false;
  }
}

bool PickSink::Enter(std::string_view name) {
  if (!Descend(name)) {
    return false;
  }
  Comma();
  for (const Open& open : open_) {
    AppendName(name, *open.text);
  }
  return true;
}

bool PickSink::EnterItem(size_t index) {
  if (!Descend(std::to_string(index))) {
    return false;
  }
  Comma();
  return true;
}

void PickSink::Leave() {
  place_.pop_back();
  for (Open& open : open_) {
    open.comma = true;
  }
}

void PickSink::Begin(bool list, char bracket) {
  for (Open& open : open_) {
    ++open.depth;
  }
  const size_t here = place_.back();
  const int slot = here == kNone ? -1 : tree_.branches()[here].slot;
  if (slot >= 0) {
    Open open;
    open.slot = slot;
    open.list = list;
    open.text = &scratch_.Next();
    open_.push_back(open);
    FilterValue& whole = slots_[static_cast<size_t>(slot)];
    whole = FilterValue();
    whole.kind = list ? FilterValue::Kind::kList : FilterValue::Kind::kRecord;
  }
  for (Open& open : open_) {
    *open.text += bracket;
    open.comma = false;
  }
}

void PickSink::End(char bracket) {
  for (Open& open : open_) {
    *open.text += bracket;
  }
  if (!open_.empty() && open_.back().depth == 0) {
    const Open open = open_.back();
    open_.pop_back();
    FilterValue& slot = slots_[static_cast<size_t>(open.slot)];
    slot.text = *open.text;
    if (!open.list && records_ == Records::kOfOneFieldAsIt && open.values == 1) {
      slot = single_;
    }
    Filled(open.slot);
  }
  for (Open& open : open_) {
    --open.depth;
  }
}

void PickSink::BeginRecord(std::string_view /*word*/) {
  Begin(false, '{');
}

void PickSink::EndRecord() {
  End('}');
}

void PickSink::BeginList(std::string_view /*word*/) {
  Begin(true, '[');
}

void PickSink::EndList() {
  End(']');
}

// A name may stand twice in a JSON object: the last one counts, and only once.
void PickSink::Filled(int slot) {
  const auto at = static_cast<size_t>(slot);
  missing_ -= filled_[at] ? 0 : 1;
  filled_[at] = true;
}

void PickSink::Value(const Scalar& value) {
  const size_t here = place_.back();
  const int slot = here == kNone ? -1 : tree_.branches()[here].slot;
  if (slot >= 0) {
    slots_[static_cast<size_t>(slot)] = ToFilterValue(value, scratch_);
    Filled(slot);
  }
  for (Open& open : open_) {
    std::string& shown = scratch_.Next();
    AppendJsonValue(value, shown, *open.text);
    if (open.depth > 0) {
      continue;
    }
    FilterValue& whole = slots_[static_cast<size_t>(open.slot)];
    ++open.values;
    if (open.list && whole.items.size() < kItemsMax) {
      whole.items.push_back(ToFilterValue(value, scratch_));
    } else if (!open.list && open.values == 1 && records_ == Records::kOfOneFieldAsIt) {
      single_ = ToFilterValue(value, scratch_);
    }
  }
}

}  // namespace rowhouse::browse
