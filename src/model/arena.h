#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace rowhouse {

// Memory for the bytes and cells of one batch, given back all at once.
//
// A row costs no allocation of its own: packets are read into the arena, cells
// point into them, and Clear() keeps the blocks for the next batch.
//
// Threads: one owner at a time; moves between threads with its batch.
// Units:   bytes() is what has been handed out since Clear().
class Arena {
 public:
  static constexpr size_t kBlockBytes = size_t{256} * 1024;

  Arena() = default;
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;

  // Uninitialised memory, aligned to 8 bytes, good until Clear(). Runs larger than
  // a block get a block of their own.
  uint8_t* Allocate(size_t bytes);

  template <typename T>
  T* AllocateArray(size_t n) {
    static_assert(alignof(T) <= 8 && std::is_trivially_destructible_v<T>);
    return reinterpret_cast<T*>(Allocate(n * sizeof(T)));
  }

  std::string_view Copy(std::string_view text);

  // Gives back the tail of the last Allocate(): `used` bytes of it stay.
  void ShrinkLast(uint8_t* last, size_t used);

  // Hands over the block of its own that holds `inside`; null where that lies in a shared one.
  std::unique_ptr<uint8_t[]> Detach(const uint8_t* inside);

  // Forgets everything; keeps ordinary blocks, frees the outsized ones.
  void Clear();

  size_t bytes() const { return bytes_; }

  // Memory held, used or not.
  size_t capacity() const;

 private:
  struct Block {
    std::unique_ptr<uint8_t[]> data;
    size_t size = 0;
  };

  void NextBlock();

  std::vector<Block> blocks_;
  std::vector<Block> outsized_;
  size_t used_blocks_ = 0;
  uint8_t* at_ = nullptr;
  uint8_t* end_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace rowhouse
