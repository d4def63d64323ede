#include "props/world/sync/futexes.hpp"

#include <linux/futex.h>

#include <algorithm>
#include <cerrno>

namespace poolproof::world::sync {
namespace {

// The encoding of FUTEX_WAKE_OP: see futex(2).
struct Change {
  explicit Change(unsigned code)
      : operation(code >> 28U & 7U),
        comparison(code >> 24U & 15U),
        operand(extend(code >> 12U)),
        compared(extend(code)) {
    const bool shifted = (code >> 28U & FUTEX_OP_OPARG_SHIFT) != 0;
    if (shifted) operand = static_cast<int>(1U << (static_cast<unsigned>(operand) & 31U));
  }

  // Twelve bits with a sign.
  static int extend(unsigned code) {
    const auto low = static_cast<int>(code & 0xfffU);
    return low < 0x800 ? low : low - 0x1000;
  }

  [[nodiscard]] bool operation_exists() const { return operation <= FUTEX_OP_XOR; }
  [[nodiscard]] bool comparison_exists() const { return comparison <= FUTEX_OP_CMP_GE; }

  int apply(int* word) const {
    switch (operation) {
      case FUTEX_OP_SET: return __atomic_exchange_n(word, operand, __ATOMIC_SEQ_CST);
      case FUTEX_OP_ADD: return __atomic_fetch_add(word, operand, __ATOMIC_SEQ_CST);
      case FUTEX_OP_OR: return __atomic_fetch_or(word, operand, __ATOMIC_SEQ_CST);
      case FUTEX_OP_ANDN: return __atomic_fetch_and(word, ~operand, __ATOMIC_SEQ_CST);
      default: return __atomic_fetch_xor(word, operand, __ATOMIC_SEQ_CST);
    }
  }

  [[nodiscard]] bool holds(int old) const {
    switch (comparison) {
      case FUTEX_OP_CMP_EQ: return old == compared;
      case FUTEX_OP_CMP_NE: return old != compared;
      case FUTEX_OP_CMP_LT: return old < compared;
      case FUTEX_OP_CMP_LE: return old <= compared;
      case FUTEX_OP_CMP_GT: return old > compared;
      default: return old >= compared;
    }
  }

  unsigned operation;
  unsigned comparison;
  int operand;
  int compared;
};

int load(const int* word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }

}  // namespace

unsigned& Futexes::bits_of(const Task& task) {
  const auto index = static_cast<std::size_t>(task.id);
  if (index >= bits_.size()) bits_.resize(index + 1, kAllBits);
  return bits_[index];
}

// Nothing runs between the look at the word and the sleep: whoever changes it and then wakes is
// seen here or finds a sleeper.
int Futexes::wait(const int* word, int expected, std::optional<Deadline> deadline, unsigned bits) {
  scheduler_.point({OperationKind::wait, word});
  if (load(word) != expected) return EAGAIN;
  bits_of(scheduler_.current()) = bits;
  return scheduler_.block({OperationKind::wait, word}, deadline) ? 0 : ETIMEDOUT;
}

// Whom it wakes is a choice each time.
int Futexes::wake_now(const int* word, int most, unsigned bits) {
  int woken = 0;
  while (woken < most) {
    auto& waiters = scheduler_.blocked_on({OperationKind::wait, word});
    std::erase_if(waiters, [&](const Task* task) { return (bits_of(*task) & bits) == 0; });
    if (waiters.empty()) {
      if (woken == 0) scheduler_.signalled_nobody(word);
      break;
    }
    const auto count = static_cast<std::uint32_t>(waiters.size());
    scheduler_.wake(*waiters[scheduler_.choose(Stream::waiter, count)]);
    ++woken;
  }
  return woken;
}

int Futexes::wake(const int* word, int most, unsigned bits) {
  scheduler_.point({OperationKind::signal, word});
  return wake_now(word, most, bits);
}

std::optional<Futexes::Requeued> Futexes::requeue(const int* word, std::optional<int> expected,
                                                  int most_woken, const int* other,
                                                  int most_moved) {
  scheduler_.point({OperationKind::signal, word});
  if (expected && load(word) != *expected) return std::nullopt;
  Requeued result{.woken = wake_now(word, most_woken, kAllBits), .moved = 0};
  for (Task* const task : scheduler_.blocked_on({OperationKind::wait, word})) {
    if (result.moved == most_moved) break;
    task->pending.object = other;
    ++result.moved;
  }
  return result;
}

std::optional<int> Futexes::wake_and_change(const int* word, int most, int* other, int most_there,
                                            unsigned change) {
  const Change wanted(change);
  if (!wanted.operation_exists()) return std::nullopt;
  scheduler_.point({OperationKind::signal, word});
  const int old = wanted.apply(other);
  if (!wanted.comparison_exists()) return std::nullopt;  // Linux looks at it only now
  const int woken = wake_now(word, most, kAllBits);
  return woken + (wanted.holds(old) ? wake_now(other, most_there, kAllBits) : 0);
}

}  // namespace poolproof::world::sync
