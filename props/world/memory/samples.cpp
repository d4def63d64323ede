#include "props/world/memory/samples.hpp"

#include <memory>

namespace poolproof::samples {

int plain_counter = 0;
std::atomic<int> atomic_counter = 0;

void start_counting() { plain_counter = atomic_counter = 0; }
int counted_plainly() { return plain_counter; }
int counted_atomically() { return atomic_counter; }

void count_plainly() { ++plain_counter; }
void count_atomically() { ++atomic_counter; }
void count_in_two_steps() { atomic_counter.store(atomic_counter.load() + 1); }

void send(Message& message, std::memory_order order) {
  message.data = 42;
  message.there.store(true, order);
}

int receive(Message& message, std::memory_order order) {
  return message.there.load(order) ? message.data : -1;
}

void send_with_fence(Message& message) {
  message.data = 42;
  std::atomic_thread_fence(std::memory_order_release);
  message.there.store(true, std::memory_order_relaxed);
}

int receive_with_fence(Message& message) {
  if (!message.there.load(std::memory_order_relaxed)) return -1;
  std::atomic_thread_fence(std::memory_order_acquire);
  return message.data;
}

void SpinLock::lock() {
  while (taken.test_and_set(std::memory_order_acquire)) {
  }
}

void SpinLock::unlock() { taken.clear(std::memory_order_release); }

void count_locked(SpinLock& lock, bool unlock) {
  lock.lock();
  ++plain_counter;
  if (unlock) lock.unlock();
}

bool take_once(std::atomic<int>& state) {
  int expected = 0;
  return state.compare_exchange_weak(expected, 1);
}

volatile bool volatile_flag = false;

void wait_for_volatile_flag() {
  while (!volatile_flag) {
  }
}

void set_volatile_flag() { volatile_flag = true; }
void clear_volatile_flag() { volatile_flag = false; }

namespace {

// The optimizer must not see that nobody looks.
template <class T>
void keep(T* address) {
  asm volatile("" : : "r"(address) : "memory");
}

struct Block {
  int words[16];
};

}  // namespace

void use_the_heap() {
  const auto block = std::make_unique<Block>();
  for (int& word : block->words) word = 7;
  keep(block.get());
}

std::string build_a_text() {
  std::string text;
  for (int i = 0; i < 100; ++i) text += static_cast<char>('a' + i % 26);
  return text;
}

void use_the_stack() {
  Block block;
  for (int& word : block.words) word = 7;
  keep(&block);
}

namespace {

thread_local int thread_counter = 0;

}  // namespace

char bytes[8];

int count_thread_locally() { return ++thread_counter; }

void write_byte(int index) { bytes[index] = 1; }

char made_once() {
  static const std::string text = build_a_text();
  return text.front();
}

namespace {

template <class T>
bool operations_are_right() {
  constexpr int kOrder = __ATOMIC_SEQ_CST;
  const auto t = [](int value) { return static_cast<T>(value); };
  T word = 12;
  bool right = __atomic_load_n(&word, kOrder) == 12;
  __atomic_store_n(&word, t(10), kOrder);
  right &= __atomic_exchange_n(&word, t(6), kOrder) == 10;
  right &= __atomic_fetch_add(&word, t(4), kOrder) == 6;
  right &= __atomic_fetch_sub(&word, t(7), kOrder) == 10;
  right &= __atomic_fetch_and(&word, t(6), kOrder) == 3;
  right &= __atomic_fetch_or(&word, t(9), kOrder) == 2;
  right &= __atomic_fetch_xor(&word, t(1), kOrder) == 11;
  right &= __atomic_fetch_nand(&word, t(12), kOrder) == 10;
  right &= word == t(~8);
  T expected = 1;
  right &= !__atomic_compare_exchange_n(&word, &expected, t(5), false, kOrder, kOrder);
  right &= expected == word;
  right &= __atomic_compare_exchange_n(&word, &expected, t(5), false, kOrder, kOrder);
  right &= word == 5;
  expected = 5;
  right &= __atomic_compare_exchange_n(&word, &expected, t(9), true, kOrder, kOrder);
  return right && word == 9;
}

}  // namespace

bool every_atomic_operation_is_right() {
  return operations_are_right<std::uint8_t>() && operations_are_right<std::uint16_t>() &&
         operations_are_right<std::uint32_t>() && operations_are_right<std::uint64_t>() &&
         operations_are_right<unsigned __int128>();
}

}  // namespace poolproof::samples
