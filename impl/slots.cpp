#include "impl/slots.hpp"

#include <algorithm>
#include <utility>

namespace poolproof {

void Slots::join(Waiter& waiter) {
  waiters_.push_back(&waiter);
  assert_laws();
}

void Slots::leave(Waiter& waiter) {
  const auto place = std::find(waiters_.begin(), waiters_.end(), &waiter);
  POOL_ASSERT(place != waiters_.end(), status());
  waiters_.erase(place);
  assert_laws();
}

void Slots::vanish(OwnedSlot slot) {
  POOL_ASSERT(!slot->connection.is_open(), status());  // CAP: free only once closed
  if (waiters_.empty()) {
    --total_;
  } else {
    slot->origin = Slot::Origin::fresh;  // one vanishes, one is made: the same object will do
    serve_first(std::move(slot));
  }
  assert_laws();
}

PoolStatus Slots::status() const {
  return {.size = total_,
          .idle = idle_.size(),
          .checked_out = total_ - idle_.size(),
          .overflow = total_ > limits_.idle ? total_ - limits_.idle : 0,
          .waiting = waiters_.size()};
}

// nullptr: there is no room for one more.
OwnedSlot Slots::make_fresh() {
  if (total_ == limits_.capacity) return nullptr;
  OwnedSlot slot(new Slot);
  ++total_;
  return slot;
}

void Slots::serve_first(OwnedSlot slot) {
  Waiter& first = *waiters_.front();
  waiters_.pop_front();
  first.granted = std::move(slot);
  first.served.notify_one();
}

}  // namespace poolproof
