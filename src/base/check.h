#pragma once

#include <cstdio>
#include <cstdlib>

// Stops the process where one of our own assumptions is wrong. Always on.
// For our bugs, never for input: bad input is an Error.
#define CHECK(condition)                                                                 \
  do {                                                                                   \
    if (!(condition)) [[unlikely]] {                                                     \
      std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)
