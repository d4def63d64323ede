// A connection on loan from a Pool.
#pragma once

#include <any>
#include <exception>
#include <memory>
#include <utility>

#include <poolproof/canceller.hpp>
#include <poolproof/connection.hpp>
#include <poolproof/export.hpp>

namespace poolproof {

class Pool;

// Not of this interface: what a lease holds of its pool.
struct Slot;
// Not of it either; Slot is incomplete here.
POOLPROOF_API void delete_slot(Slot* slot) noexcept;
// And so its deleter must be spelled out.
struct DeleteSlot {
  // As delete does.
  void operator()(Slot* slot) const noexcept { delete_slot(slot); }
};
using OwnedSlot = std::unique_ptr<Slot, DeleteSlot>;

// What is wrong with a connection that is not to be used again.
enum class Invalidation {
  hard,        // it is broken: it is closed now
  soft,        // it is good for this lease, and is replaced when it would be leased next
  generation,  // it is broken, and so are all that were made before now: those that are idle or out
               // are replaced when they would be leased next
};

// One caller's exclusive use of one connection. Given back by the destructor. The Pool must
// outlive it. Belongs to one thread at a time; may be moved to and given back by another.
//
// On return the connection is reset as PoolOptions::reset_on_return says (blocking, bounded by the
// pool's timeout); if that fails, or a query, result, COPY or pipeline is pending, or a cancel was
// requested, it is closed.
//
// In a StaticPool or SingletonThreadPool the leases of one thread are one: what is done to the
// connection by one of them is seen by all, and only the end of the last is a return.
class [[nodiscard]] POOLPROOF_API Lease {
 public:
  Lease(Lease&& other) noexcept = default;

  // Gives back what this one held.
  Lease& operator=(Lease&& other) noexcept;

  ~Lease() {
    if (slot_) give_back();
  }

  // For libpq calls; nullptr after a hard invalidation. Not for PQfinish, nor for use after the
  // return.
  PGconn* native() const;

  // The user's own, as the hooks see it: gone with the connection.
  std::any& info() const;

  // The same, of the slot, through all its connections. nullptr once detached.
  std::any* slot_info() const;

  // For another thread, or a timer's, to cancel the statements of this lease, and of no other:
  // canceller.hpp. All of a lease's are the same. A detached connection has them too; they are over
  // when it is closed, and so after a hard invalidation. To be called where the lease's statements
  // are, not while one runs; allocates once. Not to be combined with PQreset.
  Canceller canceller();

  // For a connection the caller knows to be broken. The lease still counts until it is given back.
  // `reason` is for the hooks. No effect once it is closed; a detached one is never replaced, so
  // soft has none on it. Takes no lock; blocks as long as PQfinish does.
  void invalidate(Invalidation how = Invalidation::hard,
                  const std::exception_ptr& reason = nullptr);

  // Keeps the connection out of the pool for good: it is closed at the end of this lease, and
  // others may be made in its place. Until then the Pool must still outlive it. No effect on one
  // that is detached, or closed.
  void detach();
  bool detached() const;

  // Gives back early. After it the lease may only be destroyed or assigned to.
  void release();

 private:
  friend class Pool;
  Lease(Pool& pool, OwnedSlot slot) noexcept : pool_(&pool), slot_(std::move(slot)) {}
  OwnedSlot& owned();
  Slot& slot() const;
  void give_back();

  Pool* pool_;
  OwnedSlot slot_;  // null: moved from, or given back
};

}  // namespace poolproof
