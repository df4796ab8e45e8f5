#include "clickhouse/exception.h"

#include <gtest/gtest.h>

namespace rowhouse::clickhouse {
namespace {

TEST(Exception, KindSaysWhatToDoNext) {
  const struct {
    int code;
    ErrorKind kind;
  } rows[] = {
      {192, ErrorKind::kAuth},          {193, ErrorKind::kAuth},
      {194, ErrorKind::kAuth},          {497, ErrorKind::kAuth},
      {516, ErrorKind::kAuth},          {60, ErrorKind::kNotFound},
      {81, ErrorKind::kNotFound},       {8, ErrorKind::kSchemaChanged},
      {10, ErrorKind::kSchemaChanged},  {16, ErrorKind::kSchemaChanged},
      {20, ErrorKind::kSchemaChanged},  {53, ErrorKind::kSchemaChanged},
      {122, ErrorKind::kSchemaChanged}, {6, ErrorKind::kBadRecord},
      {26, ErrorKind::kBadRecord},      {27, ErrorKind::kBadRecord},
      {33, ErrorKind::kBadRecord},      {38, ErrorKind::kBadRecord},
      {41, ErrorKind::kBadRecord},      {72, ErrorKind::kBadRecord},
      {117, ErrorKind::kBadRecord},     {56, ErrorKind::kConfig},
      {115, ErrorKind::kConfig},        {164, ErrorKind::kConfig},
      {48, ErrorKind::kUnsupported},    {50, ErrorKind::kUnsupported},
      {159, ErrorKind::kUnavailable},   {202, ErrorKind::kUnavailable},
      {209, ErrorKind::kUnavailable},   {210, ErrorKind::kUnavailable},
      {225, ErrorKind::kUnavailable},   {236, ErrorKind::kUnavailable},
      {241, ErrorKind::kUnavailable},   {242, ErrorKind::kUnavailable},
      {243, ErrorKind::kUnavailable},   {252, ErrorKind::kUnavailable},
      {279, ErrorKind::kUnavailable},   {319, ErrorKind::kUnavailable},
      {439, ErrorKind::kUnavailable},   {473, ErrorKind::kUnavailable},
      {999, ErrorKind::kUnavailable},   {62, ErrorKind::kInternal},
      {0, ErrorKind::kInternal},
  };

  for (const auto& row : rows) {
    EXPECT_EQ(KindOfException(row.code), row.kind) << row.code;
  }
}

TEST(Exception, KeepsCodeAndFirstLineWithoutTheVersion) {
  const Error error = ExceptionOf(
      404,
      "Code: 60. DB::Exception: Table a.b does not exist. (UNKNOWN_TABLE) (version 26.7.2.1)\nat "
      "x\n"
  );
  EXPECT_EQ(error.message(), "Code: 60. DB::Exception: Table a.b does not exist. (UNKNOWN_TABLE)");
  EXPECT_EQ(error.native(), 60);
  EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
}

TEST(Exception, JudgesAnswersOfOtherServersByTheirStatus) {
  EXPECT_EQ(ExceptionOf(403, "no").kind(), ErrorKind::kAuth);
  EXPECT_EQ(ExceptionOf(404, "<html>").kind(), ErrorKind::kConfig);
  EXPECT_EQ(ExceptionOf(502, "bad gateway").kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(ExceptionOf(502, "bad gateway").native(), 502);
}

}  // namespace
}  // namespace rowhouse::clickhouse
