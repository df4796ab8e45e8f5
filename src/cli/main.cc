#include "base/heap.h"
#include "cli/app.h"

int main(int argc, char** argv) {
  rowhouse::TuneHeap();
  return rowhouse::cli::Main({argv + 1, argv + argc});
}
