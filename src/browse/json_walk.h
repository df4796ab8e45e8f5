#pragma once

#include <string>
#include <string_view>

#include "browse/scalar.h"

namespace rowhouse::browse {

// Goes through one JSON text and tells a sink what it meets, as AvroWalk does; numbers stay as
// they are written, so that no digit is lost.
//
// Of Connect's {"schema": ..., "payload": ...} only the payload is told, unless all is wanted.
//
// Errors: Run() is false where the text is no JSON; problem() says where. Takes time in
//         proportion to the text.
template <typename Sink>
class JsonWalk {
 public:
  // What is told of Connect's envelope.
  enum class Envelope { kPayload, kAll };

  JsonWalk(std::string_view text, Sink& sink, Envelope envelope = Envelope::kPayload)
      : text_(text), sink_(sink), envelope_(envelope) {}

  bool Run() {
    Spaces();
    const size_t payload = envelope_ == Envelope::kPayload ? Payload() : 0;
    if (payload > 0) {
      at_ = payload;
    }
    if (!Walk(0)) {
      return sink_.Enough();
    }
    Spaces();
    return payload > 0 || at_ == text_.size() || sink_.Enough() || Fail("more behind the value");
  }

  std::string problem() const { return problem_ + " at byte " + std::to_string(at_); }

 private:
  static constexpr int kDepthMax = 100;

  bool Fail(std::string_view problem) {
    if (problem_.empty()) {
      problem_ = problem;
    }
    return false;
  }

  char Now() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void Spaces() {
    while (Now() == ' ' || Now() == '\n' || Now() == '\t' || Now() == '\r') {
      ++at_;
    }
  }

  bool Accept(char c) {
    Spaces();
    if (Now() != c) {
      return false;
    }
    ++at_;
    return true;
  }

  // Where the payload of Connect's envelope starts; 0: it is none. at_ stays.
  size_t Payload() {
    constexpr std::string_view kSchema = "{\"schema\":";
    if (!text_.substr(at_).starts_with(kSchema)) {
      return 0;
    }
    const size_t start = at_;
    at_ += kSchema.size();
    size_t found = 0;
    std::string_view name;
    if (Skip(0) && Accept(',') && (Spaces(), true) && Text(name) && name == "payload" &&
        Accept(':')) {
      Spaces();
      found = at_;
    }
    at_ = start;
    problem_.clear();
    return found;
  }

  bool Walk(int depth) {
    if (depth > kDepthMax) {
      return Fail("nested too deep");
    }
    Spaces();
    if (Now() == '{') {
      return Members(depth);
    }
    if (Now() == '[') {
      return Items(depth);
    }
    Scalar value;
    if (!Read(value)) {
      return false;
    }
    sink_.Value(value);
    return true;
  }

  bool Members(int depth) {
    ++at_;
    sink_.BeginRecord("object");
    if (!Accept('}')) {
      do {
        Spaces();
        std::string_view name;
        if (!Text(name)) {
          return false;
        }
        if (!Accept(':')) {
          return Fail("no ':' behind a name");
        }
        const bool wanted = sink_.Enter(name);
        if (!(wanted ? Walk(depth + 1) : Skip(depth + 1))) {
          return false;
        }
        if (wanted) {
          sink_.Leave();
          if (sink_.Enough()) {
            return false;
          }
        }
      } while (Accept(','));
      if (!Accept('}')) {
        return Fail("no '}' at an object's end");
      }
    }
    sink_.EndRecord();
    return true;
  }

  bool Items(int depth) {
    ++at_;
    sink_.BeginList("array");
    if (!Accept(']')) {
      size_t index = 0;
      do {
        const bool wanted = sink_.EnterItem(index++);
        if (!(wanted ? Walk(depth + 1) : Skip(depth + 1))) {
          return false;
        }
        if (wanted) {
          sink_.Leave();
          if (sink_.Enough()) {
            return false;
          }
        }
      } while (Accept(','));
      if (!Accept(']')) {
        return Fail("no ']' at an array's end");
      }
    }
    sink_.EndList();
    return true;
  }

  bool Read(Scalar& out) {
    switch (Now()) {
      case '"':
        out.stored = Stored::kText;
        out.word = "string";
        return Text(out.bytes);
      case 't':
        out.stored = Stored::kBoolean;
        out.number = 1;
        out.word = "boolean";
        return Literal("true");
      case 'f':
        out.stored = Stored::kBoolean;
        out.word = "boolean";
        return Literal("false");
      case 'n':
        out.word = "null";
        return Literal("null");
      default:
        out.stored = Stored::kDigits;
        out.word = "number";
        return Digits(out.bytes);
    }
  }

  bool Literal(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) {
      return Fail("no value");
    }
    at_ += word.size();
    return true;
  }

  bool Digits(std::string_view& out) {
    const size_t start = at_;
    while (at_ < text_.size() &&
           std::string_view("+-.0123456789eE").find(text_[at_]) != std::string_view::npos) {
      ++at_;
    }
    out = text_.substr(start, at_ - start);
    if (!Number::Parse(out)) {
      at_ = start;
      return Fail(out.empty() ? "no value" : "a number that is none");
    }
    return true;
  }

  // Without its quotes; a copy only where there are escapes.
  bool Text(std::string_view& out) {
    if (Now() != '"') {
      return Fail("no '\"'");
    }
    const size_t start = ++at_;
    const size_t end = text_.find_first_of("\"\\", start);
    if (end == std::string_view::npos) {
      at_ = text_.size();
      return Fail("a text without end");
    }
    if (text_[end] == '"') {
      out = text_.substr(start, end - start);
      at_ = end + 1;
      return true;
    }
    return Escaped(start, end, out);
  }

  bool Escaped(size_t start, size_t first, std::string_view& out) {
    std::string& copy = copies_.Next();
    copy.assign(text_.substr(start, first - start));
    at_ = first;
    while (Now() != '"') {
      if (at_ >= text_.size()) {
        return Fail("a text without end");
      }
      if (Now() != '\\') {
        const size_t next = std::min(text_.find_first_of("\"\\", at_), text_.size());
        copy += text_.substr(at_, next - at_);
        at_ = next;
        continue;
      }
      ++at_;
      if (!Escape(copy)) {
        return false;
      }
    }
    ++at_;
    out = copy;
    return true;
  }

  bool Escape(std::string& copy) {
    constexpr std::string_view kSigns = "\"\\/bfnrt";
    constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
    const char c = Now();
    if (c == 'u') {
      return Unicode(copy);
    }
    const size_t at = kSigns.find(c);
    if (at == std::string_view::npos || at_ >= text_.size()) {
      return Fail("an escape that is none");
    }
    copy += kMeant[at];
    ++at_;
    return true;
  }

  bool Hex(uint32_t& out) {
    out = 0;
    ++at_;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = Now();
      const char low = static_cast<char>(c | 0x20);
      const bool digit = c >= '0' && c <= '9';
      if (!digit && (low < 'a' || low > 'f')) {
        return Fail("\\u without four hex digits");
      }
      out = out << 4 | static_cast<uint32_t>(digit ? c - '0' : low - 'a' + 10);
    }
    return true;
  }

  bool Unicode(std::string& copy) {
    uint32_t point = 0;
    if (!Hex(point)) {
      return false;
    }
    const bool high = point >= 0xD800 && point < 0xDC00;
    if (high && text_.substr(at_).starts_with("\\u")) {
      uint32_t low = 0;
      ++at_;
      if (!Hex(low)) {
        return false;
      }
      point = low >= 0xDC00 && low < 0xE000 ? 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00)
                                            : 0xFFFD;
    }
    AppendPoint(point >= 0xD800 && point < 0xE000 ? 0xFFFD : point, copy);
    return true;
  }

  static void AppendPoint(uint32_t point, std::string& out) {
    const auto tail = [&](unsigned shift) {
      out += static_cast<char>(0x80 | (point >> shift & 0x3F));
    };
    if (point < 0x80) {
      out += static_cast<char>(point);
    } else if (point < 0x800) {
      out += static_cast<char>(0xC0 | point >> 6);
      tail(0);
    } else if (point < 0x10000) {
      out += static_cast<char>(0xE0 | point >> 12);
      tail(6);
      tail(0);
    } else {
      out += static_cast<char>(0xF0 | point >> 18);
      tail(12);
      tail(6);
      tail(0);
    }
  }

  // Passes over one value: brackets that match, and texts as a whole.
  bool Skip(int depth) {
    Spaces();
    if (Now() == '"') {
      return SkipText();
    }
    if (Now() != '{' && Now() != '[') {
      Scalar value;
      return Read(value);
    }
    do {
      const size_t next = text_.find_first_of("\"{}[]", at_);
      if (next == std::string_view::npos) {
        return Fail("an object or array without end");
      }
      at_ = next;
      const char c = Now();
      if (c == '"') {
        if (!SkipText()) {
          return false;
        }
        continue;
      }
      depth += c == '{' || c == '[' ? 1 : -1;
      ++at_;
      if (depth > kDepthMax + kDepthMax) {
        return Fail("nested too deep");
      }
      opened_ += c == '{' || c == '[' ? 1 : -1;
    } while (opened_ > 0);
    return true;
  }

  bool SkipText() {
    ++at_;
    while (at_ < text_.size()) {
      at_ = std::min(text_.find_first_of("\"\\", at_), text_.size());
      if (Now() == '"') {
        ++at_;
        return true;
      }
      at_ += 2;
    }
    at_ = text_.size();
    return Fail("a text without end");
  }

  std::string_view text_;
  Sink& sink_;
  const Envelope envelope_;
  size_t at_ = 0;
  int opened_ = 0;
  std::string problem_;
  Scratch copies_;
};

}  // namespace rowhouse::browse
