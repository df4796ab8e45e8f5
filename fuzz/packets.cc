// Any bytes of a socket, arriving in pieces of any size: the first byte is the piece.
#include <algorithm>

#include "fuzz/target.h"
#include "mysql/packet_framer.h"

namespace rowhouse {

extern "C" int FUZZ_ENTRY(const uint8_t* data, size_t size) {
  ByteCursor in({data, size});
  const size_t piece = size_t{1} + in.U8() * size_t{16};
  mysql::PacketFramer framer;
  Arena arena;
  while (!in.done()) {
    const auto room = framer.Room();
    const ByteView bytes = in.Bytes(std::min({piece, room.size(), in.left()}));
    std::copy(bytes.begin(), bytes.end(), room.begin());
    framer.Filled(bytes.size());
    while (true) {
      const auto packet = framer.Take(arena);
      if (!packet.has_value() || !packet->has_value()) {
        break;
      }
      fuzz::Use((*packet)->empty() ? 0 : (*packet)->back());
    }
    arena.Clear();
  }
  return 0;
}

}  // namespace rowhouse
