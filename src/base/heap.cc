#include "base/heap.h"

#include <malloc.h>

namespace rowhouse {

void TuneHeap() {
  constexpr int kMiB = 1 << 20;
  // NOLINTBEGIN(concurrency-mt-unsafe): before the first thread
  mallopt(M_MMAP_THRESHOLD, 4 * kMiB);
  mallopt(M_TRIM_THRESHOLD, 64 * kMiB);
  mallopt(M_TOP_PAD, kMiB);
  // NOLINTEND(concurrency-mt-unsafe)
}

void ReturnFreeHeap() {
  malloc_trim(0);
}

}  // namespace rowhouse
