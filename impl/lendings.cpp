#include "impl/lendings.hpp"

#include <algorithm>
#include <utility>

#include "impl/assert.hpp"

namespace poolproof {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

// ---- who has which ----

void Holders::note(Slot& slot, Place place) {
  slot.held = std::make_unique<Held>(
      Held{place, std::this_thread::get_id(), steady_clock::now(), slot.connection.backend()});
  const std::lock_guard lock(mutex_);
  held_.push_back(slot.held.get());
}

void Holders::forget(Slot& slot) {
  {
    const std::lock_guard lock(mutex_);
    std::erase(held_, slot.held.get());
  }
  slot.held.reset();
}

std::vector<HeldLease> Holders::longer_than(nanoseconds limit) const {
  std::vector<HeldLease> result;
  const auto now = steady_clock::now();
  const std::lock_guard lock(mutex_);
  for (const Held* const each : held_) {
    const nanoseconds held_for = now - each->since;
    if (held_for > limit) result.push_back({each->place, each->thread, held_for, each->backend});
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const HeldLease& a, const HeldLease& b) { return a.held_for > b.held_for; });
  return result;
}

// ---- what is shared ----

namespace {

OwnedSlot proxy_of(Loan& loan) {
  OwnedSlot proxy(new Slot);
  proxy->origin = Slot::Origin::shared;
  proxy->loan = &loan;
  return proxy;
}

}  // namespace

OwnedSlot Loans::begin(OwnedSlot slot) {
  auto loan = std::make_unique<Loan>(Loan{std::move(slot), 1, std::this_thread::get_id()});
  OwnedSlot proxy = proxy_of(*loan);
  const std::lock_guard lock(mutex_);
  loans_.push_back(std::move(loan));
  return proxy;
}

OwnedSlot Loans::again() {
  const std::lock_guard lock(mutex_);
  const auto mine = std::find_if(loans_.begin(), loans_.end(), [](const auto& each) {
    return each->borrower == std::this_thread::get_id() &&
           each->slot->origin != Slot::Origin::detached;
  });
  if (mine == loans_.end()) return nullptr;
  ++(*mine)->leases;
  return proxy_of(**mine);
}

void Loans::end(OwnedSlot& proxy) {
  Loan* const loan = proxy->loan;
  proxy.reset();
  std::unique_ptr<Loan> over;  // is destroyed outside the lock
  const std::lock_guard lock(mutex_);
  if (--loan->leases > 0) return;
  const auto place = std::find_if(loans_.begin(), loans_.end(),
                                  [loan](const auto& each) { return each.get() == loan; });
  over = std::move(*place);
  loans_.erase(place);
  proxy = std::move(over->slot);
}

// ---- how long they waited ----

void Waits::add(nanoseconds waited) {
  ++count;
  total += waited;
  const auto bucket =
      std::lower_bound(PoolMetrics::kBuckets.begin(), PoolMetrics::kBuckets.end(), waited);
  ++in[static_cast<std::size_t>(bucket - PoolMetrics::kBuckets.begin())];
}

Lendings::Lendings(const PoolOptions& options)
    : tracked(tracks(options)),
      shared(options.pool_class == PoolClass::static_pool ||
             options.pool_class == PoolClass::singleton_thread_pool),
      by_thread(options.pool_class == PoolClass::singleton_thread_pool) {}

}  // namespace poolproof
