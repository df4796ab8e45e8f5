#include "mysql/charset.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <iconv.h>

#include "mysql/charset_exceptions.h"

namespace rowhouse::mysql {

namespace {

constexpr std::array kCharsets = {
    Charset{"armscii8", 1},
    Charset{"ascii", 1},
    Charset{"big5", 2, "BIG5"},
    Charset{"binary", 1},
    Charset{"cp1250", 1},
    Charset{"cp1251", 1},
    Charset{"cp1256", 1},
    Charset{"cp1257", 1},
    Charset{"cp850", 1},
    Charset{"cp852", 1},
    Charset{"cp866", 1},
    Charset{"cp932", 2, "CP932"},
    Charset{"dec8", 1},
    Charset{"eucjpms", 3, "EUC-JP-MS"},
    Charset{"euckr", 2, "UHC"},
    Charset{"gb18030", 4, "GB18030"},
    Charset{"gb2312", 2, "EUC-CN"},
    Charset{"gbk", 2, "GBK"},
    Charset{"geostd8", 1},
    Charset{"greek", 1},
    Charset{"hebrew", 1},
    Charset{"hp8", 1},
    Charset{"keybcs2", 1},
    Charset{"koi8r", 1},
    Charset{"koi8u", 1},
    Charset{"latin1", 1},
    Charset{"latin2", 1},
    Charset{"latin5", 1},
    Charset{"latin7", 1},
    Charset{"macce", 1},
    Charset{"macroman", 1},
    Charset{"sjis", 2, "CP932"},
    Charset{"swe7", 1},
    Charset{"tis620", 1},
    Charset{"ucs2", 2, "UCS-2BE"},
    Charset{"ujis", 3, "EUC-JP-MS"},
    Charset{"utf16", 4, "UTF-16BE"},
    Charset{"utf16le", 4, "UTF-16LE"},
    Charset{"utf32", 4, "UTF-32BE"},
    Charset{"utf8mb3", 3},
    Charset{"utf8mb4", 4},
};

const Charset* FindCharset(std::string_view name) {
  const auto* const found = std::find_if(kCharsets.begin(), kCharsets.end(), [&](const Charset& c) {
    return c.name == name;
  });
  return found == kCharsets.end() ? nullptr : found;
}

// Collation ids from `first` to `last` of one character set, in ascending order.
struct CollationRange {
  uint16_t first;
  uint16_t last;
  std::string_view charset;
};

constexpr auto kRanges = std::to_array<CollationRange>({
    {1, 1, "big5"},        {2, 2, "latin2"},        {3, 3, "dec8"},          {4, 4, "cp850"},
    {5, 5, "latin1"},      {6, 6, "hp8"},           {7, 7, "koi8r"},         {8, 8, "latin1"},
    {9, 9, "latin2"},      {10, 10, "swe7"},        {11, 11, "ascii"},       {12, 12, "ujis"},
    {13, 13, "sjis"},      {14, 14, "cp1251"},      {15, 15, "latin1"},      {16, 16, "hebrew"},
    {18, 18, "tis620"},    {19, 19, "euckr"},       {20, 20, "latin7"},      {21, 21, "latin2"},
    {22, 22, "koi8u"},     {23, 23, "cp1251"},      {24, 24, "gb2312"},      {25, 25, "greek"},
    {26, 26, "cp1250"},    {27, 27, "latin2"},      {28, 28, "gbk"},         {29, 29, "cp1257"},
    {30, 30, "latin5"},    {31, 31, "latin1"},      {32, 32, "armscii8"},    {33, 33, "utf8mb3"},
    {34, 34, "cp1250"},    {35, 35, "ucs2"},        {36, 36, "cp866"},       {37, 37, "keybcs2"},
    {38, 38, "macce"},     {39, 39, "macroman"},    {40, 40, "cp852"},       {41, 42, "latin7"},
    {43, 43, "macce"},     {44, 44, "cp1250"},      {45, 46, "utf8mb4"},     {47, 49, "latin1"},
    {50, 52, "cp1251"},    {53, 53, "macroman"},    {54, 55, "utf16"},       {56, 56, "utf16le"},
    {57, 57, "cp1256"},    {58, 59, "cp1257"},      {60, 61, "utf32"},       {62, 62, "utf16le"},
    {63, 63, "binary"},    {64, 64, "armscii8"},    {65, 65, "ascii"},       {66, 66, "cp1250"},
    {67, 67, "cp1256"},    {68, 68, "cp866"},       {69, 69, "dec8"},        {70, 70, "greek"},
    {71, 71, "hebrew"},    {72, 72, "hp8"},         {73, 73, "keybcs2"},     {74, 74, "koi8r"},
    {75, 75, "koi8u"},     {76, 76, "utf8mb3"},     {77, 77, "latin2"},      {78, 78, "latin5"},
    {79, 79, "latin7"},    {80, 80, "cp850"},       {81, 81, "cp852"},       {82, 82, "swe7"},
    {83, 83, "utf8mb3"},   {84, 84, "big5"},        {85, 85, "euckr"},       {86, 86, "gb2312"},
    {87, 87, "gbk"},       {88, 88, "sjis"},        {89, 89, "tis620"},      {90, 90, "ucs2"},
    {91, 91, "ujis"},      {92, 93, "geostd8"},     {94, 94, "latin1"},      {95, 96, "cp932"},
    {97, 98, "eucjpms"},   {99, 99, "cp1250"},      {101, 124, "utf16"},     {128, 151, "ucs2"},
    {159, 159, "ucs2"},    {160, 183, "utf32"},     {192, 215, "utf8mb3"},   {223, 223, "utf8mb3"},
    {224, 247, "utf8mb4"}, {248, 250, "gb18030"},   {255, 271, "utf8mb4"},   {273, 275, "utf8mb4"},
    {277, 294, "utf8mb4"}, {296, 298, "utf8mb4"},   {300, 300, "utf8mb4"},   {303, 323, "utf8mb4"},
    {576, 578, "utf8mb3"}, {608, 610, "utf8mb4"},   {640, 642, "ucs2"},      {672, 674, "utf16"},
    {736, 738, "utf32"},   {2048, 2303, "utf8mb3"}, {2304, 2559, "utf8mb4"}, {2560, 2815, "ucs2"},
    {2816, 3071, "utf16"}, {3072, 3327, "utf32"},
});

// MariaDB's NO PAD collations: the id of the padding one and 1024.
constexpr uint32_t kNoPadOffset = 1024;
constexpr uint32_t kNoPadEnd = 2048;

// Where iconv's closest set differs from the servers' (found by converting every character
// by both): the character it gives and the one that is meant.
struct Difference {
  std::string_view iconv;
  std::string_view meant;
};

constexpr auto kJapaneseDifferences = std::to_array<Difference>({
    {"\uFF3C", "\\"},
    {"\uFF5E", "\u301C"},
    {"\u2225", "\u2016"},
    {"\uFF0D", "\u2212"},
    {"\uFFE0", "\u00A2"},
    {"\uFFE1", "\u00A3"},
    {"\uFFE2", "\u00AC"},
    {"\uFFE4", "\u00A6"},
});

// Most bytes are told apart by this alone.
constexpr bool MayDiffer(uint8_t first) {
  return first == 0xE2 || first == 0xEF;
}

static_assert(std::ranges::all_of(kJapaneseDifferences, [](const Difference& d) {
  return MayDiffer(static_cast<uint8_t>(d.iconv[0]));
}));

uint8_t* MendJapanese(uint8_t* begin, const uint8_t* end) {
  uint8_t* out = begin;
  while (begin < end) {
    if (!MayDiffer(*begin)) {
      *out++ = *begin++;
      continue;
    }
    const std::string_view left(
        reinterpret_cast<const char*>(begin), static_cast<size_t>(end - begin)
    );
    const auto* const found = std::find_if(
        kJapaneseDifferences.begin(),
        kJapaneseDifferences.end(),
        [&](const Difference& d) { return left.starts_with(d.iconv); }
    );
    if (found == kJapaneseDifferences.end()) {
      *out++ = *begin++;
    } else {
      begin += found->iconv.size();
      std::memcpy(out, found->meant.data(), found->meant.size());  // never longer
      out += found->meant.size();
    }
  }
  return out;
}

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

uint8_t* PutText(std::string_view text, uint8_t* out) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

// Basic plane only.
uint8_t* PutUtf8(char16_t c, uint8_t* out) {
  if (c < 0x80) {
    *out++ = static_cast<uint8_t>(c);
  } else if (c < 0x800) {
    *out++ = static_cast<uint8_t>(0xC0 | c >> 6);
    *out++ = static_cast<uint8_t>(0x80 | (c & 0x3F));
  } else {
    *out++ = static_cast<uint8_t>(0xE0 | c >> 12);
    *out++ = static_cast<uint8_t>(0x80 | (c >> 6 & 0x3F));
    *out++ = static_cast<uint8_t>(0x80 | (c & 0x3F));
  }
  return out;
}

// Bytes of the well-formed character at the start of `s`; 0 when there is none.
size_t Utf8CharacterBytes(ByteView s) {
  const uint8_t b = s[0];
  if (b < 0x80) {
    return 1;
  }
  const auto tail = [&](size_t i, uint8_t low = 0x80, uint8_t high = 0xBF) {
    return i < s.size() && s[i] >= low && s[i] <= high;
  };
  if (b >= 0xC2 && b <= 0xDF) {
    return tail(1) ? 2 : 0;
  }
  if (b >= 0xE0 && b <= 0xEF) {
    const uint8_t low = b == 0xE0 ? 0xA0 : 0x80;
    const uint8_t high = b == 0xED ? 0x9F : 0xBF;
    return tail(1, low, high) && tail(2) ? 3 : 0;
  }
  if (b >= 0xF0 && b <= 0xF4) {
    const uint8_t low = b == 0xF0 ? 0x90 : 0x80;
    const uint8_t high = b == 0xF4 ? 0x8F : 0xBF;
    return tail(1, low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

// Bytes of the ASCII text that `bytes` begins with.
size_t AsciiPrefix(ByteView bytes) {
  constexpr uint64_t kHighBits = 0x8080'8080'8080'8080;
  size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, sizeof(word));
    if ((word & kHighBits) != 0) {
      break;
    }
  }
  while (i < bytes.size() && bytes[i] < 0x80) {
    ++i;
  }
  return i;
}

}  // namespace

const Charset* CharsetOfCollation(uint32_t collation) {
  if (collation >= kNoPadOffset && collation < kNoPadEnd) {
    collation -= kNoPadOffset;
  }
  const auto* const range = std::lower_bound(
      kRanges.begin(),
      kRanges.end(),
      collation,
      [](const CollationRange& r, uint32_t id) { return r.last < id; }
  );
  if (range == kRanges.end() || collation < range->first) {
    return nullptr;
  }
  return FindCharset(range->charset);
}

bool IsAscii(ByteView bytes) {
  return AsciiPrefix(bytes) == bytes.size();
}

bool IsUtf8(ByteView bytes) {
  while (true) {
    bytes = bytes.subspan(AsciiPrefix(bytes));
    if (bytes.empty()) {
      return true;
    }
    while (!bytes.empty() && bytes[0] >= 0x80) {
      const size_t n = Utf8CharacterBytes(bytes);
      if (n == 0) {
        return false;
      }
      bytes = bytes.subspan(n);
    }
  }
}

Result<TextConverter> TextConverter::Open(const Charset& charset) {
  TextConverter out;
  if (charset.utf8()) {
    return out;
  }
  if (charset.name == "ascii") {
    out.way_ = Way::kAscii;
    return out;
  }
  if (charset.name == "swe7") {
    out.way_ = Way::kSwedish;
    out.extends_ascii_ = false;
    return out;
  }
  out.table_ = FindCharsetTable(charset.name);
  if (out.table_ != nullptr) {
    out.way_ = Way::kTable;
    return out;
  }
  const Error none(
      ErrorKind::kUnsupported,
      fmt::format("character set {} has no converter to UTF-8", charset.name)
  );
  if (charset.iconv_name == nullptr) {
    return none;
  }
  out.way_ = Way::kIconv;
  out.name_ = charset.name;
  out.exceptions_ = ExceptionsOf(charset.name);
  out.mend_japanese_ = charset.name == "sjis" || charset.name == "ujis";
  out.extends_ascii_ = !charset.name.starts_with("utf") && charset.name != "ucs2";
  iconv_t handle = iconv_open("UTF-8", charset.iconv_name);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): POSIX's own value for "failed"
  if (handle == reinterpret_cast<iconv_t>(-1)) {
    return none;
  }
  out.iconv_ = handle;
  return out;
}

TextConverter::TextConverter(TextConverter&& other) noexcept
    : way_(other.way_),
      extends_ascii_(other.extends_ascii_),
      mend_japanese_(other.mend_japanese_),
      name_(other.name_),
      exceptions_(other.exceptions_),
      table_(other.table_),
      iconv_(std::exchange(other.iconv_, nullptr)),
      damaged_(other.damaged_) {}

TextConverter& TextConverter::operator=(TextConverter&& other) noexcept {
  way_ = other.way_;
  extends_ascii_ = other.extends_ascii_;
  mend_japanese_ = other.mend_japanese_;
  name_ = other.name_;
  exceptions_ = other.exceptions_;
  table_ = other.table_;
  damaged_ = other.damaged_;
  std::swap(iconv_, other.iconv_);
  return *this;
}

TextConverter::~TextConverter() {
  if (iconv_ != nullptr) {
    iconv_close(iconv_);
  }
}

std::string_view TextConverter::ToUtf8(ByteView raw, Arena& arena) {
  const bool as_is = extends_ascii_ && (way_ == Way::kUtf8 ? IsUtf8(raw) : IsAscii(raw));
  if (as_is) [[likely]] {
    return AsText(raw);
  }
  uint8_t* const out = arena.Allocate(RoomFor(raw.size()));
  const auto n = static_cast<size_t>(Convert(raw, out) - out);
  arena.ShrinkLast(out, n);
  return AsText({out, n});
}

std::string TextConverter::ToUtf8(std::string_view raw) {
  std::string out(RoomFor(raw.size()), '\0');
  auto* const begin = reinterpret_cast<uint8_t*>(out.data());
  out.resize(static_cast<size_t>(Convert(AsBytes(raw), begin) - begin));
  return out;
}

// No byte becomes more than three: a replacement, or a table's character.
size_t TextConverter::RoomFor(size_t raw_bytes) const {
  return raw_bytes * 3;
}

uint8_t* TextConverter::Convert(ByteView raw, uint8_t* out) {
  switch (way_) {
    case Way::kTable:
      return ByTable(raw, out);
    case Way::kIconv:
      return exceptions_.empty() ? ByIconv(raw, out, RoomFor(raw.size()))
                                 : ByIconvWithExceptions(raw, out);
    case Way::kSwedish:
      return Swedish(raw, out);
    case Way::kAscii:
      for (const uint8_t b : raw) {
        damaged_ += b >> 7;
        out = b < 0x80 ? PutUtf8(b, out) : PutText(kReplacement, out);
      }
      return out;
    default:
      return RepairUtf8(raw, out);
  }
}

uint8_t* TextConverter::RepairUtf8(ByteView raw, uint8_t* out) {
  while (!raw.empty()) {
    const size_t n = Utf8CharacterBytes(raw);
    if (n == 0) {
      ++damaged_;
      out = PutText(kReplacement, out);
    } else {
      out = PutText(AsText(raw.first(n)), out);
    }
    raw = raw.subspan(std::max<size_t>(n, 1));
  }
  return out;
}

uint8_t* TextConverter::ByTable(ByteView raw, uint8_t* out) {
  constexpr char16_t kNone = 0xFFFD;
  for (const uint8_t b : raw) {
    const char16_t c = b < 0x80 ? b : (*table_)[b - 0x80];
    damaged_ += c == kNone ? 1 : 0;
    out = PutUtf8(c, out);
  }
  return out;
}

// ISO 646 of Sweden: letters in place of some signs of ASCII.
uint8_t* TextConverter::Swedish(ByteView raw, uint8_t* out) {
  constexpr std::string_view kSigns = "@[\\]^`{|}~";
  constexpr std::u16string_view kLetters = u"ÉÄÖÅÜéäöåü";
  constexpr char16_t kNone = 0xFFFD;
  for (const uint8_t b : raw) {
    const size_t letter = kSigns.find(static_cast<char>(b));
    damaged_ += b >> 7;
    out = PutUtf8(
        b >= 0x80                          ? kNone
        : letter == std::string_view::npos ? static_cast<char16_t>(b)
                                           : kLetters[letter],
        out
    );
  }
  return out;
}

// Runs without an exception go through iconv whole.
uint8_t* TextConverter::ByIconvWithExceptions(ByteView raw, uint8_t* out) {
  ByteView run = raw.first(0);
  const auto convert_run = [&] {
    out = run.empty() ? out : ByIconv(run, out, RoomFor(run.size()));
  };
  while (!raw.empty()) {
    const size_t bytes = CharacterBytes(name_, raw);
    const auto character = static_cast<uint32_t>(ByteCursor(raw).BigEndian(bytes));
    const CharsetException* const exception = FindException(exceptions_, character);
    if (exception == nullptr) {
      run = ByteView(run.empty() ? raw.data() : run.data(), run.size() + bytes);
    } else {
      convert_run();
      run = {};
      out = PutUtf8(static_cast<char16_t>(exception->meant + (character - exception->first)), out);
    }
    raw = raw.subspan(bytes);
  }
  convert_run();
  return out;
}

uint8_t* TextConverter::ByIconv(ByteView raw, uint8_t* out, size_t room) {
  // iconv's signature is not const-correct; it does not write to its input.
  char* in =
      const_cast<char*>(AsText(raw).data());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  size_t in_left = raw.size();
  char* to = reinterpret_cast<char*>(out);
  iconv(iconv_, nullptr, nullptr, nullptr, nullptr);
  while (in_left > 0) {
    if (iconv(iconv_, &in, &in_left, &to, &room) != static_cast<size_t>(-1)) {
      break;
    }
    if (errno == E2BIG || room < kReplacement.size()) {
      damaged_ += in_left;  // can't be: a character has at least a third of its UTF-8
      break;
    }
    ++damaged_;
    std::memcpy(to, kReplacement.data(), kReplacement.size());
    to += kReplacement.size();
    room -= kReplacement.size();
    ++in;
    --in_left;
  }
  auto* const end = reinterpret_cast<uint8_t*>(to);
  return mend_japanese_ ? MendJapanese(out, end) : end;
}

}  // namespace rowhouse::mysql
