#include "chserver/stream_format.h"

#include <gtest/gtest.h>

namespace rowhouse::chserver {
namespace {

std::string Join(std::string_view format, std::initializer_list<std::string_view> pieces) {
  PieceJoiner joiner(format);
  EXPECT_TRUE(joiner.streamable()) << format;
  std::string all;
  for (const auto piece : pieces) {
    all += joiner.Next(piece);
  }
  return all;
}

TEST(PieceJoiner, KeepsTheNamesOfTheFirstPieceOnly) {
  EXPECT_EQ(Join("TSV", {"a\n", "a\n"}), "a\na\n");
  EXPECT_EQ(Join("TSVWithNames", {"a\n1\n", "a\n2\n"}), "a\n1\n2\n");
  EXPECT_EQ(
      Join("CSVWithNamesAndTypes", {"\"a\nb\"\n\"Int\"\n1\n", "\"a\nb\"\n\"Int\"\n2\n"}),
      "\"a\nb\"\n\"Int\"\n1\n2\n"
  );
}

TEST(PieceJoiner, CutsBinaryNames) {
  const std::string head =
      "\x02\x01"
      "a\x01"
      "b\x05"
      "UInt8\x05"
      "UInt8";
  EXPECT_EQ(Join("RowBinaryWithNamesAndTypes", {head + "12", head + "34"}), head + "1234");
}

TEST(PieceJoiner, RefusesFormatsOfOneDocument) {
  for (const auto* format :
       {"JSON",
        "JSONCompact",
        "Parquet",
        "XML",
        "PrettyCompact",
        "ArrowStream",
        "TemplateWithNames"}) {
    EXPECT_FALSE(PieceJoiner(format).streamable()) << format;
  }
}

TEST(ContentType, FollowsTheFormat) {
  EXPECT_EQ(ContentTypeOf("JSONCompact"), "application/json; charset=UTF-8");
  EXPECT_EQ(ContentTypeOf("JSONEachRow"), "application/x-ndjson; charset=UTF-8");
  EXPECT_EQ(ContentTypeOf("Native"), "application/octet-stream");
}

}  // namespace
}  // namespace rowhouse::chserver
