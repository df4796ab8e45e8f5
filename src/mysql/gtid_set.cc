#include "mysql/gtid_set.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "base/check.h"

namespace rowhouse::mysql {

namespace {

constexpr size_t kTagMax = 32;

Error BadSet(std::string_view part, std::string_view why) {
  return {ErrorKind::kBadRecord, fmt::format("GTID set: '{}' {}", part, why)};
}

std::string_view Trim(std::string_view s) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = s.find_first_not_of(kSpace);
  if (first == std::string_view::npos) {
    return {};
  }
  return s.substr(first, s.find_last_not_of(kSpace) - first + 1);
}

template <typename T>
bool ParseNumber(std::string_view s, T& out) {
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), out);
  return error == std::errc() && end == s.data() + s.size();
}

// The part before the next `separator`, which is passed; all of it when there is none.
std::string_view NextPart(std::string_view& rest, char separator) {
  const size_t at = rest.find(separator);
  const std::string_view part = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
  return part;
}

bool ParseUuid(std::string_view text, std::array<uint8_t, 16>& out) {
  std::string hex;
  for (const char c : text) {
    if (c != '-') {
      hex += c;
    }
  }
  const Result<std::string> bytes = FromHex(hex);
  if (!bytes.has_value() || bytes->size() != out.size()) {
    return false;
  }
  std::memcpy(out.data(), bytes->data(), out.size());
  return true;
}

bool IsTag(std::string_view s) {
  const auto letter = [](char c) { return c == '_' || (c >= 'a' && c <= 'z'); };
  return !s.empty() && s.size() <= kTagMax && letter(s[0]) &&
         std::all_of(s.begin(), s.end(), [&](char c) {
           return letter(c) || (c >= '0' && c <= '9');
         });
}

void PutU64(std::string& out, uint64_t v) {
  char bytes[8];
  std::memcpy(bytes, &v, sizeof(bytes));
  out.append(bytes, sizeof(bytes));
}

}  // namespace

std::string GtidSource::ToString() const {
  const std::string hex = ToHex(uuid);
  std::string out = fmt::format(
      "{}-{}-{}-{}-{}",
      hex.substr(0, 8),
      hex.substr(8, 4),
      hex.substr(12, 4),
      hex.substr(16, 4),
      hex.substr(20)
  );
  return tag.empty() ? out : out + ":" + tag;
}

std::string MariaDbGtid::ToString() const {
  return fmt::format("{}-{}-{}", domain, server, sequence);
}

Result<GtidSet> GtidSet::Parse(Flavor flavor, std::string_view text) {
  GtidSet set(flavor);
  while (!text.empty()) {
    const std::string_view part = Trim(NextPart(text, ','));
    if (part.empty()) {
      continue;
    }
    ROWHOUSE_TRY(flavor == Flavor::kMySql ? set.ParseMySqlSource(part) : set.ParseMariaDb(part));
  }
  return set;
}

Status GtidSet::ParseMariaDb(std::string_view part) {
  std::string_view rest = part;
  MariaDbGtid gtid;
  const bool ok = ParseNumber(NextPart(rest, '-'), gtid.domain) &&
                  ParseNumber(NextPart(rest, '-'), gtid.server) && ParseNumber(rest, gtid.sequence);
  if (!ok) {
    return BadSet(part, "is not domain-server-sequence");
  }
  GtidSet one(flavor_);
  one.Add(gtid);
  Add(one);
  return Ok();
}

// "uuid:1-5:7", "uuid:tag:1-3:other_tag:4".
Status GtidSet::ParseMySqlSource(std::string_view part) {
  std::string_view rest = part;
  GtidSource source;
  if (!ParseUuid(Trim(NextPart(rest, ':')), source.uuid)) {
    return BadSet(part, "does not begin with a UUID");
  }
  while (!rest.empty()) {
    const std::string_view piece = Trim(NextPart(rest, ':'));
    if (IsTag(piece)) {
      source.tag = piece;
      continue;
    }
    std::string_view last = piece;
    Interval interval{};
    bool ok = ParseNumber(Trim(NextPart(last, '-')), interval.first);
    interval.end = interval.first;
    ok = ok && (last.empty() || ParseNumber(Trim(last), interval.end));
    ok = ok && interval.first > 0 && interval.end >= interval.first && interval.end < INT64_MAX;
    if (!ok) {
      return BadSet(part, fmt::format("has '{}', which is neither an interval nor a tag", piece));
    }
    ++interval.end;
    AddInterval(sources_[source], interval);
  }
  return Ok();
}

Result<GtidSet> GtidSet::Decode(ByteView bytes) {
  GtidSet set(Flavor::kMySql);
  ByteCursor in(bytes);
  uint64_t count = in.U64();
  const bool tagged = (count >> 56) == 1 && (count & 0xFF) == 1;
  count = tagged ? count >> 8 & 0xFFFF'FFFF'FFFF : count;
  for (uint64_t i = 0; i < count && in.ok(); ++i) {
    GtidSource source;
    const ByteView uuid = in.Bytes(source.uuid.size());
    std::copy(uuid.begin(), uuid.end(), source.uuid.begin());
    if (tagged) {
      source.tag = in.Text(in.U8() / 2);
      if (in.ok() && !source.tag.empty() && !IsTag(source.tag)) {
        return Error(ErrorKind::kBadRecord, "GTID set: an encoded tag is no tag");
      }
    }
    const uint64_t intervals = in.U64();
    for (uint64_t k = 0; k < intervals && in.ok(); ++k) {
      const Interval interval{in.U64(), in.U64()};
      const bool sound = interval.first > 0 && interval.end > interval.first &&
                         interval.end <= static_cast<uint64_t>(INT64_MAX);
      if (in.ok() && !sound) {
        return Error(
            ErrorKind::kBadRecord, "GTID set: an encoded interval is empty or out of range"
        );
      }
      if (in.ok()) {
        AddInterval(set.sources_[source], interval);
      }
    }
  }
  if (!in.ok()) {
    return Error(ErrorKind::kBadRecord, "GTID set: the encoded form is cut short");
  }
  return set;
}

std::string GtidSet::Encode() const {
  CHECK(flavor_ == Flavor::kMySql);
  std::string out;
  const bool with_tags = tagged();
  const uint64_t count = sources_.size();
  PutU64(out, with_tags ? uint64_t{1} << 56 | count << 8 | 1 : count);
  for (const auto& [source, intervals] : sources_) {
    out.append(reinterpret_cast<const char*>(source.uuid.data()), source.uuid.size());
    if (with_tags) {
      out += static_cast<char>(source.tag.size() * 2);
      out += source.tag;
    }
    PutU64(out, intervals.size());
    for (const Interval& interval : intervals) {
      PutU64(out, interval.first);
      PutU64(out, interval.end);
    }
  }
  return out;
}

std::string GtidSet::ToString() const {
  fmt::memory_buffer out;
  const auto comma = [&] {
    if (out.size() > 0) {
      out.push_back(',');
    }
  };
  const std::array<uint8_t, 16>* uuid = nullptr;
  for (const auto& [source, intervals] : sources_) {
    // As the servers print it: the tags of one UUID follow it.
    if (uuid != nullptr && *uuid == source.uuid) {
      fmt::format_to(std::back_inserter(out), ":{}", source.tag);
    } else {
      comma();
      fmt::format_to(std::back_inserter(out), "{}", source.ToString());
      uuid = &source.uuid;
    }
    for (const Interval& i : intervals) {
      if (i.end - i.first == 1) {
        fmt::format_to(std::back_inserter(out), ":{}", i.first);
      } else {
        fmt::format_to(std::back_inserter(out), ":{}-{}", i.first, i.end - 1);
      }
    }
  }
  for (const auto& [domain, gtid] : domains_) {
    comma();
    fmt::format_to(std::back_inserter(out), "{}", gtid.ToString());
  }
  return fmt::to_string(out);
}

void GtidSet::Add(const GtidSource& source, uint64_t number) {
  Intervals& intervals = sources_[source];
  if (!intervals.empty() && intervals.back().end == number) {
    ++intervals.back().end;  // the next one, as nearly always
    return;
  }
  AddInterval(intervals, {number, number + 1});
}

void GtidSet::Add(const MariaDbGtid& gtid) {
  domains_[gtid.domain] = gtid;
}

void GtidSet::Add(const GtidSet& other) {
  CHECK(flavor_ == other.flavor_);
  for (const auto& [source, intervals] : other.sources_) {
    Intervals& mine = sources_[source];
    for (const Interval& interval : intervals) {
      AddInterval(mine, interval);
    }
  }
  for (const auto& [domain, gtid] : other.domains_) {
    MariaDbGtid& mine = domains_.try_emplace(domain, gtid).first->second;
    if (gtid.sequence > mine.sequence) {
      mine = gtid;
    }
  }
}

bool GtidSet::Contains(const GtidSource& source, uint64_t number) const {
  const auto found = sources_.find(source);
  if (found == sources_.end()) {
    return false;
  }
  return std::any_of(found->second.begin(), found->second.end(), [&](const Interval& i) {
    return i.first <= number && number < i.end;
  });
}

bool GtidSet::Contains(const GtidSet& other) const {
  return other.Minus(*this).empty();
}

GtidSet GtidSet::Minus(const GtidSet& other) const {
  CHECK(flavor_ == other.flavor_);
  GtidSet left(flavor_);
  for (const auto& [source, intervals] : sources_) {
    const auto theirs = other.sources_.find(source);
    Intervals rest =
        theirs == other.sources_.end() ? intervals : Subtract(intervals, theirs->second);
    if (!rest.empty()) {
      left.sources_[source] = std::move(rest);
    }
  }
  for (const auto& [domain, gtid] : domains_) {
    const auto theirs = other.domains_.find(domain);
    if (theirs == other.domains_.end() || theirs->second.sequence < gtid.sequence) {
      left.domains_[domain] = gtid;
    }
  }
  return left;
}

uint64_t GtidSet::CountBeyond(const GtidSet& other) const {
  const GtidSet left = Minus(other);
  uint64_t count = 0;
  for (const auto& [source, intervals] : left.sources_) {
    for (const Interval& interval : intervals) {
      count += interval.end - interval.first;
    }
  }
  for (const auto& [domain, gtid] : left.domains_) {
    const auto theirs = other.domains_.find(domain);
    count += gtid.sequence - (theirs == other.domains_.end() ? 0 : theirs->second.sequence);
  }
  return count;
}

void GtidSet::AddInterval(Intervals& to, Interval added) {
  // The first that ends at or after `added` begins may touch it; all that touch become one.
  auto first = std::lower_bound(
      to.begin(), to.end(), added.first, [](const Interval& i, uint64_t v) { return i.end < v; }
  );
  auto last = first;
  while (last != to.end() && last->first <= added.end) {
    added.first = std::min(added.first, last->first);
    added.end = std::max(added.end, last->end);
    ++last;
  }
  first = to.erase(first, last);
  to.insert(first, added);
}

GtidSet::Intervals GtidSet::Subtract(const Intervals& from, const Intervals& what) {
  Intervals rest;
  auto cut = what.begin();
  for (Interval left : from) {
    while (cut != what.end() && cut->end <= left.first) {
      ++cut;
    }
    for (auto c = cut; c != what.end() && c->first < left.end; ++c) {
      if (left.first < c->first) {
        rest.push_back({left.first, c->first});
      }
      left.first = std::max(left.first, c->end);
    }
    if (left.first < left.end) {
      rest.push_back(left);
    }
  }
  return rest;
}

bool GtidSet::tagged() const {
  return std::any_of(sources_.begin(), sources_.end(), [](const auto& s) {
    return !s.first.tag.empty();
  });
}

}  // namespace rowhouse::mysql
