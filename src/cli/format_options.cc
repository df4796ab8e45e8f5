#include "cli/format_options.h"

#include <utility>

#include <fmt/format.h>

namespace rowhouse::cli {

namespace {

types::DecimalMode DecimalOf(const std::string& word) {
  return word == "double"   ? types::DecimalMode::kDouble
         : word == "string" ? types::DecimalMode::kString
                            : types::DecimalMode::kPrecise;
}

types::TimeMode TimeOf(const std::string& word) {
  return word == "connect"        ? types::TimeMode::kConnect
         : word == "isostring"    ? types::TimeMode::kIsoString
         : word == "microseconds" ? types::TimeMode::kMicros
         : word == "nanoseconds"  ? types::TimeMode::kNanos
                                  : types::TimeMode::kAdaptive;
}

types::BinaryMode BinaryOf(const std::string& word) {
  return word == "base64"            ? types::BinaryMode::kBase64
         : word == "base64-url-safe" ? types::BinaryMode::kBase64Url
         : word == "hex"             ? types::BinaryMode::kHex
                                     : types::BinaryMode::kBytes;
}

types::NameMode NamesOf(const std::string& word) {
  return word == "none"           ? types::NameMode::kNone
         : word == "avro_unicode" ? types::NameMode::kAvroUnicode
                                  : types::NameMode::kAvro;
}

// "a, b" -> {"a", "b"}.
std::vector<std::string> Words(std::string_view list) {
  std::vector<std::string> words;
  while (true) {
    const size_t comma = list.find(',');
    std::string_view word = list.substr(0, comma);
    while (word.starts_with(' ')) {
      word.remove_prefix(1);
    }
    while (word.ends_with(' ')) {
      word.remove_suffix(1);
    }
    if (!word.empty()) {
      words.emplace_back(word);
    }
    if (comma == std::string_view::npos) {
      return words;
    }
    list.remove_prefix(comma + 1);
  }
}

Error Misread(const char* option, const std::string& entry, const Error& why) {
  return Error(ErrorKind::kConfig, fmt::format("{} {}: {}", option, entry, why.message()))
      .WithCode("E-CFG-016")
      .WithHint(why.hint());
}

}  // namespace

Result<types::Format> FormatOf(const config::Config& config) {
  const config::Format& f = config.format;
  types::Format format;
  format.decimal = DecimalOf(f.decimal);
  format.time = TimeOf(f.time);
  format.unsigned_bigint = f.bigint_unsigned == "precise" ? types::UnsignedBigintMode::kPrecise
                                                          : types::UnsignedBigintMode::kLong;
  format.binary = BinaryOf(f.binary);
  format.schema_names = NamesOf(f.schema_names);
  format.field_names = NamesOf(f.field_names);
  format.include_columns = ROWHOUSE_TRY(ParseNamePatterns(config.source.columns));
  format.exclude_columns = ROWHOUSE_TRY(ParseNamePatterns(config.source.exclude_columns));
  for (const auto& [pattern, what] : f.columns) {
    auto columns = NamePattern::Parse(pattern);
    auto treatment = types::Treatment::Parse(what);
    if (!columns || !treatment) {
      return Misread("format.columns", pattern, columns ? treatment.error() : columns.error());
    }
    format.treatments.push_back({*std::move(columns), *std::move(treatment)});
  }
  for (const auto& [pattern, columns] : f.key_columns) {
    auto tables = NamePattern::Parse(pattern);
    if (!tables) {
      return Misread("format.key_columns", pattern, tables.error());
    }
    format.keys.push_back({*std::move(tables), Words(columns)});
    if (format.keys.back().columns.empty()) {
      const Error none =
          Error(ErrorKind::kConfig, "no column is named").WithHint("write \"c1,c2\"");
      return Misread("format.key_columns", pattern, none);
    }
  }
  return format;
}

}  // namespace rowhouse::cli
