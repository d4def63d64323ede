// A connection on loan from a Pool.
#pragma once

#include <memory>
#include <utility>

#include <poolproof/connection.hpp>

namespace poolproof {

class Pool;

// Not of this interface: what a lease holds of its pool. The deleter is spelled out because Slot is
// incomplete here.
struct Slot;
void delete_slot(Slot* slot) noexcept;
struct DeleteSlot {
  void operator()(Slot* slot) const noexcept { delete_slot(slot); }
};
using OwnedSlot = std::unique_ptr<Slot, DeleteSlot>;

// One caller's exclusive use of one connection. Given back by the destructor. The Pool must
// outlive it. Belongs to one thread at a time; may be moved to and given back by another.
//
// On return the connection is reset: a transaction is rolled back (blocking, bounded by the
// pool's timeout); if that fails, or a query, result, COPY or pipeline is pending, it is closed.
class [[nodiscard]] Lease {
 public:
  Lease(Lease&& other) noexcept = default;
  Lease& operator=(Lease&& other) noexcept;  // gives back what this one held
  ~Lease() {
    if (slot_) give_back();
  }

  // For libpq calls; nullptr after invalidate(). Not for PQfinish, nor for use after the return.
  PGconn* native() const;

  // Closes the connection now: for one the caller knows to be broken. The lease still counts
  // until it is given back. Takes no lock; blocks as long as PQfinish does.
  void invalidate();

  // Gives back early. After it the lease may only be destroyed or assigned to.
  void release();

 private:
  friend class Pool;
  Lease(Pool& pool, OwnedSlot slot) noexcept : pool_(&pool), slot_(std::move(slot)) {}
  Slot& slot() const;
  void give_back();

  Pool* pool_;
  OwnedSlot slot_;  // null: moved from, or given back
};

}  // namespace poolproof
