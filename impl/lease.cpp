#include <poolproof/lease.hpp>

#include <utility>

#include <poolproof/pool.hpp>

#include "impl/assert.hpp"
#include "impl/slots.hpp"

namespace poolproof {

void delete_slot(Slot* slot) noexcept { delete slot; }

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  if (slot_) give_back();
  pool_ = other.pool_;
  slot_ = std::move(other.slot_);
  return *this;
}

PGconn* Lease::native() const { return slot().connection.native(); }

void Lease::invalidate() { slot().connection.close(); }

void Lease::release() {
  slot();  // a second return is the caller's bug
  give_back();
}

void Lease::give_back() { pool_->give_back(std::move(slot_)); }

Slot& Lease::slot() const {
  POOL_ASSERT(slot_ != nullptr, "this lease was moved from or has been given back");
  return *slot_;
}

}  // namespace poolproof
