#include "model/change.h"

namespace rowhouse {

char OpLetter(Op op) {
  static constexpr char kLetters[] = {'r', 'c', 'u', 'd', 't'};
  return kLetters[static_cast<size_t>(op)];
}

void ChangeBatch::Clear() {
  arena.Clear();
  changes.clear();
  notices.clear();
  transactions.clear();
  places.clear();
  origins.clear();
  tables.clear();
  resume = {};
  end = {};
  at_boundary = true;
  drained = true;
}

}  // namespace rowhouse
