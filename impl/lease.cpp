#include <poolproof/lease.hpp>

#include <utility>

#include <poolproof/pool.hpp>

#include "impl/assert.hpp"
#include "impl/cancelling.hpp"
#include "impl/lendings.hpp"
#include "impl/slot.hpp"

namespace poolproof {

Slot::Slot() = default;
Slot::~Slot() = default;

void delete_slot(Slot* slot) noexcept { delete slot; }

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  if (slot_) give_back();
  pool_ = other.pool_;
  slot_ = std::move(other.slot_);
  return *this;
}

PGconn* Lease::native() const { return slot().connection.native(); }

std::any& Lease::info() const { return slot().info; }

std::any* Lease::slot_info() const { return detached() ? nullptr : &slot().slot_info; }

bool Lease::detached() const { return slot().origin == Slot::Origin::detached; }

Canceller Lease::canceller() {
  auto& cancelling = slot().cancelling;
  if (!cancelling) cancelling = std::make_shared<Cancelling>(slot().connection.cancel_key());
  return Canceller(cancelling);
}

void Lease::invalidate(Invalidation how, const std::exception_ptr& reason) {
  pool_->invalidate(slot(), how, reason);
}

void Lease::detach() {
  if (slot().connection.is_open() && !detached()) pool_->detach(owned());
}

void Lease::release() {
  slot();  // a second return is the caller's bug
  give_back();
}

void Lease::give_back() { pool_->give_back(std::move(slot_)); }

Slot& Lease::slot() const {
  POOL_ASSERT(slot_ != nullptr, "this lease was moved from or has been given back");
  return slot_->origin == Slot::Origin::shared ? *slot_->loan->slot : *slot_;
}

// Where the slot is owned. Requires that there is one.
OwnedSlot& Lease::owned() {
  return slot_->origin == Slot::Origin::shared ? slot_->loan->slot : slot_;
}

}  // namespace poolproof
